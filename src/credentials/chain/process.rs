//! `credential_process`: a program that prints credentials
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>).

use std::process::Stdio;
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncRead, AsyncReadExt as _, copy, sink};
use tokio::process::Command;
use zeroize::Zeroizing;

use super::keys::{self, Names};
use super::{CredentialsError, broken};
use crate::credentials::Credentials;

/// People may have to touch a key or look at a browser.
const LIMIT: Duration = Duration::from_secs(120);
const MOST: u64 = 64 << 10;

const NAMES: Names = Names {
    id: "AccessKeyId",
    secret: "SecretAccessKey",
    token: "SessionToken",
    expiration: "Expiration",
};

/// Runs a command and reads what it prints. Neither the command nor its output shows in an error;
/// of what it complains about, words that may be secret are left out.
pub(super) async fn run(command: &str, now: SystemTime) -> Result<Credentials, CredentialsError> {
    let failed = |what: String| broken(format!("its credential_process {what}"));
    let mut child = shell(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(format!("could not be started: {error}")))?;
    // Beside each other, so that a talkative program does not wait for a reader.
    let complaint = child
        .stderr
        .take()
        .map(|stderr| tokio::spawn(beginning(stderr, 4 << 10)));
    let stdout = child.stdout.take();
    let work = async {
        let output = match stdout {
            Some(stdout) => beginning(stdout, MOST + 1).await,
            None => Zeroizing::default(),
        };
        Ok::<_, std::io::Error>((child.wait().await?, output))
    };
    let (status, output) = match tokio::time::timeout(LIMIT, work).await {
        Ok(done) => done.map_err(|error| failed(format!("is lost: {error}")))?,
        Err(_) => return Err(failed(format!("did not end within {} s", LIMIT.as_secs()))),
    };
    if !status.success() {
        let said = match complaint {
            Some(reading) if status.code().is_some() => reading.await.unwrap_or_default(),
            _ => Zeroizing::default(),
        };
        let said = without_secrets(&String::from_utf8_lossy(&said));
        let said = if said.is_empty() {
            said
        } else {
            format!(": {said}")
        };
        return Err(failed(format!("failed ({status}){said}")));
    }
    if output.len() as u64 > MOST {
        return Err(failed(format!("printed more than {MOST} bytes")));
    }
    let mut members = keys::object(&output).map_err(|what| failed(format!("printed {what}")))?;
    match members.get("Version").and_then(serde_json::Value::as_u64) {
        Some(1) => {}
        _ => {
            return Err(failed(
                "printed something whose Version is not 1".to_owned(),
            ));
        }
    }
    let credentials = keys::credentials(&mut members, NAMES, "credential_process")
        .map_err(|what| failed(format!("printed {what}")))?;
    if credentials.expiry().is_some_and(|expiry| expiry <= now) {
        return Err(failed("printed credentials that have expired".to_owned()));
    }
    Ok(credentials)
}

#[cfg(not(windows))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command);
    shell
}

#[cfg(windows)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd.exe");
    shell.arg("/C").raw_arg(command);
    shell
}

/// Reads to the end and keeps the beginning.
async fn beginning(mut from: impl AsyncRead + Unpin, most: u64) -> Zeroizing<Vec<u8>> {
    let mut kept = Zeroizing::new(Vec::new());
    // A pipe that breaks has said all that it will.
    let _ = (&mut from).take(most).read_to_end(&mut kept).await;
    let _ = copy(&mut from, &mut sink()).await;
    kept
}

/// The last line, which says most, without words of the looks of keys and tokens.
fn without_secrets(text: &str) -> String {
    let last = text.lines().rfind(|line| !line.trim().is_empty());
    let looks_secret = |word: &str| {
        word.len() >= 16 && word.bytes().any(|b| b.is_ascii_digit()) || word.len() >= 32
    };
    let words = last.unwrap_or_default().split_whitespace();
    let words: Vec<&str> = words
        .map(|word| if looks_secret(word) { "…" } else { word })
        .collect();
    super::ask::brief(&words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_lose_what_looks_secret() {
        assert_eq!(
            without_secrets(
                "trace\nlogin failed for wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY at once\n\n"
            ),
            "login failed for … at once"
        );
        assert_eq!(without_secrets("token=AKIDEXAMPLE12345 no"), "… no");
        assert_eq!(without_secrets(""), "");
    }
}

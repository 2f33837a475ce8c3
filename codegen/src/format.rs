//! `rustfmt`, from the toolchain, so that `cargo fmt` finds nothing to change.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::{Error, Files};

/// Formats every file.
pub(crate) fn all(files: &mut Files) -> Result<(), Error> {
    for (path, text) in files.iter_mut() {
        *text = one(path, text)?;
    }
    Ok(())
}

/// Formats the text of one file.
pub(crate) fn one(path: &str, text: &str) -> Result<String, Error> {
    let failed = |message: String| Error::Format {
        file: path.to_owned(),
        message,
    };
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout", "--quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let mut stdin = child.stdin.take();
    let input = text.to_owned();
    let writer = std::thread::spawn(move || {
        stdin
            .as_mut()
            .map_or(Ok(()), |stdin| stdin.write_all(input.as_bytes()))
    });
    let output = child
        .wait_with_output()
        .map_err(|error| failed(error.to_string()))?;
    // A writer that failed shows in rustfmt's own verdict.
    drop(writer.join());
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    String::from_utf8(output.stdout).map_err(|error| failed(error.to_string()))
}

//! Programs that are run, and what they take.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};

use crate::Result;
use crate::places::Places;

/// What a program took.
pub struct Taken {
    pub output: String,
    /// CPU seconds of it and of all that it started, user and system.
    pub cpu: f64,
    /// Seconds from its start to its end.
    pub wall: f64,
    /// Seconds from its start to its first line.
    pub to_first_line: f64,
}

/// Runs a program to its end; what it says goes into the result, what it complains of to the user.
pub fn run(command: &mut Command) -> Result<Taken> {
    let before = children_cpu()?;
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| {
            format!(
                "{} cannot be run: {error}",
                command.get_program().to_string_lossy()
            )
        })?;
    let mut output = String::new();
    let mut to_first_line = f64::NAN;
    if let Some(stdout) = child.stdout.take() {
        let mut stdout = BufReader::new(stdout);
        stdout.read_line(&mut output)?;
        to_first_line = start.elapsed().as_secs_f64();
        stdout.read_to_string(&mut output)?;
    }
    let status = child.wait()?;
    let wall = start.elapsed().as_secs_f64();
    if !status.success() {
        return Err(format!("{command:?} failed ({status})").into());
    }
    let cpu = children_cpu()? - before;
    Ok(Taken {
        output,
        cpu,
        wall,
        to_first_line,
    })
}

/// Cargo in the folder of the programs that are compared.
pub fn cargo<A: AsRef<OsStr>>(
    places: &Places,
    target: &Path,
    args: impl IntoIterator<Item = A>,
) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .current_dir(places.peers())
        .args(args)
        .env("CARGO_TARGET_DIR", target);
    // What this program itself was built with is nothing to those.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_")
            || text.starts_with("CARGO_BUILD_")
            || text.ends_with("RUSTFLAGS")
            || text.contains("RUSTC_WRAPPER")
        {
            command.env_remove(&name);
        }
    }
    command
}

/// CPU seconds of all programs that have been run and waited for.
fn children_cpu() -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds =
        |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

/// The server that answers at once; ends when dropped.
pub struct Server {
    child: Child,
    pub url: String,
}

impl Server {
    pub fn start(program: &Path) -> Result<Self> {
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut url)?;
        }
        Ok(Self {
            child,
            url: url.trim().to_owned(),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends with its standard input.
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

//! What a call takes, and what a program takes to its first one.

use std::process::Command;

use crate::Result;
use crate::child::{self, Server};
use crate::figures::Figures;
use crate::places::Places;

pub const SIDES: [&str; 3] = ["ours", "official", "floor"];
/// What is called, and how often for one value.
pub const CALLS: [(&str, usize); 4] = [
    ("run-task", 5000),
    ("stop-task", 5000),
    ("describe-1", 5000),
    ("describe-100", 500),
];
const POLLS: usize = 1000;
const STARTS: usize = 10;

/// Builds what is run.
pub fn build(places: &Places, packages: &[&str]) -> Result<()> {
    for package in packages {
        eprintln!("building {package}");
        // One at a time: together they would have the features of each other.
        let args = ["build", "--release", "--locked", "--quiet", "-p", package];
        child::run(&mut child::cargo(places, &places.programs(), args))?;
    }
    Ok(())
}

pub fn measure(places: &Places, runs: usize, figures: &mut Figures) -> Result<()> {
    build(places, &["bench-server", "ours", "official", "floor"])?;
    let server = Server::start(&places.program("bench-server"))?;
    let started = |program: &str, what: &str, calls: usize| {
        let mut command = Command::new(places.program(program));
        with_account(command.args([what, &calls.to_string()]), &server);
        child::run(&mut command)
    };
    for run in 0..runs {
        eprintln!("calls, run {} of {runs}", run + 1);
        for (what, calls) in CALLS {
            for side in in_turn(&SIDES, run) {
                let told = started(side, what, calls)?;
                figures.add_all(&format!("calls/{what}"), side, &told.output)?;
            }
        }
        let told = started("ours", "watch", POLLS)?;
        figures.add_all("calls/poll", "ours", &told.output)?;
        for side in in_turn(&["official", "floor"], run) {
            let told = started(side, "describe-100-paced", POLLS)?;
            figures.add_all("calls/poll", side, &told.output)?;
        }
        for _ in 0..STARTS {
            for side in in_turn(&SIDES, run) {
                let told = started(side, "start-up", 1)?;
                figures.add(
                    "calls/start-up/first_answer_ms",
                    side,
                    told.to_first_line * 1e3,
                );
                figures.add("calls/start-up/cpu_ms", side, told.cpu * 1e3);
                figures.add_all("calls/start-up", side, &told.output)?;
            }
        }
    }
    for (what, calls) in CALLS {
        for side in SIDES {
            let told = started(&format!("{side}-counted"), what, calls / 10)?;
            let told: serde_json::Value = serde_json::from_str(&told.output)?;
            for name in ["allocations", "allocated_bytes"] {
                let value = told[name]
                    .as_f64()
                    .ok_or("a program that counts told nothing")?;
                figures.add(&format!("calls/{what}/{name}"), side, value);
            }
        }
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("there is no valgrind here: no instructions are counted");
        return Ok(());
    }
    for (what, calls) in CALLS {
        for side in SIDES {
            eprintln!("instructions of {what}, {side}");
            let instructions = instructions(places, &server, side, what, calls / 50)?;
            figures.add(&format!("calls/{what}/instructions"), side, instructions);
        }
    }
    Ok(())
}

/// Instructions of one call: what so many more calls take more.
fn instructions(
    places: &Places,
    server: &Server,
    side: &str,
    what: &str,
    calls: usize,
) -> Result<f64> {
    let total = |calls: usize| -> Result<f64> {
        let out = places.scratch("callgrind.out");
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--quiet"]);
        command.arg(format!("--callgrind-out-file={}", out.display()));
        command
            .arg(places.program(side))
            .args([what, &calls.to_string()]);
        with_account(&mut command, server);
        child::run(&mut command)?;
        let counted = std::fs::read_to_string(&out)?;
        let line = counted
            .lines()
            .find_map(|line| line.strip_prefix("totals: "));
        Ok(line.ok_or("callgrind wrote no total")?.trim().parse()?)
    };
    // A tenth of the calls more is made to get warm.
    Ok((total(2 * calls)? - total(calls)?) / (calls as f64 * 1.1))
}

/// The account, and a heap that keeps what is freed: whether glibc gives memory back to the system
/// after a call of 100 tasks hangs on what happens to lie at the heap's end, and makes a difference
/// of 200 µs to any side.
fn with_account(command: &mut Command, server: &Server) {
    command
        .env("AWS_ENDPOINT_URL", &server.url)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env(
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        )
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("MALLOC_TRIM_THRESHOLD_", "100000000")
        .env("MALLOC_MMAP_THRESHOLD_", "30000000");
}

/// The sides, another one first each time.
pub fn in_turn<'a>(sides: &[&'a str], run: usize) -> Vec<&'a str> {
    let mut sides = sides.to_vec();
    let count = sides.len();
    sides.rotate_left(run % count);
    sides
}

//! Measures longshore beside the official SDK and writes the figures into BENCHMARKS.md:
//!
//! ```text
//! cargo run --release -p bench-report
//! ```
//!
//! See `BENCHMARKS.md` for what is measured and how to read it.

mod builds;
mod calls;
mod child;
mod figures;
mod goals;
mod machine;
mod page;
mod places;
mod plot;
mod waits;

use std::process::ExitCode;

use figures::Figures;
use places::Places;

/// Anything that goes wrong ends the run, with a sentence.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const USAGE: &str = "\
usage: cargo run --release -p bench-report -- [OPTIONS]

  --runs N      how often everything is measured; 5
  --quick       two runs, no builds, no 10,000 tasks
  --only PARTS  some of builds,calls,waits; the other figures stay as they were
  --add         the builds of this run are added to those that were measured before
  --page        measure nothing, and write the page from the figures that are there";

/// What is to be done.
struct Plan {
    runs: usize,
    quick: bool,
    add: bool,
    parts: Vec<String>,
}

fn main() -> ExitCode {
    let done = plan(std::env::args().skip(1)).and_then(|plan| carry_out(&plan));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-report: {error}");
            ExitCode::FAILURE
        }
    }
}

fn plan(mut args: impl Iterator<Item = String>) -> Result<Plan> {
    let mut runs = None;
    let mut quick = false;
    let mut add = false;
    let mut parts = None;
    while let Some(arg) = args.next() {
        let list = match arg.as_str() {
            "--runs" => {
                runs = args.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                runs.ok_or("--runs takes a number above 0")?;
                continue;
            }
            "--quick" => {
                quick = true;
                continue;
            }
            "--add" => {
                add = true;
                continue;
            }
            "--page" => String::new(),
            "--only" => args.next().ok_or("--only takes a list of parts")?,
            _ => return Err(USAGE.into()),
        };
        parts = Some(list);
    }
    let all = if quick {
        "calls,waits"
    } else {
        "builds,calls,waits"
    };
    let parts = parts.unwrap_or_else(|| all.to_owned());
    let parts: Vec<String> = parts
        .split(',')
        .filter(|part| !part.is_empty())
        .map(String::from)
        .collect();
    if let Some(part) = parts
        .iter()
        .find(|part| !["builds", "calls", "waits"].contains(&part.as_str()))
    {
        return Err(format!("there is no part `{part}`\n\n{USAGE}").into());
    }
    Ok(Plan {
        runs: runs.unwrap_or(if quick { 2 } else { 5 }),
        quick,
        add,
        parts,
    })
}

fn carry_out(plan: &Plan) -> Result<()> {
    let places = Places::new();
    let mut figures = Figures::read(&places.figures())?;
    let machine = machine::describe(&places);
    for part in &plan.parts {
        if part == "builds" {
            all_builds(plan, &places, &machine, &mut figures)?;
            continue;
        }
        figures.clear(part);
        match part.as_str() {
            "calls" => calls::measure(&places, plan.runs, &mut figures)?,
            _ => waits::measure(&places, plan.runs, plan.quick, &mut figures)?,
        }
        figures.note(part, &format!("{machine}; {} runs", plan.runs));
        figures.write(&places.figures())?;
    }
    plot::write_all(&places, &figures)?;
    page::write(&places, &figures)
}

/// Builds take hours, so what is there is kept after each run.
fn all_builds(plan: &Plan, places: &Places, machine: &str, figures: &mut Figures) -> Result<()> {
    if !plan.add {
        figures.clear("builds");
    }
    builds::prepare(places)?;
    for run in 0..plan.runs {
        let before = figures.runs("builds/release/cpu_s", "official");
        eprintln!("builds, run {} of {}", run + 1, plan.runs);
        builds::measure(places, before, figures)?;
        figures.note("builds", &format!("{machine}; {} runs", before + 1));
        figures.write(&places.figures())?;
    }
    Ok(())
}

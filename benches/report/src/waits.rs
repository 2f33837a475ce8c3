//! Waiting for many tasks.

use std::process::Command;

use crate::Result;
use crate::calls::{build, in_turn};
use crate::child;
use crate::figures::Figures;
use crate::places::Places;

const SIDES: [&str; 3] = ["ours", "official", "official-again"];
pub const TASKS: [usize; 3] = [1, 100, 10_000];

pub fn measure(places: &Places, runs: usize, quick: bool, figures: &mut Figures) -> Result<()> {
    build(places, &["waiting"])?;
    for run in 0..runs {
        for tasks in TASKS.into_iter().filter(|tasks| !quick || *tasks < 10_000) {
            for side in in_turn(&SIDES, run) {
                eprintln!("waiting for {tasks}, {side}, run {} of {runs}", run + 1);
                let mut command = Command::new(places.program("waiting"));
                command.args([side, &tasks.to_string(), &run.to_string()]);
                let told = child::run(&mut command)?;
                figures.add_all(&format!("waits/{tasks}"), side, &told.output)?;
            }
        }
    }
    Ok(())
}

//! What builds take.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Result;
use crate::calls::in_turn;
use crate::child;
use crate::figures::Figures;
use crate::places::Places;

/// Programs, each built with nothing there before.
pub const PROGRAMS: [&str; 5] = [
    "official",
    "ours",
    "ours-no-chain",
    "baseline",
    "baseline-with-ours",
];
/// Of these a debug build is measured too.
pub const IN_DEBUG: [&str; 3] = ["official", "ours", "ours-no-chain"];
/// Crates that are built with all that they depend on there: service, side, name.
const ALONE: [(&str, &str, &str); 5] = [
    ("ecs", "official", "aws-sdk-ecs"),
    ("ecs", "ours", "longshore"),
    ("ecs-tasks", "ours", "longshore"),
    ("sagemaker", "official", "aws-sdk-sagemaker"),
    ("sagemaker", "ours", "longshore"),
];

/// Does what is no part of a build: downloads, and what single crates depend on.
pub fn prepare(places: &Places) -> Result<()> {
    child::run(&mut child::cargo(
        places,
        &places.programs(),
        ["fetch", "--locked"],
    ))?;
    for (service, side, _) in ALONE {
        eprintln!("building what {side} {service} depends on");
        let (package, target) = places_alone(places, service, side);
        child::run(&mut child::cargo(places, &target, build_alone(&package)))?;
    }
    Ok(())
}

/// Measures everything once.
pub fn measure(places: &Places, run: usize, figures: &mut Figures) -> Result<()> {
    for program in in_turn(&PROGRAMS, run) {
        eprintln!("building {program}");
        let target = places.cold(program);
        remove(&target)?;
        program_build(places, &target, program, "release", figures)?;
        remove(&target)?;
        if IN_DEBUG.contains(&program) {
            program_build(places, &target, program, "debug", figures)?;
            remove(&target)?;
        }
    }
    let mut alone = ALONE;
    alone.rotate_left(run % ALONE.len());
    for one in alone {
        build_one(places, one, figures)?;
    }
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(())
}

/// The whole of a program.
fn program_build(
    places: &Places,
    target: &Path,
    program: &str,
    profile: &str,
    figures: &mut Figures,
) -> Result<()> {
    let package = format!("program-{program}");
    let mut args = vec![
        "build",
        "--locked",
        "--quiet",
        "--message-format=json",
        "-p",
        &package,
    ];
    if profile == "release" {
        args.push("--release");
    }
    let taken = child::run(&mut child::cargo(places, target, args))?;
    let crates: BTreeSet<String> = taken.output.lines().filter_map(compiled).collect();
    let binary = fs::metadata(target.join(profile).join(&package))?.len();
    let mut add =
        |name: &str, value: f64| figures.add(&format!("builds/{profile}/{name}"), program, value);
    add("cpu_s", taken.cpu);
    add("wall_s", taken.wall);
    // Without the program itself.
    add("crates", crates.len() as f64 - 1.0);
    add("binary_mb", binary as f64 / 1e6);
    Ok(())
}

/// The crate that a line of cargo's says was compiled.
fn compiled(line: &str) -> Option<String> {
    let message: Value = serde_json::from_str(line).ok()?;
    let is_artifact = message["reason"] == "compiler-artifact";
    is_artifact.then(|| message["package_id"].as_str().map(String::from))?
}

/// The package that depends on a crate alone, and where it is built, for all runs.
fn places_alone(places: &Places, service: &str, side: &str) -> (String, PathBuf) {
    let package = format!("alone-{side}-{service}");
    // What both services depend on is the same.
    let target = places.cold(&format!("alone-{side}"));
    (package, target)
}

fn build_alone(package: &str) -> [&str; 6] {
    ["build", "--release", "--locked", "--quiet", "-p", package]
}

/// One crate, when all that it depends on is there.
fn build_one(
    places: &Places,
    (service, side, name): (&str, &str, &str),
    figures: &mut Figures,
) -> Result<()> {
    eprintln!("building {name} alone, for {service}");
    let (package, target) = places_alone(places, service, side);
    let clean = ["clean", "--release", "--locked", "--quiet", "-p", name];
    child::run(&mut child::cargo(places, &target, clean))?;
    let taken = child::run(&mut child::cargo(places, &target, build_alone(&package)))?;
    figures.add(&format!("builds/alone-{service}/cpu_s"), side, taken.cpu);
    figures.add(&format!("builds/alone-{service}/wall_s"), side, taken.wall);
    Ok(())
}

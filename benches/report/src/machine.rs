//! What was measured on.

use std::fs;
use std::process::Command;

use crate::places::Places;

/// The machine, the compiler and the versions, in a line.
pub fn describe(places: &Places) -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = cpus.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(": "))
            .map_or("unknown", |(_, value)| value.trim())
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kilobytes = memory
        .split_whitespace()
        .nth(1)
        .and_then(|kb| kb.parse().ok())
        .unwrap_or(0.0);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let says = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        text.unwrap_or_default()
    };
    let lock = fs::read_to_string(places.peers().join("Cargo.lock")).unwrap_or_default();
    let version = |name: &str| {
        let (_, after) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
        Some(format!("{name} {}", after.split('"').next()?))
    };
    let versions: Vec<String> = [
        "longshore",
        "aws-sdk-ecs",
        "aws-sdk-sagemaker",
        "aws-config",
        "reqwest",
    ]
    .into_iter()
    .filter_map(version)
    .collect();
    format!(
        "{} × {cores}, {:.0} GB, Linux {}; {}; {}; {}",
        field("model name"),
        kilobytes / 1e6,
        kernel.trim(),
        says("rustc", &["--version"]),
        versions.join(", "),
        says("date", &["-u", "+%F"]),
    )
}

//! What the figures should reach.

use crate::figures::Figures;

/// A figure, what it is compared with, and the goal.
pub struct Goal {
    pub what: &'static str,
    pub goal: String,
    pub reached: Option<(String, bool)>,
}

/// Goals that are ratios: what, ours, the other's, at most.
type Ratio = (
    &'static str,
    (&'static str, &'static str),
    (&'static str, &'static str),
    f64,
);

const RATIOS: [Ratio; 13] = [
    (
        "CPU of RunTask, of the official's",
        ("calls/run-task/cpu_us", "ours"),
        ("calls/run-task/cpu_us", "official"),
        0.45,
    ),
    (
        "CPU of StopTask, of the official's",
        ("calls/stop-task/cpu_us", "ours"),
        ("calls/stop-task/cpu_us", "official"),
        0.45,
    ),
    (
        "CPU of RunTask, of the floor's",
        ("calls/run-task/cpu_us", "ours"),
        ("calls/run-task/cpu_us", "floor"),
        1.1,
    ),
    (
        "CPU of StopTask, of the floor's",
        ("calls/stop-task/cpu_us", "ours"),
        ("calls/stop-task/cpu_us", "floor"),
        1.1,
    ),
    (
        "CPU of DescribeTasks of 100, decoded in full",
        ("calls/describe-100/cpu_us", "ours"),
        ("calls/describe-100/cpu_us", "official"),
        0.55,
    ),
    (
        "CPU of a poll of 100 unchanged tasks, of the official's DescribeTasks",
        ("calls/poll/cpu_us", "ours"),
        ("calls/poll/cpu_us", "official"),
        0.25,
    ),
    (
        "cold release build, CPU, default features",
        ("builds/release/cpu_s", "ours"),
        ("builds/release/cpu_s", "official"),
        0.45,
    ),
    (
        "cold release build, CPU, without the credentials chain",
        ("builds/release/cpu_s", "ours-no-chain"),
        ("builds/release/cpu_s", "official"),
        0.33,
    ),
    (
        "the ECS crate alone, CPU",
        ("builds/alone-ecs/cpu_s", "ours"),
        ("builds/alone-ecs/cpu_s", "official"),
        1.0 / 8.0,
    ),
    (
        "the SageMaker crate alone, CPU",
        ("builds/alone-sagemaker/cpu_s", "ours"),
        ("builds/alone-sagemaker/cpu_s", "official"),
        0.1,
    ),
    (
        "binary, default features",
        ("builds/release/binary_mb", "ours"),
        ("builds/release/binary_mb", "official"),
        0.3,
    ),
    (
        "binary, without the credentials chain",
        ("builds/release/binary_mb", "ours-no-chain"),
        ("builds/release/binary_mb", "official"),
        0.3,
    ),
    (
        "calls while 10,000 tasks are awaited",
        ("waits/10000/calls", "ours"),
        ("waits/10000/calls", "official-again"),
        1.0 / 50.0,
    ),
];

/// Goals that are amounts: what, which, at most.
const AMOUNTS: [(&str, &str, f64, &str); 2] = [
    (
        "throttles while 10,000 tasks are awaited",
        "waits/10000/throttles",
        0.0,
        "",
    ),
    (
        "an end among 10,000 is noticed so late on average",
        "waits/10000/late_mean_s",
        6.0,
        " s",
    ),
];

/// All goals.
pub fn all(figures: &Figures) -> Vec<Goal> {
    let ratios = RATIOS.iter().map(|(what, ours, theirs, most)| Goal {
        what,
        goal: format!("at most {}", (most * 1000.0).round() / 1000.0),
        reached: figures
            .ratio(*ours, *theirs)
            .map(|ratio| (format!("{ratio:.3}"), ratio <= *most)),
    });
    let amounts = AMOUNTS.iter().map(|(what, figure, most, unit)| Goal {
        what,
        goal: if *most == 0.0 {
            "none".to_owned()
        } else {
            format!("at most {most}{unit}")
        },
        reached: figures
            .get(figure, "ours")
            .map(|value| (format!("{:.1}{unit}", value.median), value.median <= *most)),
    });
    ratios.chain(amounts).collect()
}

//! The part of `BENCHMARKS.md` that is written by the program.

use std::fmt::Write as _;
use std::fs;

use crate::Result;
use crate::builds::{IN_DEBUG, PROGRAMS};
use crate::calls::{CALLS, SIDES};
use crate::figures::{Figures, Spread};
use crate::goals;
use crate::places::Places;
use crate::waits::TASKS;

const BEGIN: &str = "<!-- figures: written by bench-report -->";
const END: &str = "<!-- end of figures -->";

/// Replaces the figures of the page.
pub fn write(places: &Places, figures: &Figures) -> Result<()> {
    let text = fs::read_to_string(places.page())?;
    let (before, rest) = text
        .split_once(BEGIN)
        .ok_or("BENCHMARKS.md has no place for figures")?;
    let (_, after) = rest
        .split_once(END)
        .ok_or("BENCHMARKS.md has no end of figures")?;
    let text = format!("{before}{BEGIN}\n{}{END}{after}", sections(figures)?);
    fs::write(places.page(), text)?;
    Ok(())
}

fn sections(figures: &Figures) -> Result<String> {
    let mut text = String::new();
    goal_table(&mut text, figures)?;
    for (part, title) in [
        ("builds", "Builds"),
        ("calls", "Calls"),
        ("waits", "Waiting"),
    ] {
        write!(text, "\n## {title}\n\n")?;
        let Some(measured) = figures.measured(part) else {
            text.push_str("Not measured yet.\n");
            continue;
        };
        writeln!(text, "Measured on {measured}.")?;
        match part {
            "builds" => builds(&mut text, figures)?,
            "calls" => calls(&mut text, figures)?,
            _ => waits(&mut text, figures)?,
        }
    }
    Ok(text)
}

fn goal_table(text: &mut String, figures: &Figures) -> Result<()> {
    text.push_str("\n## Goals\n\n| figure | goal | measured | |\n|---|---|---|---|\n");
    for goal in goals::all(figures) {
        let (measured, verdict) = match &goal.reached {
            Some((measured, true)) => (measured.as_str(), "reached"),
            Some((measured, false)) => (measured.as_str(), "**missed**"),
            None => ("", "not measured"),
        };
        writeln!(
            text,
            "| {} | {} | {measured} | {verdict} |",
            goal.what, goal.goal
        )?;
    }
    Ok(())
}

/// A table of figures: a row each, a column for each side.
struct Table<'a> {
    figures: &'a Figures,
    sides: &'a [(&'a str, &'a str)],
    /// Whose figures are the measure of the others.
    measure: &'a str,
}

impl Table<'_> {
    fn head(&self, text: &mut String) {
        let names: Vec<&str> = self.sides.iter().map(|(_, name)| *name).collect();
        let ratios = if self.measure.is_empty() {
            ""
        } else {
            " longshore : official |"
        };
        let rule = "---|".repeat(names.len() + 1) + if ratios.is_empty() { "" } else { "---|" };
        text.push_str(&format!("\n| | {} |{ratios}\n|{rule}\n", names.join(" | ")));
    }

    fn row(&self, text: &mut String, what: &str, figure: &str) {
        let values = self
            .sides
            .iter()
            .map(|(side, _)| self.figures.get(figure, side));
        let cells: Vec<String> = values
            .map(|value| value.map_or_else(String::new, cell))
            .collect();
        if cells.iter().all(String::is_empty) {
            return;
        }
        text.push_str(&format!("| {what} | {} |", cells.join(" | ")));
        if !self.measure.is_empty() {
            let ratio = self.figures.ratio((figure, "ours"), (figure, self.measure));
            let ratio = ratio.filter(|ratio| ratio.is_finite());
            text.push_str(
                &ratio.map_or_else(|| " |".to_owned(), |ratio| format!(" {} |", number(ratio))),
            );
        }
        text.push('\n');
    }
}

/// The median, and the ends where there is a distance between them.
fn cell(value: Spread) -> String {
    let [median, least, most] = [value.median, value.least, value.most].map(number);
    if least == most {
        median
    } else {
        format!("{median} ({least} … {most})")
    }
}

/// Three digits, and more only before the point.
pub fn number(value: f64) -> String {
    let digits = match value.abs() {
        size if size.fract() == 0.0 || size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    if digits > 0 || value < 0.0 {
        return text;
    }
    // 12,345
    let mut grouped = String::new();
    for (index, digit) in text.char_indices() {
        if index > 0 && (text.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

const NAMES: [(&str, &str); 3] = [
    ("ours", "longshore"),
    ("official", "official"),
    ("floor", "by hand"),
];

fn builds(text: &mut String, figures: &Figures) -> Result<()> {
    let sides = [
        ("ours", "longshore"),
        ("ours-no-chain", "longshore without the chain"),
        ("official", "official"),
    ];
    debug_assert!(
        sides
            .iter()
            .all(|(side, _)| IN_DEBUG.contains(side) && PROGRAMS.contains(side))
    );
    let table = Table {
        figures,
        sides: &sides,
        measure: "official",
    };
    table.head(text);
    for profile in ["release", "debug"] {
        for (name, unit) in [
            ("cpu_s", "CPU seconds"),
            ("wall_s", "seconds"),
            ("crates", "crates"),
            ("binary_mb", "binary, MB"),
        ] {
            table.row(
                text,
                &format!("RunTask program, {profile}: {unit}"),
                &format!("builds/{profile}/{name}"),
            );
        }
    }
    for (service, name) in [
        ("ecs", "ECS"),
        ("ecs-tasks", "ECS and what stands above its calls"),
        ("sagemaker", "SageMaker"),
    ] {
        table.row(
            text,
            &format!("the crate alone, {name}, release: CPU seconds"),
            &format!("builds/alone-{service}/cpu_s"),
        );
        table.row(
            text,
            &format!("the crate alone, {name}, release: seconds"),
            &format!("builds/alone-{service}/wall_s"),
        );
    }
    text.push_str("\n![CPU seconds of builds](benches/results/builds.svg)\n\n");
    text.push_str(
        "What longshore adds to a program that has tokio, reqwest and serde_json, release:\n",
    );
    let sides = [
        ("baseline", "without"),
        ("baseline-with-ours", "with longshore"),
    ];
    let table = Table {
        figures,
        sides: &sides,
        measure: "",
    };
    table.head(text);
    for (name, unit) in [
        ("cpu_s", "CPU seconds"),
        ("wall_s", "seconds"),
        ("crates", "crates"),
        ("binary_mb", "binary, MB"),
    ] {
        table.row(text, unit, &format!("builds/release/{name}"));
    }
    Ok(())
}

fn calls(text: &mut String, figures: &Figures) -> Result<()> {
    debug_assert_eq!(SIDES, NAMES.map(|(side, _)| side));
    let table = Table {
        figures,
        sides: &NAMES,
        measure: "official",
    };
    table.head(text);
    let columns = [
        ("cpu_us", "CPU, µs"),
        ("user_us", "of it user, µs"),
        ("system_us", "of it system, µs"),
        ("wall_us", "time, µs"),
        ("instructions", "instructions"),
        ("allocations", "allocations"),
        ("allocated_bytes", "bytes allocated"),
    ];
    for (what, _) in CALLS {
        let name = match what {
            "run-task" => "RunTask",
            "stop-task" => "StopTask",
            "describe-1" => "DescribeTasks of 1",
            _ => "DescribeTasks of 100",
        };
        for (column, unit) in columns {
            table.row(
                text,
                &format!("{name}: {unit}"),
                &format!("calls/{what}/{column}"),
            );
        }
    }
    table.row(
        text,
        "a poll of 100 unchanged tasks: CPU, µs",
        "calls/poll/cpu_us",
    );
    for (name, unit) in [
        ("first_answer_ms", "start to first answer, ms"),
        ("cpu_ms", "CPU to the end of a program of one call, ms"),
        ("resident_kb", "memory after the first call, kB"),
    ] {
        table.row(text, unit, &format!("calls/start-up/{name}"));
    }
    text.push_str("\n![CPU of calls](benches/results/calls.svg)\n");
    text.push_str("\n![Allocations of calls](benches/results/allocations.svg)\n");
    Ok(())
}

/// The official waiter twice: where it fails it is left at that, or called again.
const WAITING: [(&str, &str); 3] = [
    ("ours", "longshore"),
    ("official", "official"),
    ("official-again", "official, called again"),
];

fn waits(text: &mut String, figures: &Figures) -> Result<()> {
    let table = Table {
        figures,
        sides: &WAITING,
        measure: "official",
    };
    table.head(text);
    for tasks in TASKS {
        for (name, unit) in [
            ("calls", "DescribeTasks calls"),
            ("throttles", "of them throttled"),
            ("failed", "waits that failed"),
            ("late_mean_s", "noticed late, mean, s"),
            ("late_worst_s", "noticed late, worst, s"),
        ] {
            let plural = if tasks == 1 { "task" } else { "tasks" };
            table.row(
                text,
                &format!("{} {plural}: {unit}", number(tasks as f64)),
                &format!("waits/{tasks}/{name}"),
            );
        }
    }
    text.push_str("\n![Calls while tasks are awaited](benches/results/waits.svg)\n");
    text.push_str("\n![How late ends are noticed](benches/results/late.svg)\n");
    Ok(())
}

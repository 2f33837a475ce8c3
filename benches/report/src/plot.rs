//! Bars.

use std::path::Path;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::Result;
use crate::figures::{Figures, Spread};
use crate::page::number;
use crate::places::Places;

/// A chart: bars in groups.
struct Chart {
    file: &'static str,
    title: &'static str,
    /// What a group is called, and its figure.
    groups: Vec<(&'static str, String)>,
    /// Which sides there are, and how they are called.
    sides: &'static [(&'static str, &'static str)],
    logarithmic: bool,
}

const BUILDS: &[(&str, &str)] = &[
    ("ours", "longshore"),
    ("ours-no-chain", "without the chain"),
    ("official", "official"),
];
const CALLS: &[(&str, &str)] = &[
    ("ours", "longshore"),
    ("floor", "by hand"),
    ("official", "official"),
];
const WAITS: &[(&str, &str)] = &[
    ("ours", "longshore"),
    ("official-again", "called again"),
    ("official", "official"),
];

/// Writes the charts whose figures are there.
pub fn write_all(places: &Places, figures: &Figures) -> Result<()> {
    std::fs::create_dir_all(places.results())?;
    let builds = [
        ("RunTask program, release", "release"),
        ("RunTask program, debug", "debug"),
        ("ECS crate alone", "alone-ecs"),
        ("SageMaker crate alone", "alone-sagemaker"),
    ];
    let calls = [
        ("RunTask", "run-task"),
        ("StopTask", "stop-task"),
        ("DescribeTasks of 1", "describe-1"),
        ("DescribeTasks of 100", "describe-100"),
    ];
    let waits = [
        ("1 task", "1"),
        ("100 tasks", "100"),
        ("10,000 tasks", "10000"),
    ];
    let named = |part: &str, groups: &[(&'static str, &str)], figure: &str| -> Vec<_> {
        groups
            .iter()
            .map(|(name, key)| (*name, format!("{part}/{key}/{figure}")))
            .collect()
    };
    let charts = [
        Chart {
            file: "builds.svg",
            title: "Builds: CPU seconds",
            groups: named("builds", &builds, "cpu_s"),
            sides: BUILDS,
            logarithmic: false,
        },
        Chart {
            file: "calls.svg",
            title: "A call: CPU, µs",
            groups: named("calls", &calls, "cpu_us"),
            sides: CALLS,
            logarithmic: false,
        },
        Chart {
            file: "allocations.svg",
            title: "A call: allocations (logarithmic)",
            groups: named("calls", &calls, "allocations"),
            sides: CALLS,
            logarithmic: true,
        },
        Chart {
            file: "waits.svg",
            title: "DescribeTasks calls while tasks are awaited (logarithmic)",
            groups: named("waits", &waits, "calls"),
            sides: WAITS,
            logarithmic: true,
        },
        Chart {
            file: "late.svg",
            title: "The end of a task is noticed so many seconds late, mean",
            groups: named("waits", &waits, "late_mean_s"),
            sides: WAITS,
            logarithmic: false,
        },
    ];
    for chart in charts {
        chart.draw(&places.results().join(chart.file), figures)?;
    }
    Ok(())
}

const WIDTH: u32 = 860;
/// Where bars begin, and how long the longest is.
const LEFT: i32 = 330;
const LONGEST: f64 = 380.0;
const ROW: i32 = 20;
const GAP: i32 = 12;
const TOP: i32 = 50;

impl Chart {
    fn draw(&self, file: &Path, figures: &Figures) -> Result<()> {
        let groups: Vec<(&str, Vec<(usize, Spread)>)> = self
            .groups
            .iter()
            .map(|(name, figure)| (*name, self.bars(figures, figure)))
            .filter(|(_, bars)| !bars.is_empty())
            .collect();
        let all = || {
            groups
                .iter()
                .flat_map(|(_, bars)| bars)
                .map(|(_, value)| value)
        };
        let most = all().map(|value| value.most).fold(0.0, f64::max);
        if most <= 0.0 {
            return Ok(());
        }
        let rows = i32::try_from(all().count())?;
        let height = TOP + rows * ROW + i32::try_from(groups.len())? * GAP;
        let area = SVGBackend::new(file, (WIDTH, height.unsigned_abs())).into_drawing_area();
        area.fill(&WHITE)?;
        let text = |size: u32, end: HPos| {
            ("sans-serif", size)
                .into_font()
                .color(&BLACK)
                .pos(Pos::new(end, VPos::Center))
        };
        area.draw(&Text::new(self.title, (12, 22), text(17, HPos::Left)))?;
        let mut y = TOP;
        for (name, bars) in &groups {
            area.draw(&Text::new(*name, (12, y + ROW / 2), text(14, HPos::Left)))?;
            for (side, value) in bars {
                let [median, least, end] = [value.median, value.least, value.most]
                    .map(|value| LEFT + self.length(value, most));
                let (middle, label) = (y + ROW / 2, self.sides[*side].1);
                area.draw(&Text::new(label, (LEFT - 8, middle), text(13, HPos::Right)))?;
                let colors = [
                    RGBColor(31, 119, 180),
                    RGBColor(150, 170, 190),
                    RGBColor(214, 118, 44),
                ];
                // The last side is the official one.
                let color = if *side + 1 == self.sides.len() {
                    colors[2]
                } else {
                    colors[*side]
                };
                area.draw(&Rectangle::new(
                    [(LEFT, y + 3), (median, y + ROW - 3)],
                    color.filled(),
                ))?;
                area.draw(&PathElement::new([(least, middle), (end, middle)], BLACK))?;
                area.draw(&Text::new(
                    number(value.median),
                    (end + 6, middle),
                    text(13, HPos::Left),
                ))?;
                y += ROW;
            }
            y += GAP;
        }
        area.present()?;
        Ok(())
    }

    fn bars(&self, figures: &Figures, figure: &str) -> Vec<(usize, Spread)> {
        let sides = self.sides.iter().enumerate();
        sides
            .filter_map(|(index, (side, _))| Some((index, figures.get(figure, side)?)))
            .collect()
    }

    fn length(&self, value: f64, most: f64) -> i32 {
        let part = if self.logarithmic {
            value.max(1.0).log10() / most.max(10.0).log10()
        } else {
            value / most
        };
        #[allow(clippy::cast_possible_truncation)] // at most LONGEST
        {
            (part * LONGEST).round() as i32
        }
    }
}

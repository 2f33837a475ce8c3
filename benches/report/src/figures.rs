//! What was measured: for each figure and each side, one value a run.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::Result;

/// All figures, by names such as `calls/run-task/cpu_us`, then by side.
#[derive(Default)]
pub struct Figures {
    samples: BTreeMap<String, BTreeMap<String, Vec<f64>>>,
    /// What a part was measured on.
    notes: BTreeMap<String, String>,
}

/// The middle of some values, and their ends.
#[derive(Clone, Copy)]
pub struct Spread {
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

impl Spread {
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted: Vec<f64> = values
            .iter()
            .copied()
            .filter(|value| value.is_finite())
            .collect();
        sorted.sort_by(f64::total_cmp);
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 {
            sorted[middle]
        } else {
            (sorted[middle - 1] + sorted[middle]) / 2.0
        };
        Some(Self {
            median,
            least,
            most,
        })
    }
}

impl Figures {
    /// The figures of an earlier run; none if there was none.
    pub fn read(path: &Path) -> Result<Self> {
        let Ok(text) = fs::read_to_string(path) else {
            return Ok(Self::default());
        };
        let value: Value = serde_json::from_str(&text)?;
        let mut read = Self::default();
        let objects = |value: &Value| value.as_object().cloned().unwrap_or_default();
        for (figure, sides) in objects(&value["figures"]) {
            for (side, values) in objects(&sides) {
                for value in values
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_f64)
                {
                    read.add(&figure, &side, value);
                }
            }
        }
        for (part, note) in objects(&value["measured"]) {
            read.note(&part, note.as_str().unwrap_or_default());
        }
        Ok(read)
    }

    pub fn write(&self, path: &Path) -> Result<()> {
        let figures: Map<String, Value> = self
            .samples
            .iter()
            .map(|(name, sides)| (name.clone(), json!(sides)))
            .collect();
        let value = json!({ "measured": self.notes, "figures": figures });
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, format!("{value:#}\n"))?;
        Ok(())
    }

    pub fn add(&mut self, figure: &str, side: &str, value: f64) {
        let sides = self.samples.entry(figure.to_owned()).or_default();
        sides.entry(side.to_owned()).or_default().push(value);
    }

    /// Adds the numbers of a line of JSON.
    pub fn add_all(&mut self, prefix: &str, side: &str, line: &str) -> Result<()> {
        let told: Map<String, Value> = serde_json::from_str(line)?;
        for (name, value) in &told {
            if let Some(value) = value.as_f64() {
                self.add(&format!("{prefix}/{name}"), side, value);
            }
        }
        Ok(())
    }

    /// Forgets the figures of a part.
    pub fn clear(&mut self, part: &str) {
        self.samples
            .retain(|name, _| name.split('/').next() != Some(part));
    }

    pub fn note(&mut self, part: &str, note: &str) {
        self.notes.insert(part.to_owned(), note.to_owned());
    }

    /// What a part was measured on.
    pub fn measured(&self, part: &str) -> Option<&str> {
        self.notes.get(part).map(String::as_str)
    }

    pub fn get(&self, figure: &str, side: &str) -> Option<Spread> {
        Spread::of(self.samples.get(figure)?.get(side)?)
    }

    /// How often a figure was measured.
    pub fn runs(&self, figure: &str, side: &str) -> usize {
        let values = self.samples.get(figure).and_then(|sides| sides.get(side));
        values.map_or(0, Vec::len)
    }

    /// How the medians of two figures compare.
    pub fn ratio(&self, ours: (&str, &str), theirs: (&str, &str)) -> Option<f64> {
        Some(self.get(ours.0, ours.1)?.median / self.get(theirs.0, theirs.1)?.median)
    }
}

//! The shapes that several operations use, in files of a readable size.

use std::collections::BTreeMap;

use super::{Item, enums, file, gate, header, source, structure};
use crate::plan::{Place, Plan};
use crate::{Fault, names};

/// A group of more lines is divided further, where its names allow it.
const MOST_LINES: usize = 1200;
/// A group of fewer lines joins the others of its kind.
const FEWEST_LINES: usize = 150;

/// One shape.
pub(crate) fn item(plan: &Plan, name: &str) -> Result<Item, Fault> {
    let shape = plan.model.shape(name)?;
    if !shape.values.is_empty() {
        enums::item(plan, name, shape)
    } else if shape.union {
        enums::union(plan, name, shape)
    } else {
        structure::item(plan, name, shape)
    }
}

/// The files of the shared shapes, by their path in the generated folder.
pub(crate) fn files(plan: &Plan) -> Result<BTreeMap<String, String>, Fault> {
    let mut shared: BTreeMap<bool, Vec<(String, Item)>> = BTreeMap::new();
    for (name, _) in plan.reached() {
        let in_subset = match plan.place(name) {
            Place::Operation(_) => continue,
            Place::SharedSubset => true,
            Place::Shared => false,
        };
        shared.entry(in_subset).or_default().push((name.to_owned(), item(plan, name)?));
    }
    let mut files = BTreeMap::new();
    let mut modules = BTreeMap::new();
    for (in_subset, items) in shared {
        for (group, item) in groups(items) {
            let prefix = match &plan.overlay.subset {
                Some(subset) if in_subset => format!("{}_", subset.module),
                _ => String::new(),
            };
            let module = format!("{prefix}{group}");
            files.insert(format!("shapes/{module}.rs"), file(plan, item));
            modules.insert(module, in_subset);
        }
    }
    let mut text = header(&source(plan));
    let mut uses = String::new();
    for (module, in_subset) in &modules {
        let gate = gate(plan, *in_subset);
        text.push_str(&format!("{gate}mod {module};\n"));
        uses.push_str(&format!("{gate}pub use {module}::*;\n"));
    }
    files.insert("shapes.rs".to_owned(), text + "\n" + &uses);
    Ok(files)
}

/// Groups shapes by the first word of their names: as many words as it takes to stay readable.
fn groups(items: Vec<(String, Item)>) -> BTreeMap<String, Item> {
    let mut groups: BTreeMap<String, Vec<(String, Item)>> = BTreeMap::new();
    for (name, item) in items {
        let key = if item.uses.contains("wire_enum") { "enums".to_owned() } else { names::first_words(&name, 1) };
        groups.entry(key).or_default().push((name, item));
    }
    let mut divided: BTreeMap<String, Vec<(String, Item)>> = BTreeMap::new();
    for (key, items) in groups {
        if lines(&items) <= MOST_LINES {
            divided.entry(key).or_default().extend(items);
            continue;
        }
        // In order, so that neighbours stay together; a new part where the last one is full.
        let mut part: Vec<(String, Item)> = Vec::new();
        let mut number = 1;
        for item in items {
            if lines(&part) > MOST_LINES * 3 / 4 {
                divided.insert(format!("{key}_{number}"), std::mem::take(&mut part));
                number += 1;
            }
            part.push(item);
        }
        divided.insert(format!("{key}_{number}"), part);
    }
    let mut result: BTreeMap<String, Item> = BTreeMap::new();
    let mut rest = 1;
    let mut rest_lines = 0;
    for (key, items) in divided {
        let size = lines(&items);
        let key = if size < FEWEST_LINES {
            if rest_lines + size > MOST_LINES {
                rest += 1;
                rest_lines = 0;
            }
            rest_lines += size;
            if rest == 1 { "other".to_owned() } else { format!("other_{rest}") }
        } else {
            names::file(&key)
        };
        let group = result.entry(key).or_default();
        for (_, item) in items {
            group.append(item);
        }
    }
    result
}

fn lines(items: &[(String, Item)]) -> usize {
    items.iter().map(|(_, item)| item.text.lines().count()).sum()
}

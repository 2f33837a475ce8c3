//! The shapes that several operations use, in files of a readable size.

use std::collections::BTreeMap;

use super::{Item, enums, file, gate, header, source, structure};
use crate::plan::{Place, Plan};
use crate::{Fault, names};

/// A group of more lines is divided further, where its names allow it.
const MOST_LINES: usize = 1200;
/// A group of fewer lines joins the others of its kind.
const FEWEST_LINES: usize = 120;

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
        shared
            .entry(in_subset)
            .or_default()
            .push((name.to_owned(), item(plan, name)?));
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
    if modules.is_empty() {
        return Ok(files);
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

/// Groups shapes into files: enums apart, structures by the first word of their names where many
/// share it, the rest by their first letters.
fn groups(items: Vec<(String, Item)>) -> BTreeMap<String, Item> {
    let mut by_word: BTreeMap<String, Vec<(String, Item)>> = BTreeMap::new();
    let mut enums = Vec::new();
    for (name, item) in items {
        if item.uses.contains("wire_enum") {
            enums.push((name, item));
        } else {
            by_word
                .entry(names::first_words(&name, 1))
                .or_default()
                .push((name, item));
        }
    }
    let mut groups = BTreeMap::new();
    let mut rest = Vec::new();
    for (word, items) in by_word {
        if lines(&items) < FEWEST_LINES {
            rest.extend(items);
        } else {
            by_letters(&names::file(&word), items, &mut groups);
        }
    }
    by_letters("enums", enums, &mut groups);
    by_letters("other", rest, &mut groups);
    groups
}

/// One group, or as many as keep each readable, named by the initials of their shapes.
fn by_letters(key: &str, items: Vec<(String, Item)>, groups: &mut BTreeMap<String, Item>) {
    if lines(&items) <= MOST_LINES {
        if !items.is_empty() {
            groups.insert(key.to_owned(), joined(items));
        }
        return;
    }
    // Shapes of one first word differ further on.
    let skip = common_prefix(&items);
    let letter = |name: &str| {
        name[skip..]
            .chars()
            .next()
            .unwrap_or('_')
            .to_ascii_lowercase()
    };
    let mut letters: BTreeMap<char, Vec<(String, Item)>> = BTreeMap::new();
    for (name, item) in items {
        letters.entry(letter(&name)).or_default().push((name, item));
    }
    let mut part: Vec<(String, Item)> = Vec::new();
    let mut span: Option<(char, char)> = None;
    for (letter, items) in letters {
        if span.is_some() && lines(&part) + lines(&items) > MOST_LINES {
            groups.insert(span_name(key, span), joined(std::mem::take(&mut part)));
            span = None;
        }
        span = Some((span.map_or(letter, |(first, _)| first), letter));
        part.extend(items);
    }
    groups.insert(span_name(key, span), joined(part));
}

fn span_name(key: &str, span: Option<(char, char)>) -> String {
    match span {
        Some((first, last)) if first != last => format!("{key}_{first}_to_{last}"),
        Some((only, _)) => format!("{key}_{only}"),
        None => key.to_owned(),
    }
}

fn common_prefix(items: &[(String, Item)]) -> usize {
    let Some((first, _)) = items.first() else {
        return 0;
    };
    let same = |n: &usize| {
        items
            .iter()
            .all(|(name, _)| name.get(..*n) == first.get(..*n))
    };
    (1..first.len()).take_while(same).last().unwrap_or(0)
}

fn joined(items: Vec<(String, Item)>) -> Item {
    let mut joined = Item::default();
    for (_, item) in items {
        joined.append(item);
    }
    joined
}

fn lines(items: &[(String, Item)]) -> usize {
    items
        .iter()
        .map(|(_, item)| item.text.lines().count())
        .sum()
}

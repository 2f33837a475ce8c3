//! Enums and unions.

use std::collections::BTreeMap;

use super::Item;
use crate::model::Shape;
use crate::plan::Plan;
use crate::types::Type;
use crate::{Fault, docs, names};

/// An open enum of strings.
pub(crate) fn item(plan: &Plan, name: &str, shape: &Shape) -> Result<Item, Fault> {
    let mut variants: BTreeMap<String, &str> = BTreeMap::new();
    let mut rows = String::new();
    for value in &shape.values {
        let renamed = plan
            .overlay
            .variants
            .get(name)
            .and_then(|names| names.get(value));
        let variant = renamed.cloned().unwrap_or_else(|| names::variant(value));
        if let Some(other) = variants.insert(variant.clone(), value) {
            let why = format!(
                "has the values `{other}` and `{value}`, which are both `{variant}` in Rust; name one in the overlay"
            );
            return Err(Fault::new(name, &why));
        }
        rows.push_str(&format!("        {variant} = {value:?},\n"));
    }
    let doc = docs::comment(&docs::shape(plan, name, shape), "    ");
    let mut item = Item {
        text: format!("wire_enum! {{\n{doc}    pub enum {name} {{\n{rows}    }}\n}}\n"),
        ..Item::default()
    };
    item.defines.insert(name.to_owned());
    item.uses.insert("wire_enum".to_owned());
    Ok(item)
}

/// A union.
pub(crate) fn union(plan: &Plan, name: &str, shape: &Shape) -> Result<Item, Fault> {
    let mut item = Item::default();
    let mut rows = String::new();
    let mut checks = String::new();
    for (wire, member) in &shape.members {
        let kind = Type::of(&plan.model, &member.shape)?;
        kind.imports(&mut |import| {
            item.uses.insert(import.to_owned());
        });
        let variant = names::variant(wire);
        let sentence = (plan.overlay.docs.members.get(name)).and_then(|members| members.get(wire));
        let doc = sentence
            .cloned()
            .unwrap_or_else(|| format!("`{wire}`: {}.", kind.words()));
        rows.push_str(&docs::comment(&doc, "        "));
        // An arm that holds its own union is boxed.
        let rust = if kind == Type::Union(name.to_owned()) {
            format!("Box<{}>", kind.rust())
        } else {
            kind.rust()
        };
        rows.push_str(&format!("        {wire:?} => {variant}({rust}),\n"));
        if kind.named().is_some_and(|inner| plan.has_checks(inner)) {
            checks.push_str(&format!(
                "            Self::{variant}(value) => nested({wire:?}, value),\n"
            ));
            item.uses
                .extend(["Missing".to_owned(), "nested".to_owned()]);
        }
    }
    let doc = docs::comment(&docs::shape(plan, name, shape), "    ");
    item.text = format!("wire_union! {{\n{doc}    pub enum {name} {{\n{rows}    }}\n}}\n");
    if plan.in_requests(name) {
        item.uses.insert("Check".to_owned());
        let inside = if checks.is_empty() {
            String::new()
        } else {
            format!(
                "\n    #[inline]\n    fn check(&self) -> Result<(), Missing> {{\n        match self {{\n{checks}            _ => Ok(()),\n        }}\n    }}\n"
            )
        };
        item.text.push_str(&format!(
            "\nimpl Check for {name} {{\n    #[inline]\n    fn is_empty(&self) -> bool {{\n        matches!(self, Self::Unknown(name, _) if name.is_empty())\n    }}\n{inside}}}\n"
        ));
    }
    item.defines.insert(name.to_owned());
    item.uses.insert("wire_union".to_owned());
    Ok(item)
}

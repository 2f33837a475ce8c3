//! What a new version of a model changes for users, in the form of the changelog.

use std::collections::BTreeMap;

use crate::model::{Model, Shape};

/// Lines for the sections of a changelog.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Changes {
    added: Vec<String>,
    changed: Vec<String>,
    removed: Vec<String>,
}

impl Changes {
    /// Adds what differs between two versions of a service's model.
    pub(crate) fn between(&mut self, service: &str, old: &Model, new: &Model) {
        let say = |what: String| format!("- {service}: {what}.");
        for name in new
            .operations
            .keys()
            .filter(|name| !old.operations.contains_key(*name))
        {
            self.added.push(say(format!("operation `{name}`")));
        }
        for name in old
            .operations
            .keys()
            .filter(|name| !new.operations.contains_key(*name))
        {
            self.removed.push(say(format!("operation `{name}`")));
        }
        for (name, shape) in &new.shapes {
            match old.shapes.get(name) {
                Some(before) => self.in_shape(&say, name, before, shape),
                None if crate::plan::is_named(shape) => self.added.push(say(format!("`{name}`"))),
                None => {}
            }
        }
        for (name, shape) in &old.shapes {
            if !new.shapes.contains_key(name) && crate::plan::is_named(shape) {
                self.removed.push(say(format!("`{name}`")));
            }
        }
    }

    fn in_shape(&mut self, say: &impl Fn(String) -> String, name: &str, old: &Shape, new: &Shape) {
        for (member, reference) in &new.members {
            match old.members.get(member) {
                None => self.added.push(say(format!("`{name}.{member}`"))),
                Some(before) if before.shape != reference.shape => {
                    let text = format!(
                        "`{name}.{member}` is `{}`, was `{}`",
                        reference.shape, before.shape
                    );
                    self.changed.push(say(text));
                }
                Some(_) => {}
            }
            match (old.required.contains(member), new.required.contains(member)) {
                (false, true) if old.members.contains_key(member) => {
                    self.changed
                        .push(say(format!("`{name}.{member}` is required")));
                }
                (true, false) => self
                    .changed
                    .push(say(format!("`{name}.{member}` is optional"))),
                _ => {}
            }
        }
        for member in old
            .members
            .keys()
            .filter(|member| !new.members.contains_key(*member))
        {
            self.removed.push(say(format!("`{name}.{member}`")));
        }
        let values = |of: &Shape, but: &Shape| -> Vec<String> {
            of.values
                .iter()
                .filter(|value| !but.values.contains(value))
                .map(|v| format!("`{v}`"))
                .collect()
        };
        let (more, fewer) = (values(new, old), values(old, new));
        if !more.is_empty() {
            self.added
                .push(say(format!("`{name}` values {}", more.join(", "))));
        }
        if !fewer.is_empty() {
            self.removed
                .push(say(format!("`{name}` values {}", fewer.join(", "))));
        }
        if old.kind != new.kind {
            self.changed.push(say(format!(
                "`{name}` is a {}, was a {}",
                new.kind, old.kind
            )));
        }
    }
}

impl std::fmt::Display for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sections = BTreeMap::from([
            ("Added", &self.added),
            ("Changed", &self.changed),
            ("Removed", &self.removed),
        ]);
        for (title, lines) in sections.into_iter().filter(|(_, lines)| !lines.is_empty()) {
            write!(f, "\n### {title}\n\n{}\n", lines.join("\n"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Changes;
    use crate::model::Model;

    fn model(operations: &[&str], shapes: serde_json::Value) -> Model {
        let operations: serde_json::Map<_, _> = operations
            .iter()
            .map(|name| ((*name).to_owned(), json!({})))
            .collect();
        serde_json::from_value(json!({
            "metadata": { "jsonVersion": "1.1", "targetPrefix": "T" }, "operations": operations, "shapes": shapes,
        }))
        .unwrap()
    }

    #[test]
    fn what_a_user_sees_of_a_new_model() {
        let old = model(
            &["Old", "Kept"],
            json!({
                "S": { "type": "string" }, "N": { "type": "integer" },
                "Thing": { "type": "structure", "members": { "a": { "shape": "S" }, "b": { "shape": "S" } }, "required": ["b"] },
                "Color": { "type": "string", "enum": ["RED"] },
            }),
        );
        let new = model(
            &["Kept", "New"],
            json!({
                "S": { "type": "string" }, "N": { "type": "integer" },
                "Thing": { "type": "structure", "members": { "a": { "shape": "N" }, "c": { "shape": "S" } }, "required": ["a"] },
                "Color": { "type": "string", "enum": ["RED", "BLUE"] },
                "Other": { "type": "structure" },
            }),
        );
        let mut changes = Changes::default();
        changes.between("ECS", &old, &new);
        assert_eq!(
            changes.to_string(),
            "\n### Added\n\n- ECS: operation `New`.\n- ECS: `Color` values `BLUE`.\n- ECS: `Other`.\n- ECS: `Thing.c`.\n\
             \n### Changed\n\n- ECS: `Thing.a` is `N`, was `S`.\n- ECS: `Thing.a` is required.\n\
             \n### Removed\n\n- ECS: operation `Old`.\n- ECS: `Thing.b`.\n"
        );
        let mut none = Changes::default();
        none.between("ECS", &new, &new);
        assert_eq!(none, Changes::default());
    }
}

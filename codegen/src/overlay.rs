//! Overlays: what the project says of a service beyond its model.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::model::{Member, Model, Shape};
use crate::{Error, Fault};

/// `codegen/overlays/{name}.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Overlay {
    pub(crate) service: Service,
    /// Feature that has a part of the operations, and which.
    #[serde(default)]
    pub(crate) subset: Option<Subset>,
    #[serde(default)]
    pub(crate) errors: Errors,
    #[serde(default)]
    pub(crate) quota: Vec<Quota>,
    #[serde(default)]
    pub(crate) retry: Retry,
    #[serde(default)]
    pub(crate) always: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(crate) types: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) enums: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(crate) enum_docs: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) empty: Empty,
    /// Variants whose values would be the same name otherwise.
    #[serde(default)]
    pub(crate) variants: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(skip)]
    pub(crate) docs: Docs,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    /// Folder of the model in botocore's data.
    pub(crate) source: String,
    pub(crate) title: String,
    pub(crate) feature: String,
    pub(crate) env: String,
    pub(crate) reference: String,
    /// What the anchors of members begin with in the API reference.
    pub(crate) anchor: String,
    /// Operations to take; all where unset.
    #[serde(default)]
    pub(crate) operations: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Errors {
    /// Codes and phrases that say that there was no room.
    pub(crate) no_room: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subset {
    pub(crate) feature: String,
    pub(crate) module: String,
    pub(crate) operations: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Quota {
    pub(crate) name: String,
    pub(crate) burst: u32,
    pub(crate) per_second: u32,
    pub(crate) operations: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retry {
    #[serde(default)]
    pub(crate) idempotent: Vec<String>,
    #[serde(default)]
    pub(crate) readonly: Vec<String>,
    /// Operations by what their names begin with.
    #[serde(default)]
    pub(crate) idempotent_prefixes: Vec<String>,
    #[serde(default)]
    pub(crate) readonly_prefixes: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Empty {
    #[serde(default)]
    pub(crate) members: Vec<String>,
}

/// `codegen/overlays/{name}-docs.toml`: sentences.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Docs {
    #[serde(default)]
    pub(crate) operations: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) shapes: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) members: BTreeMap<String, BTreeMap<String, String>>,
}

impl Overlay {
    /// Reads the overlay of a service and its sentences.
    pub(crate) fn read(folder: &Path, name: &str) -> Result<Self, Error> {
        let mut overlay: Self = read_toml(&folder.join(format!("{name}.toml")))?;
        let docs = folder.join(format!("{name}-docs.toml"));
        if docs.exists() {
            overlay.docs = read_toml(&docs)?;
        }
        Ok(overlay)
    }

    /// Takes the operations that the overlay names, and works its types and enums into the model.
    pub(crate) fn apply(&self, model: &mut Model) -> Result<(), Fault> {
        self.check(model)?;
        if !self.service.operations.is_empty() {
            let wanted = &self.service.operations;
            model.operations.retain(|name, _| wanted.contains(name));
            model.paginators.retain(|name, _| wanted.contains(name));
            model
                .waiters
                .retain(|_, waiter| wanted.contains(&waiter.operation));
        }
        for (name, values) in &self.enums {
            let shape = Shape {
                kind: "string".to_owned(),
                values: values.clone(),
                ..Shape::default()
            };
            model.shapes.insert(name.clone(), shape);
        }
        for (path, shape) in &self.types {
            if let Some(member) = member_mut(model, path) {
                member.shape.clone_from(shape);
            }
        }
        let named = |name: &str, names: &[String], prefixes: &[String]| {
            names.iter().any(|one| one == name)
                || prefixes.iter().any(|prefix| name.starts_with(prefix))
        };
        let retry = &self.retry;
        for (name, operation) in &mut model.operations {
            operation.idempotent |= named(name, &retry.idempotent, &retry.idempotent_prefixes);
            operation.readonly |= named(name, &retry.readonly, &retry.readonly_prefixes);
        }
        Ok(())
    }

    /// Whether everything that the overlay names exists.
    fn check(&self, model: &Model) -> Result<(), Fault> {
        let subset = self.subset.iter().flat_map(|subset| &subset.operations);
        let operations = (self.quota.iter().flat_map(|quota| &quota.operations))
            .chain(subset)
            .chain(&self.service.operations)
            .chain(&self.retry.idempotent)
            .chain(&self.retry.readonly)
            .chain(self.docs.operations.keys());
        for name in operations {
            if !model.operations.contains_key(name) {
                return Err(Fault::new(
                    name,
                    "is in the overlay, but is no operation of the model",
                ));
            }
        }
        for (name, values) in &self.enums {
            if model.shapes.contains_key(name) || values.is_empty() {
                return Err(Fault::new(
                    name,
                    "is an enum of the overlay that the model has, or is empty",
                ));
            }
        }
        let members = (self.always.iter())
            .flat_map(|(shape, members)| members.iter().map(move |m| format!("{shape}.{m}")))
            .chain(self.types.keys().cloned())
            .chain(self.empty.members.iter().cloned())
            .chain(self.docs.members.iter().flat_map(|(shape, members)| {
                members
                    .keys()
                    .map(move |member| format!("{shape}.{member}"))
            }));
        for path in members {
            let known = path.split_once('.').is_some_and(|(shape, member)| {
                (model.shapes.get(shape)).is_some_and(|s| s.members.contains_key(member))
            });
            if !known {
                return Err(Fault::new(
                    &path,
                    "is in the overlay, but is no member of the model",
                ));
            }
        }
        let shapes = self
            .docs
            .shapes
            .keys()
            .chain(self.variants.keys())
            .chain(self.enum_docs.keys());
        for name in shapes.chain(self.types.values()) {
            if !model.shapes.contains_key(name) && !self.enums.contains_key(name) {
                return Err(Fault::new(
                    name,
                    "is in the overlay, but is no shape of the model",
                ));
            }
        }
        Ok(())
    }

    /// Whether the service always sends this member.
    pub(crate) fn is_always(&self, shape: &str, member: &str) -> bool {
        (self.always.get(shape)).is_some_and(|members| members.iter().any(|m| m == member))
    }

    /// Whether an empty value of this required member means something.
    pub(crate) fn may_be_empty(&self, shape: &str, member: &str) -> bool {
        self.empty.members.iter().any(|path| {
            path.split_once('.')
                .is_some_and(|(s, m)| s == shape && m == member)
        })
    }
}

fn member_mut<'a>(model: &'a mut Model, path: &str) -> Option<&'a mut Member> {
    let (shape, member) = path.split_once('.')?;
    model.shapes.get_mut(shape)?.members.get_mut(member)
}

fn read_toml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::file(path, source))?;
    toml::from_str(&text).map_err(|source| Error::Toml {
        path: path.to_owned(),
        source: Box::new(source),
    })
}

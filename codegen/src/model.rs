//! The facts of a service, as `codegen/models/*.json` holds them.
//!
//! The notation of the shapes is the one that botocore's models use, so the protocol suites, which
//! use it too, are read by the same code.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::Fault;

/// Everything that is known of one service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Model {
    pub(crate) metadata: Metadata,
    pub(crate) operations: BTreeMap<String, Operation>,
    pub(crate) shapes: BTreeMap<String, Shape>,
    #[serde(default)]
    pub(crate) paginators: BTreeMap<String, Paginator>,
    #[serde(default)]
    pub(crate) waiters: BTreeMap<String, Waiter>,
    #[serde(default)]
    pub(crate) endpoints: Vec<Endpoint>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    #[serde(default)]
    pub(crate) api_version: String,
    #[serde(default)]
    pub(crate) service_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) signing_name: Option<String>,
    #[serde(default)]
    pub(crate) endpoint_prefix: String,
    pub(crate) json_version: String,
    pub(crate) target_prefix: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Operation {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<Reference>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<Reference>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<Reference>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) readonly: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) idempotent: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) deprecated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint: Option<HostPrefix>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) requestcompression: Option<Compression>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HostPrefix {
    pub(crate) host_prefix: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Compression {
    pub(crate) encodings: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Reference {
    pub(crate) shape: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub(crate) members: IndexMap<String, Member>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) required: Vec<String>,
    #[serde(default, rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub(crate) values: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) member: Option<Member>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<Member>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<Member>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) min: Option<serde_json::Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) max: Option<serde_json::Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pattern: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) union: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) document: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) exception: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) sensitive: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) deprecated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deprecated_since: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timestamp_format: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Member {
    pub(crate) shape: String,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) idempotency_token: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) deprecated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deprecated_since: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timestamp_format: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Paginator {
    pub(crate) input_token: OneOrMany,
    pub(crate) output_token: OneOrMany,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) result_key: Option<OneOrMany>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    /// The first name: services of this protocol have one.
    pub(crate) fn first(&self) -> &str {
        match self {
            Self::One(name) => name,
            Self::Many(names) => names.first().map_or("", String::as_str),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Waiter {
    pub(crate) operation: String,
    pub(crate) delay: u64,
    pub(crate) max_attempts: u64,
    pub(crate) acceptors: Vec<Acceptor>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Acceptor {
    pub(crate) matcher: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) argument: Option<String>,
    pub(crate) state: String,
    pub(crate) expected: serde_json::Value,
}

/// The host of one partition, for each of the four variants; a text without a dot is why there is
/// none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    pub(crate) partition: String,
    pub(crate) plain: String,
    pub(crate) fips: String,
    pub(crate) dual_stack: String,
    pub(crate) fips_dual_stack: String,
}

/// A group of regions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Partition {
    pub(crate) name: String,
    pub(crate) dns_suffix: String,
    pub(crate) dual_stack_dns_suffix: String,
    /// What a region of the partition begins with, before `-{direction}-{number}`.
    pub(crate) prefixes: Vec<String>,
    /// Regions that are named otherwise.
    pub(crate) regions: Vec<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the signature that serde asks for
fn is_false(value: &bool) -> bool {
    !value
}

impl Model {
    pub(crate) fn shape(&self, name: &str) -> Result<&Shape, Fault> {
        self.shapes
            .get(name)
            .ok_or_else(|| Fault::new(name, "is referred to, but the model has no such shape"))
    }

    /// Checks what the generator relies on: known types, no dangling reference.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        const KINDS: [&str; 12] = [
            "structure",
            "list",
            "map",
            "string",
            "boolean",
            "integer",
            "long",
            "float",
            "double",
            "timestamp",
            "blob",
            "short",
        ];
        for (name, shape) in &self.shapes {
            if !KINDS.contains(&shape.kind.as_str()) {
                return Err(Fault::new(
                    name,
                    &format!("has the unknown type `{}`", shape.kind),
                ));
            }
            let inner = [&shape.member, &shape.key, &shape.value];
            let referred = shape.members.values().chain(inner.into_iter().flatten());
            for member in referred {
                if !self.shapes.contains_key(&member.shape) {
                    return Err(Fault::new(
                        name,
                        &format!(
                            "refers to `{}`, which the model does not have",
                            member.shape
                        ),
                    ));
                }
            }
            if shape.kind == "list" && shape.member.is_none()
                || shape.kind == "map" && shape.value.is_none()
            {
                return Err(Fault::new(name, &format!("is a {} of nothing", shape.kind)));
            }
            for required in &shape.required {
                if !shape.members.contains_key(required) {
                    return Err(Fault::new(
                        name,
                        &format!("requires `{required}`, which it has not"),
                    ));
                }
            }
        }
        for (name, operation) in &self.operations {
            let references = operation
                .input
                .iter()
                .chain(&operation.output)
                .chain(&operation.errors);
            for reference in references {
                if !self.shapes.contains_key(&reference.shape) {
                    return Err(Fault::new(
                        name,
                        &format!(
                            "refers to `{}`, which the model does not have",
                            reference.shape
                        ),
                    ));
                }
            }
        }
        Ok(())
    }
}

//! The suites' own notation. What is unknown here stops the generator: a case would not be run
//! whole.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::Fault;
use crate::model::{Metadata, Shape};

/// Shapes, and cases that use them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Suite {
    pub(super) description: String,
    pub(super) metadata: Metadata,
    /// The endpoint that the client is given.
    pub(super) client_endpoint: Option<String>,
    pub(super) shapes: BTreeMap<String, Shape>,
    pub(super) cases: Vec<Case>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Case {
    pub(super) id: String,
    #[serde(default, rename = "description")]
    _description: String,
    /// The operation, as a model has it, with its name.
    pub(super) given: Value,
    /// The request's members.
    pub(super) params: Option<Value>,
    /// What must be sent.
    pub(super) serialized: Option<Serialized>,
    /// What is answered.
    pub(super) response: Option<Response>,
    /// The answer's members.
    pub(super) result: Option<Value>,
    pub(super) error_code: Option<String>,
    pub(super) error_message: Option<String>,
    /// The error's members.
    pub(super) error: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Serialized {
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) host: Option<String>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) require_headers: Vec<String>,
    #[serde(default)]
    pub(super) forbid_headers: Vec<String>,
    pub(super) body: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Response {
    pub(super) status_code: u16,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) body: String,
}

impl Case {
    /// The name of the operation.
    pub(super) fn operation(&self) -> Result<&str, Fault> {
        let name = self.given["name"].as_str();
        name.ok_or_else(|| self.fault("names no operation"))
    }

    pub(super) fn fault(&self, why: &str) -> Fault {
        Fault::new(&self.id, why)
    }
}

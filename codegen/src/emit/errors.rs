//! The crate's one error enum: a variant for each modelled exception of its services.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Shape;
use crate::plan::Plan;
use crate::types::Type;
use crate::{Error, Fault, names};

/// The variant of an exception: its name without suffix, so that the same meaning has one name
/// whatever suffix a service uses.
pub(crate) fn variant(shape: &str) -> String {
    let base = shape
        .strip_suffix("Exception")
        .or(shape.strip_suffix("Error"))
        .unwrap_or(shape);
    if base.is_empty() {
        shape.to_owned()
    } else {
        base.to_owned()
    }
}

/// Every service may answer with these, modelled or not
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html>).
const COMMON: [(&str, &str, &str); 2] = [
    (
        "AccessDenied",
        "AccessDeniedException",
        "The credentials are good, but do not allow this operation.",
    ),
    (
        "Validation",
        "ValidationException",
        "The service refuses a member of the request.",
    ),
];

#[derive(Default)]
struct Variant {
    codes: BTreeSet<String>,
    features: BTreeSet<String>,
    doc: Option<String>,
    /// Members beside the message: name in Rust, name on the wire, type.
    members: Vec<(String, String, Type)>,
}

/// `src/error/generated.rs`.
pub(crate) fn errors(plans: &[Plan]) -> Result<String, Error> {
    let variants = collect(plans)?;
    let mut text = super::header("codegen/models/*.json");
    text.push_str("use super::{ServiceError, Unanswered};\n\n");
    text.push_str(FIXED_HEAD);
    for (name, variant) in &variants {
        text.push_str(&definition(name, variant));
    }
    text.push_str("}\n\nimpl Error {\n");
    text.push_str("    /// The variant for a service's answer.\n    pub(super) fn of_code(error: Box<ServiceError>) -> Self {\n        match error.code.as_str() {\n");
    for (name, variant) in &variants {
        let codes: Vec<String> = variant
            .codes
            .iter()
            .map(|code| format!("{code:?}"))
            .collect();
        text.push_str(&variant.gate());
        let value = if variant.members.is_empty() {
            format!("Self::{name}(error)")
        } else {
            let members: String = (variant.members.iter())
                .map(|(field, wire, _)| format!("{field}: error.detail({wire:?}),"))
                .collect();
            format!("Self::{name} {{ {members} error }}")
        };
        text.push_str(&format!("            {} => {value},\n", codes.join(" | ")));
    }
    text.push_str("            _ => Self::Service(error),\n        }\n    }\n\n");
    text.push_str(&by_variant(
        "    /// What the service answered, if it did.\n    #[must_use]\n    pub fn service_error(&self) -> Option<&ServiceError> {",
        &variants,
        "            Self::Throttled(error) | Self::Service(error) => Some(error),\n",
        Value::Answer,
        "            _ => None,\n",
    ));
    text.push_str(&by_variant(
        "    pub(super) fn service_error_mut(&mut self) -> Option<&mut ServiceError> {",
        &variants,
        "            Self::Throttled(error) | Self::Service(error) => Some(error),\n",
        Value::Answer,
        "            _ => None,\n",
    ));
    let fixed: String = FIXED
        .iter()
        .map(|name| format!("            Self::{name}(_) => {name:?},\n"))
        .collect();
    text.push_str(&by_variant(
        "    /// The variant's name.\n    pub(super) fn name(&self) -> &'static str {",
        &variants,
        &fixed,
        Value::Name,
        "",
    ));
    text.push_str("}\n");
    Ok(text)
}

/// What a method returns for a variant.
#[derive(Clone, Copy)]
enum Value {
    Answer,
    Name,
}

/// A method that matches on the variants of services' answers.
fn by_variant(
    signature: &str,
    variants: &BTreeMap<String, Variant>,
    before: &str,
    value: Value,
    after: &str,
) -> String {
    let mut text = format!("{signature}\n        match self {{\n{before}");
    for (name, variant) in variants {
        let (pattern, value) = match (variant.members.is_empty(), value) {
            (true, Value::Answer) => (format!("Self::{name}(error)"), "Some(error)".to_owned()),
            (false, Value::Answer) => (
                format!("Self::{name} {{ error, .. }}"),
                "Some(error)".to_owned(),
            ),
            (true, Value::Name) => (format!("Self::{name}(_)"), format!("{name:?}")),
            (false, Value::Name) => (format!("Self::{name} {{ .. }}"), format!("{name:?}")),
        };
        text.push_str(&variant.gate());
        text.push_str(&format!("            {pattern} => {value},\n"));
    }
    text.push_str(&format!("{after}        }}\n    }}\n\n"));
    text
}

impl Variant {
    fn gate(&self) -> String {
        let features: Vec<String> = self
            .features
            .iter()
            .map(|f| format!("feature = {f:?}"))
            .collect();
        match &features[..] {
            [] => String::new(),
            [one] => format!("#[cfg({one})]\n"),
            many => format!("#[cfg(any({}))]\n", many.join(", ")),
        }
    }
}

fn definition(name: &str, variant: &Variant) -> String {
    let codes: Vec<String> = variant
        .codes
        .iter()
        .map(|code| format!("`{code}`"))
        .collect();
    let sentence = variant
        .doc
        .clone()
        .unwrap_or_else(|| format!("The service answered `{name}`."));
    let mut text = format!("    /// {sentence} ({})\n", codes.join(", "));
    text.push_str(&variant.gate());
    if variant.members.is_empty() {
        text.push_str(&format!(
            "    #[error(transparent)]\n    {name}(Box<ServiceError>),\n"
        ));
    } else {
        text.push_str(&format!("    #[error(\"{{error}}\")]\n    {name} {{\n"));
        for (field, wire, kind) in &variant.members {
            text.push_str(&format!(
                "        /// `{wire}` of the answer.\n        {field}: {},\n",
                kind.rust()
            ));
        }
        text.push_str("        /// The answer.\n        error: Box<ServiceError>,\n    },\n");
    }
    text
}

fn collect(plans: &[Plan]) -> Result<BTreeMap<String, Variant>, Error> {
    let mut variants: BTreeMap<String, Variant> = BTreeMap::new();
    for plan in plans {
        let used: BTreeSet<&str> = (plan.model.operations.values())
            .flat_map(|operation| operation.errors.iter().map(|error| error.shape.as_str()))
            .collect();
        for code in used {
            let shape = plan.model.shape(code)?;
            let variant = variants.entry(variant(code)).or_default();
            variant.codes.insert(code.to_owned());
            variant
                .features
                .insert(plan.overlay.service.feature.clone());
            if let Some(subset) = &plan.overlay.subset {
                variant.features.insert(subset.feature.clone());
            }
            if variant.doc.is_none() {
                variant.doc = plan.overlay.docs.shapes.get(code).cloned();
            }
            for member in members(plan, shape)? {
                if !variant.members.contains(&member) {
                    variant.members.push(member);
                }
            }
        }
    }
    for (name, code, doc) in COMMON {
        let variant = variants.entry(name.to_owned()).or_default();
        variant.codes.insert(code.to_owned());
        variant.features.clear();
        variant.doc.get_or_insert_with(|| doc.to_owned());
    }
    Ok(variants)
}

/// The members of an exception beside its message; only those of plain types and lists of them,
/// which is what services have.
fn members(plan: &Plan, shape: &Shape) -> Result<Vec<(String, String, Type)>, Fault> {
    let mut members = Vec::new();
    for (wire, member) in &shape.members {
        let kind = Type::of(&plan.model, &member.shape)?;
        if !wire.eq_ignore_ascii_case("message") && kind.named().is_none() {
            members.push((names::snake(wire), wire.clone(), kind));
        }
    }
    Ok(members)
}

/// The variants that no model has a say in.
const FIXED: [&str; 8] = [
    "Throttled",
    "Service",
    "Transport",
    "Timeout",
    "Credentials",
    "Config",
    "InvalidRequest",
    "Decode",
];

/// Their definitions.
const FIXED_HEAD: &str = r#"/// Why a call failed.
///
/// One line of `Display` says which operation failed, why, and how often it was tried; causes
/// further down are in [`source`](std::error::Error::source), which `Display` does not repeat.
///
/// The variants that a service answers with hold a [`ServiceError`]; which of them exist follows
/// the features that are on. [`Error::code`], [`Error::is_throttle`], [`Error::is_retryable`] and
/// the like ask the same of every variant.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The service asks for fewer requests, whatever code or message it says it with. The call
    /// was tried again until its attempts or the client's retry tokens ran out.
    #[error(transparent)]
    Throttled(Box<ServiceError>),
    /// The service refused with a code that has no variant of its own.
    #[error(transparent)]
    Service(Box<ServiceError>),
    /// No answer came: the host cannot be reached, the connection broke, TLS failed.
    #[error(transparent)]
    Transport(Box<Unanswered<crate::transport::TransportError>>),
    /// No answer came in time.
    #[error(transparent)]
    Timeout(Box<Unanswered<super::TimeoutError>>),
    /// There are no credentials, or they cannot be had.
    #[error(transparent)]
    Credentials(Box<Unanswered<crate::credentials::CredentialsError>>),
    /// The configuration lacks something or contradicts itself.
    #[error(transparent)]
    Config(Box<crate::config::ConfigError>),
    /// The request cannot be right, so it was not sent.
    #[error(transparent)]
    InvalidRequest(Box<super::InvalidRequest>),
    /// The answer is not what the service should send.
    #[error(transparent)]
    Decode(Box<super::DecodeError>),
"#;

//! From the members of a case to the Rust expression that makes them.

use serde_json::Value;

use crate::model::Shape;
use crate::plan::Plan;
use crate::types::Type;
use crate::{Fault, names};

/// A structure: its default with the members that the case gives.
pub(super) fn structure(plan: &Plan, name: &str, value: &Value) -> Result<String, Fault> {
    let Value::Object(members) = value else {
        return Err(Fault::new(name, "is given something that is no object"));
    };
    let fields = plan.fields(name)?;
    let mut text = String::new();
    for (wire, value) in members {
        let path = format!("{name}.{wire}");
        let field = (fields.iter().find(|field| field.wire == *wire))
            .ok_or_else(|| Fault::new(&path, "is given, but is no member of the shape"))?;
        // No value: the member stays unset.
        if value.is_null() {
            continue;
        }
        let mut made = expression(plan, &field.kind, value, &path)?;
        if field.boxed {
            made = format!("Box::new({made})");
        }
        if field.optional {
            made = format!("Some({made})");
        }
        text.push_str(&format!("made.{} = {made}; ", field.name));
    }
    Ok(if text.is_empty() {
        format!("{name}::default()")
    } else {
        format!("{{ let mut made = {name}::default(); {text}made }}")
    })
}

/// A value of any type; `at` is where it stands, for what is wrong with it.
fn expression(plan: &Plan, kind: &Type, value: &Value, at: &str) -> Result<String, Fault> {
    let unfit = || {
        let why = format!("is given `{value}`, which does not fit `{}`", kind.rust());
        Fault::new(at, &why)
    };
    let text = || value.as_str().ok_or_else(unfit);
    Ok(match kind {
        Type::Plain("String") => format!("{:?}.to_owned()", text()?),
        Type::Plain("bool") => value.as_bool().ok_or_else(unfit)?.to_string(),
        Type::Plain(int @ ("i32" | "i64")) => {
            format!("{}_{int}", value.as_i64().ok_or_else(unfit)?)
        }
        Type::Plain(float @ ("f32" | "f64")) => match value.as_str() {
            Some("NaN") => format!("{float}::NAN"),
            Some("Infinity") => format!("{float}::INFINITY"),
            Some("-Infinity") => format!("{float}::NEG_INFINITY"),
            _ => format!("{:?}_{float}", value.as_f64().ok_or_else(unfit)?),
        },
        Type::Plain("Timestamp") => match value.as_i64() {
            Some(secs) => format!("longshore::wire::Timestamp::from_secs({secs})"),
            None => {
                let secs = value.as_f64().ok_or_else(unfit)?;
                format!("longshore::wire::Timestamp::from_secs_f64({secs:?})")
            }
        },
        // The suites write the bytes themselves, not their base64.
        Type::Plain("Blob") => format!("longshore::wire::Blob::new({:?})", text()?),
        Type::Plain("Document") => {
            format!(
                "serde_json::from_str({:?}).expect(\"JSON\")",
                value.to_string()
            )
        }
        Type::Plain(_) => return Err(unfit()),
        Type::Enum(name) => format!("{name}::from({:?})", text()?),
        Type::Structure(name) => structure(plan, name, value)?,
        Type::Union(name) => union(plan, name, plan.model.shape(name)?, value)?,
        Type::List(inner) => {
            let items = value.as_array().ok_or_else(unfit)?.iter();
            let items: Result<Vec<String>, Fault> = items
                .map(|item| expression(plan, inner, item, at))
                .collect();
            format!("vec![{}]", items?.join(", "))
        }
        Type::Map(inner) => {
            let mut entries = Vec::new();
            for (key, value) in value.as_object().ok_or_else(unfit)? {
                let value = expression(plan, inner, value, at)?;
                entries.push(format!("({key:?}.to_owned(), {value})"));
            }
            format!("std::collections::BTreeMap::from([{}])", entries.join(", "))
        }
    })
}

/// A union: the variant of the one member given.
fn union(plan: &Plan, name: &str, shape: &Shape, value: &Value) -> Result<String, Fault> {
    let mut members = value.as_object().into_iter().flatten();
    let (Some((wire, value)), None) = (members.next(), members.next()) else {
        return Err(Fault::new(name, "is not given exactly one member"));
    };
    let path = format!("{name}.{wire}");
    let member = (shape.members.get(wire))
        .ok_or_else(|| Fault::new(&path, "is given, but is no member of the union"))?;
    let kind = Type::of(&plan.model, &member.shape)?;
    let made = expression(plan, &kind, value, &path)?;
    let variant = names::variant(wire);
    Ok(if kind == Type::Union(name.to_owned()) {
        format!("{name}::{variant}(Box::new({made}))")
    } else {
        format!("{name}::{variant}({made})")
    })
}

/// Whether a NaN is somewhere in the members of a case, so that equal values are not equal.
pub(super) fn has_nan(value: &Value) -> bool {
    match value {
        Value::String(text) => text == "NaN",
        Value::Array(items) => items.iter().any(has_nan),
        Value::Object(members) => members.values().any(has_nan),
        _ => false,
    }
}

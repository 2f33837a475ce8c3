//! Doc comments: our sentences, and facts.

use crate::model::{Member, Shape};
use crate::plan::{Field, Plan};

/// The sentence and the reference of a structure, union or enum.
pub(crate) fn shape(plan: &Plan, name: &str, shape: &Shape) -> String {
    let mut text = match plan
        .overlay
        .docs
        .shapes
        .get(name)
        .or(plan.overlay.enum_docs.get(name))
    {
        Some(sentence) => sentence.clone(),
        None if shape.union => format!("`{name}`: one of several values."),
        None if !shape.values.is_empty() => format!("Values of `{name}`."),
        None => format!("`{name}` of the API."),
    };
    if let Some(operation) = message_of(plan, name) {
        let method = method_link(plan, operation);
        text = if name.ends_with("Request") {
            format!("Input of {method}.")
        } else {
            format!("Output of {method}.")
        };
    }
    text.push_str(&deprecation(
        shape.deprecated,
        shape.deprecated_since.as_deref(),
    ));
    // Enums have no page of their own.
    if shape.values.is_empty() && plan.root == "crate" {
        let page = message_of(plan, name).unwrap_or(name);
        text.push_str(&format!("\n\n[API reference]({})", page_link(plan, page)));
    }
    text
}

/// The operation whose message this is.
pub(crate) fn message_of<'a>(plan: &Plan, name: &'a str) -> Option<&'a str> {
    let operation = name
        .strip_suffix("Request")
        .or(name.strip_suffix("Response"))?;
    plan.model
        .operations
        .contains_key(operation)
        .then_some(operation)
}

/// A link to the client's method.
pub(crate) fn method_link(plan: &Plan, operation: &str) -> String {
    let method = crate::names::snake(operation);
    format!("[`Client::{method}`]({}::Client::{method})", plan.module)
}

/// The page of an operation or shape in the API reference.
pub(crate) fn page_link(plan: &Plan, name: &str) -> String {
    format!("{}/API_{name}.html", plan.overlay.service.reference)
}

/// The one line of an operation.
pub(crate) fn operation(plan: &Plan, name: &str) -> String {
    let sentence = plan.overlay.docs.operations.get(name);
    sentence
        .cloned()
        .unwrap_or_else(|| format!("Calls `{name}`."))
}

/// The line of a member.
pub(crate) fn member(plan: &Plan, owner: &str, shape: &Shape, field: &Field) -> String {
    let member = &shape.members[&field.wire];
    let sentence = plan
        .overlay
        .docs
        .members
        .get(owner)
        .and_then(|members| members.get(&field.wire));
    let mut text = match sentence {
        Some(sentence) => sentence.clone(),
        None => format!("`{}`: {}.", field.wire, field.kind.words()),
    };
    if field.required && plan.in_requests(owner) {
        text.push_str(" Required.");
    }
    if let Some(target) = plan.model.shapes.get(&member.shape) {
        text.push_str(&constraints(target));
        if let Some(item) = target
            .member
            .as_ref()
            .and_then(|item| plan.model.shapes.get(&item.shape))
        {
            let inner = constraints(item);
            if !inner.is_empty() {
                text.push_str(&format!(" Each:{inner}"));
            }
        }
    }
    if member.idempotency_token {
        text.push_str(" Filled in where unset, once for all attempts of a call.");
    }
    text.push_str(&deprecation_of(member));
    if plan.root == "crate" {
        text.push_str(&format!(
            " [Reference]({})",
            member_link(plan, owner, &field.wire)
        ));
    }
    text
}

fn member_link(plan: &Plan, owner: &str, member: &str) -> String {
    let anchor = &plan.overlay.service.anchor;
    match message_of(plan, owner) {
        Some(operation) if owner.ends_with("Request") => {
            format!(
                "{}#{anchor}-{operation}-request-{member}",
                page_link(plan, operation)
            )
        }
        Some(operation) => {
            format!(
                "{}#{anchor}-{operation}-response-{member}",
                page_link(plan, operation)
            )
        }
        None => format!("{}#{anchor}-Type-{owner}-{member}", page_link(plan, owner)),
    }
}

/// Length, range and pattern, each a sentence with a space before it.
fn constraints(shape: &Shape) -> String {
    let unit = match shape.kind.as_str() {
        "string" => " characters",
        "list" => " items",
        "map" => " entries",
        "blob" => " bytes",
        _ => "",
    };
    let mut text = match (&shape.min, &shape.max) {
        (Some(min), Some(max)) if min == max => format!(" {min}{unit}."),
        (Some(min), Some(max)) => format!(" {min} to {max}{unit}."),
        (Some(min), None) => format!(" At least {min}{unit}."),
        (None, Some(max)) => format!(" At most {max}{unit}."),
        (None, None) => String::new(),
    };
    if let Some(pattern) = &shape.pattern {
        text.push_str(&format!(" Pattern: {}.", code(pattern)));
    }
    text
}

/// A text as inline code, whatever it holds.
pub(crate) fn code(text: &str) -> String {
    let text = text.replace('\n', " ");
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}

fn deprecation_of(member: &Member) -> String {
    deprecation(member.deprecated, member.deprecated_since.as_deref())
}

fn deprecation(deprecated: bool, since: Option<&str>) -> String {
    match (deprecated, since) {
        (false, _) => String::new(),
        (true, Some(since)) => format!(" Deprecated by the service since {since}."),
        (true, None) => " Deprecated by the service.".to_owned(),
    }
}

/// A doc comment of one or more lines.
pub(crate) fn comment(text: &str, indent: &str) -> String {
    text.lines()
        .map(|line| {
            if line.is_empty() {
                format!("{indent}///\n")
            } else {
                format!("{indent}/// {line}\n")
            }
        })
        .collect()
}

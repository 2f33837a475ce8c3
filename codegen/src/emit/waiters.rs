//! The model's waiters.

use super::gate;
use crate::jmespath::{self, Value};
use crate::model::{Acceptor, Waiter};
use crate::plan::Plan;
use crate::{Fault, docs, names};

/// Whether the subset has any of them.
pub(crate) fn in_subset(plan: &Plan) -> bool {
    plan.model
        .waiters
        .values()
        .any(|waiter| plan.is_subset_operation(&waiter.operation))
}

pub(crate) fn file(plan: &Plan) -> Result<String, Fault> {
    let root = &plan.root;
    let mut statics = String::new();
    let mut methods = String::new();
    for (name, waiter) in &plan.model.waiters {
        let request = plan.request(&waiter.operation);
        let constant = names::file(name).to_uppercase();
        let gate = match in_subset(plan) {
            true => gate(plan, plan.is_subset_operation(&waiter.operation)),
            // The whole module is gated.
            false => String::new(),
        };
        let mut acceptors = String::new();
        for acceptor in &waiter.acceptors {
            acceptors.push_str(&one(
                plan,
                name,
                &plan.response(&waiter.operation),
                acceptor,
            )?);
        }
        statics.push_str(&format!(
            "\n{gate}const {constant}: &Waiter<{}> = &Waiter {{\n    name: {name:?},\n    delay: Duration::from_secs({}),\n    max_polls: {},\n    acceptors: &[\n{acceptors}    ],\n}};\n",
            plan.response(&waiter.operation), waiter.delay, waiter.max_attempts
        ));
        methods.push_str(&gate);
        methods.push_str(&docs::comment(&doc(plan, name, waiter), "    "));
        methods.push_str(&format!(
            "    #[inline]\n    pub fn wait_until_{}(&self, request: {request}) -> Wait<'_, {request}> {{\n        Wait::new(self.runtime(), request, {constant})\n    }}\n\n",
            names::file(name)
        ));
    }
    let mut text = super::header(&super::source(plan));
    text.push_str(&format!(
        "use std::time::Duration;\n\nuse {root}::wait::matchers::{{all, any, error, is, status, text}};\nuse {root}::wait::{{Acceptor, Verdict, Wait, Waiter}};\n#[allow(clippy::wildcard_imports)]\nuse {}::*;\n",
        plan.module
    ));
    // A service whose waiters do not need each of these would otherwise have unused imports.
    text = text.replace(
        &format!("use {root}::wait::matchers"),
        &format!("#[allow(unused_imports)]\nuse {root}::wait::matchers"),
    );
    text.push_str(&statics);
    text.push_str("\n/// The waiters of the model.\nimpl Client {\n");
    text.push_str(&methods);
    text.push_str("}\n");
    Ok(text)
}

fn doc(plan: &Plan, name: &str, waiter: &Waiter) -> String {
    let operation = docs::method_link(plan, &waiter.operation);
    let mut text = format!("Waits for `{name}`, polling {operation}.\n\n");
    for acceptor in &waiter.acceptors {
        let what = when(acceptor);
        text.push_str(&match acceptor.state.as_str() {
            "success" => format!("- Done when {what}.\n"),
            "failure" => format!("- Fails when {what}.\n"),
            _ => format!("- Goes on when {what}.\n"),
        });
    }
    text.push_str(&format!(
        "\nUnless set otherwise it polls every {} seconds, for {} polls.",
        waiter.delay, waiter.max_attempts
    ));
    text
}

/// An acceptor in words; also what a failed wait says.
fn when(acceptor: &Acceptor) -> String {
    let expected = match &acceptor.expected {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let path = docs::code(acceptor.argument.as_deref().unwrap_or_default());
    match acceptor.matcher.as_str() {
        "pathAll" => format!("every {path} is `{expected}`"),
        "pathAny" => format!("a {path} is `{expected}`"),
        "error" if acceptor.expected.is_string() => format!("the error is `{expected}`"),
        "error" => format!(
            "there is {} error",
            if acceptor.expected == true {
                "an"
            } else {
                "no"
            }
        ),
        "status" => format!("the HTTP status is {expected}"),
        _ if acceptor.expected == true => path,
        _ => format!("{path} is `{expected}`"),
    }
}

fn one(plan: &Plan, waiter: &str, response: &str, acceptor: &Acceptor) -> Result<String, Fault> {
    let verdict = match acceptor.state.as_str() {
        "success" => "Success",
        "failure" => "Failure",
        "retry" => "Retry",
        other => {
            return Err(Fault::new(
                waiter,
                &format!("has an acceptor with the unknown state `{other}`"),
            ));
        }
    };
    let unknown = || {
        Fault::new(
            waiter,
            &format!("has an acceptor of a new form: {acceptor:?}"),
        )
    };
    let body = match (acceptor.matcher.as_str(), &acceptor.expected) {
        ("error", serde_json::Value::String(code)) => format!("error(answer, {code:?})"),
        ("error", serde_json::Value::Bool(failed)) => {
            format!("answer.{}()", if *failed { "is_err" } else { "is_ok" })
        }
        ("status", serde_json::Value::Number(code)) => format!("status(answer, {code})"),
        (matcher @ ("path" | "pathAll" | "pathAny"), expected) => {
            let path = acceptor.argument.as_deref().ok_or_else(unknown)?;
            let value = jmespath::compile(plan, response, path)?;
            let test = match (matcher, value, expected) {
                ("path", Value::Text(code), serde_json::Value::String(text)) => {
                    format!("is({code}, {text:?})")
                }
                ("path", Value::Bool(code), serde_json::Value::Bool(true)) => {
                    bare(&code).to_owned()
                }
                ("path", Value::Bool(code), serde_json::Value::Bool(false)) => format!("!({code})"),
                ("pathAll", Value::Texts(code), serde_json::Value::String(text)) => {
                    format!("all({code}, {text:?})")
                }
                ("pathAny", Value::Texts(code), serde_json::Value::String(text)) => {
                    format!("any({code}, {text:?})")
                }
                _ => return Err(unknown()),
            };
            format!("answer.as_ref().is_ok_and(|response| {test})")
        }
        _ => return Err(unknown()),
    };
    Ok(format!(
        "        Acceptor {{\n            when: {:?},\n            verdict: Verdict::{verdict},\n            matches: |answer| {body},\n        }},\n",
        when(acceptor).replace('`', "").trim()
    ))
}

/// An expression without the parentheses around it.
fn bare(code: &str) -> &str {
    code.strip_prefix('(')
        .and_then(|code| code.strip_suffix(')'))
        .unwrap_or(code)
}

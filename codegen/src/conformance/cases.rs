//! The tests: one for each case.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::suite::{Case, Suite};
use super::{Direction, value};
use crate::plan::Plan;
use crate::{Fault, names};

/// Where the client sends to, if the suite does not say.
const ENDPOINT: &str = "https://example.com";

/// The tests of a suite.
#[derive(Debug, Default)]
pub(super) struct Tests {
    pub(super) text: String,
    /// The tests' names.
    pub(super) tests: Vec<String>,
}

/// The tests of all cases of a suite.
pub(super) fn module(direction: Direction, plan: &Plan, suite: &Suite) -> Result<Tests, Fault> {
    let mut module = Tests::default();
    let mut seen = BTreeSet::new();
    for case in &suite.cases {
        let name = names::snake(&case.id);
        if !seen.insert(name.clone()) {
            return Err(case.fault("has the same name in Rust as a case before it"));
        }
        let body = match direction {
            Direction::Requests => request(plan, suite, case)?,
            Direction::Responses => response(plan, case)?,
        };
        module.text.push_str(&format!(
            "\n#[tokio::test]\npub(crate) async fn {name}() {{\n{body}}}\n"
        ));
        module.tests.push(name);
    }
    Ok(module)
}

fn request(plan: &Plan, suite: &Suite, case: &Case) -> Result<String, Fault> {
    let (Some(params), Some(sent), None) = (&case.params, &case.serialized, &case.response) else {
        return Err(case.fault("is no case of a request"));
    };
    let operation = case.operation()?;
    let made = value::structure(plan, &plan.request(operation), params)?;
    let gzip = (sent.headers.iter())
        .any(|(name, value)| name.eq_ignore_ascii_case("content-encoding") && value == "gzip");
    let body = match &sent.body {
        // What is compressed is not written down; where the members are text, it is the members.
        None if gzip && all_text(params) => Some(params.to_string()),
        None if gzip => return Err(case.fault("has a body that cannot be told from its members")),
        body => body.clone(),
    };
    let call = names::snake(operation);
    Ok(format!(
        "    let sent = crate::request::Sent {{
        endpoint: {endpoint:?},
        method: {method:?},
        uri: {uri:?},
        host: {host:?},
        headers: &{headers},
        require_headers: &{require:?},
        forbid_headers: &{forbid:?},
        gzip: {gzip},
        body: {body:?},
    }};
    crate::request::run(&sent, async |config| {{
        let request = {made};
        Client::new(&config)?.{call}(request).await.map(drop)
    }})
    .await;
",
        endpoint = suite.client_endpoint.as_deref().unwrap_or(ENDPOINT),
        method = sent.method,
        uri = sent.uri,
        host = sent.host,
        headers = headers(&sent.headers),
        require = sent.require_headers,
        forbid = sent.forbid_headers,
        body = body.as_deref(),
    ))
}

fn response(plan: &Plan, case: &Case) -> Result<String, Fault> {
    let (Some(answer), None, None) = (&case.response, &case.params, &case.serialized) else {
        return Err(case.fault("is no case of a response"));
    };
    let operation = case.operation()?;
    let call = format!(
        "client.{}({}::default())",
        names::snake(operation),
        plan.request(operation)
    );
    let mut text = format!(
        "    let answer = crate::response::Answer {{
        status: {},
        headers: &{},
        body: {:?},
    }};
    let client = Client::new(&answer.config()).expect(\"a client\");
",
        answer.status_code,
        headers(&answer.headers),
        answer.body,
    );
    text.push_str(&match (&case.result, &case.error_code) {
        (Some(result), None) => success(plan, case, &call, result)?,
        (None, Some(code)) => refusal(plan, case, &call, code)?,
        _ => return Err(case.fault("has neither a result nor an error, or both")),
    });
    Ok(text)
}

fn success(plan: &Plan, case: &Case, call: &str, result: &Value) -> Result<String, Fault> {
    if case.error.is_some() || case.error_message.is_some() {
        return Err(case.fault("has a result, but parts of an error too"));
    }
    let response = plan.response(case.operation()?);
    let made = value::structure(plan, &response, result)?;
    Ok(format!(
        "    let expected = {made};
    let detailed = {call}.detailed().await.expect(\"an answer\");
    crate::response::same(&detailed.response, &expected, {nan});
    assert_eq!(detailed.request_id.as_deref(), answer.request_id());
    let response = {call}.await.expect(\"an answer\");
    crate::response::same(&response, &expected, {nan});
",
        nan = value::has_nan(result),
    ))
}

fn refusal(plan: &Plan, case: &Case, call: &str, code: &str) -> Result<String, Fault> {
    let shape = plan.model.shape(code)?;
    let Some(Value::Object(members)) = &case.error else {
        return Err(case.fault("has an error whose members are not told"));
    };
    // The message is the error's own and does not stand among the members.
    let (told, members): (Vec<_>, Vec<_>) =
        (members.iter()).partition(|(name, _)| name.eq_ignore_ascii_case("message"));
    let message = case.error_message.as_deref().unwrap_or_default();
    if told
        .iter()
        .any(|(_, value)| value.as_str() != Some(message))
    {
        return Err(case.fault("tells two messages"));
    }
    if !shape.exception {
        return Err(case.fault("is answered with a shape that is no error"));
    }
    let names: Vec<&String> = members.iter().map(|(name, _)| *name).collect();
    let names = format!("{names:?}");
    let members: serde_json::Map<String, Value> = (members.into_iter())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let members = Value::Object(members);
    let made = value::structure(plan, code, &members)?;
    Ok(format!(
        "    let expected = {made};
    let error = {call}.await.expect_err(\"an error\");
    let service = answer.refusal(&error, {code:?}, {message:?}, &{names});
    crate::response::same(&service.all_details::<{code}>(), &expected, {nan});
",
        nan = value::has_nan(&members),
    ))
}

fn headers(headers: &BTreeMap<String, String>) -> String {
    let pairs: Vec<(&String, &String)> = headers.iter().collect();
    format!("{pairs:?}")
}

fn all_text(params: &Value) -> bool {
    params
        .as_object()
        .is_some_and(|members| members.values().all(Value::is_string))
}

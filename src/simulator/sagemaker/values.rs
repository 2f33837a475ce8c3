//! Values of a definition: literals, references (`{"Get": "Steps.Train.…"}`), joins.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What references can refer to.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    pub(super) parameters: &'a BTreeMap<String, String>,
    /// What steps gave out, by step and name.
    pub(super) outputs: BTreeMap<&'a str, &'a BTreeMap<String, String>>,
    pub(super) execution_arn: &'a str,
    pub(super) pipeline_name: &'a str,
}

/// A literal as text, as the service passes parameters on.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// Calls `found` with the path of each reference.
pub(super) fn references(value: &Value, found: &mut dyn FnMut(&str)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(members) => {
            if let Some(path) = path(members) {
                found(path);
            }
            members
                .values()
                .for_each(|member| references(member, found));
        }
        _ => {}
    }
}

/// `Steps.Train.ModelArtifacts` is of the step `Train`.
pub(super) fn step_of(path: &str) -> Option<&str> {
    path.strip_prefix("Steps.")?.split(['.', '[']).next()
}

fn path(members: &Map<String, Value>) -> Option<&str> {
    members.get("Get")?.as_str()
}

/// A value with what its references refer to. A property that is not modelled, as of a training
/// job's artifacts, stays as its path.
pub(super) fn resolved(value: &Value, scope: &Scope<'_>) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| resolved(item, scope)).collect(),
        Value::Object(members) => {
            if let Some(path) = path(members) {
                return referred(path, scope).into();
            }
            if let Some(join) = members.get("Std:Join") {
                return joined(join, scope).into();
            }
            let members = members.iter();
            let members = members.map(|(name, value)| (name.clone(), resolved(value, scope)));
            Value::Object(members.collect())
        }
        other => other.clone(),
    }
}

fn referred(path: &str, scope: &Scope<'_>) -> String {
    let known = match path {
        "Execution.PipelineExecutionArn" => Some(scope.execution_arn),
        "Execution.PipelineName" => Some(scope.pipeline_name),
        _ => None,
    };
    let parameter = || {
        Some(
            scope
                .parameters
                .get(path.strip_prefix("Parameters.")?)?
                .as_str(),
        )
    };
    let output = || {
        let name = path.split_once(".OutputParameters[")?.1;
        let name = name.trim_end_matches(']').trim_matches(['\'', '"']);
        Some(scope.outputs.get(step_of(path)?)?.get(name)?.as_str())
    };
    let value = known.or_else(parameter).or_else(output);
    value.unwrap_or(path).to_owned()
}

fn joined(join: &Value, scope: &Scope<'_>) -> String {
    let parts = join.get("Values").and_then(Value::as_array);
    let parts = parts.into_iter().flatten();
    let parts: Vec<String> = parts
        .filter_map(|part| text(&resolved(part, scope)))
        .collect();
    parts.join(join.get("On").and_then(Value::as_str).unwrap_or_default())
}

/// Whether a condition holds.
pub(super) fn holds(condition: &Value, scope: &Scope<'_>) -> bool {
    let side = |member: &str| condition.get(member).map(|value| resolved(value, scope));
    let sides = || Some((side("LeftValue")?, side("RightValue")?));
    let ordered = |accepts: fn(std::cmp::Ordering) -> bool| {
        sides()
            .and_then(|(left, right)| compared(&left, &right))
            .is_some_and(accepts)
    };
    match condition
        .get("Type")
        .and_then(Value::as_str)
        .unwrap_or_default()
    {
        "Equals" => ordered(std::cmp::Ordering::is_eq),
        "GreaterThan" => ordered(std::cmp::Ordering::is_gt),
        "GreaterThanOrEqualTo" => ordered(std::cmp::Ordering::is_ge),
        "LessThan" => ordered(std::cmp::Ordering::is_lt),
        "LessThanOrEqualTo" => ordered(std::cmp::Ordering::is_le),
        "In" => {
            let value = side("QueryValue");
            let values = condition.get("Values").and_then(Value::as_array);
            values.into_iter().flatten().any(|item| {
                let item = resolved(item, scope);
                value.as_ref().and_then(|value| compared(value, &item))
                    == Some(std::cmp::Ordering::Equal)
            })
        }
        "Not" => !condition
            .get("Expression")
            .is_some_and(|inner| holds(inner, scope)),
        "Or" => {
            let inner = condition.get("Conditions").and_then(Value::as_array);
            inner.into_iter().flatten().any(|inner| holds(inner, scope))
        }
        _ => false,
    }
}

/// Numbers by their value, whatever their form; other things by their text.
fn compared(left: &Value, right: &Value) -> Option<std::cmp::Ordering> {
    let (left, right) = (text(left)?, text(right)?);
    match (left.parse::<f64>(), right.parse::<f64>()) {
        (Ok(left), Ok(right)) => left.partial_cmp(&right),
        _ => Some(left.cmp(&right)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with_scope<T>(act: impl FnOnce(&Scope<'_>) -> T) -> T {
        let parameters = BTreeMap::from([("n".to_owned(), "3".to_owned())]);
        let outputs = BTreeMap::from([("rows".to_owned(), "17".to_owned())]);
        act(&Scope {
            parameters: &parameters,
            outputs: BTreeMap::from([("Count", &outputs)]),
            execution_arn: "arn",
            pipeline_name: "p",
        })
    }

    #[test]
    fn references_are_followed() {
        let value = json!({
            "plain": [1, true, null, "text"],
            "parameter": {"Get": "Parameters.n"},
            "output": {"Get": "Steps.Count.OutputParameters['rows']"},
            "execution": {"Get": "Execution.PipelineExecutionArn"},
            "property": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"},
            "join": {"Std:Join": {"On": "/", "Values": ["s3:/", {"Get": "Parameters.n"}]}},
        });
        let expected = json!({
            "plain": [1, true, null, "text"],
            "parameter": "3",
            "output": "17",
            "execution": "arn",
            "property": "Steps.Train.ModelArtifacts.S3ModelArtifacts",
            "join": "s3://3",
        });
        assert_eq!(with_scope(|scope| resolved(&value, scope)), expected);
    }

    #[test]
    fn conditions() {
        let n = json!({"Get": "Parameters.n"});
        let of =
            |kind: &str, right: Value| json!({"Type": kind, "LeftValue": n, "RightValue": right});
        let cases = [
            (of("Equals", json!(3.0)), true),
            (of("Equals", json!("4")), false),
            (of("GreaterThan", json!(2)), true),
            (of("GreaterThanOrEqualTo", json!(3)), true),
            (of("LessThan", json!(10)), true),
            (of("LessThanOrEqualTo", json!(2)), false),
            (
                json!({"Type": "In", "QueryValue": n, "Values": ["1", "3"]}),
                true,
            ),
            (
                json!({"Type": "Not", "Expression": of("Equals", json!(3))}),
                false,
            ),
            (
                json!({"Type": "Or", "Conditions": [of("Equals", json!(4)), of("Equals", json!(3))]}),
                true,
            ),
        ];
        for (condition, expected) in cases {
            assert_eq!(
                with_scope(|scope| holds(&condition, scope)),
                expected,
                "{condition}"
            );
        }
    }
}

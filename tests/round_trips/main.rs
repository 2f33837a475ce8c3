//! Every structure, union and enum of every service goes to JSON and back: with every member set,
//! with unknown members, with `null`s, with enum values that this version does not know.
//!
//! The JSON is made from the models' facts, so a member that the generated type lacks, or has under
//! another name, shows.
#![allow(clippy::unwrap_used)]

mod made;

#[cfg(feature = "ecs")]
#[path = "generated/ecs.rs"]
mod ecs;
#[cfg(feature = "logs")]
#[path = "generated/logs.rs"]
mod logs;
#[cfg(feature = "sagemaker-pipelines")]
#[path = "generated/sagemaker.rs"]
mod sagemaker;
#[cfg(feature = "sqs")]
#[path = "generated/sqs.rs"]
mod sqs;

use std::collections::BTreeSet;

use longshore::wire::{Decode, Encode, from_json, to_json};
use serde_json::{Value, json};

/// What the test can do with a type.
pub(crate) struct Type {
    name: &'static str,
    /// To the type, to JSON, to the type again: the JSON, and whether both values are equal.
    trip: fn(&Value) -> Result<(Value, bool), serde_json::Error>,
    /// Whether two texts are the same value.
    same: fn(&Value, &Value) -> Result<bool, serde_json::Error>,
}

pub(crate) const fn type_of<T: Encode + Decode + PartialEq>(name: &'static str) -> Type {
    Type {
        name,
        trip: trip::<T>,
        same: same::<T>,
    }
}

fn trip<T: Encode + Decode + PartialEq>(json: &Value) -> Result<(Value, bool), serde_json::Error> {
    let value: T = from_json(&json.to_string())?;
    let written = String::from_utf8(to_json(&value)?).expect("JSON is UTF-8");
    let again: T = from_json(&written)?;
    Ok((serde_json::from_str(&written)?, again == value))
}

fn same<T: Decode + PartialEq>(one: &Value, other: &Value) -> Result<bool, serde_json::Error> {
    Ok(from_json::<T>(&one.to_string())? == from_json::<T>(&other.to_string())?)
}

fn check(service: &str, types: &[Type]) {
    let model = made::Model::read(service);
    for Type { name, trip, same } in types {
        for full in model.values(name) {
            let (written, equal) =
                trip(&full).unwrap_or_else(|error| panic!("{name}: {error}: {full}"));
            assert!(equal, "{name}: {full}");
            assert!(
                made::covers(&written, &full),
                "{name}: something is lost\n{full}\n{written}"
            );
            let names = |value: &Value| {
                value
                    .as_object()
                    .map(|o| o.keys().cloned().collect::<BTreeSet<_>>())
            };
            assert_eq!(names(&written), names(&full), "{name}: nothing is added");
            let Value::Object(members) = &full else {
                continue;
            };
            if model.is_union(name) {
                continue;
            }
            let mut more = members.clone();
            more.insert(
                "aMemberFromTheFuture".to_owned(),
                json!({ "a": [1, null, { "b": {} }] }),
            );
            assert!(
                same(&full, &Value::Object(more)).unwrap(),
                "{name}: unknown members are passed over"
            );
            for member in members.keys() {
                let (mut null, mut missing) = (members.clone(), members.clone());
                null.insert(member.clone(), Value::Null);
                missing.remove(member);
                let equal = same(&Value::Object(null), &Value::Object(missing));
                assert!(
                    equal.unwrap(),
                    "{name}.{member}: null is as good as missing"
                );
            }
        }
        if model.is_enum(name) {
            let unknown = json!("A_VALUE_FROM_THE_FUTURE");
            assert_eq!(trip(&unknown).unwrap(), (unknown, true), "{name}");
        }
    }
    println!("{service}: {} types", types.len());
    assert!(!types.is_empty());
}

#[cfg(feature = "ecs")]
#[test]
fn every_type_of_ecs() {
    check("ecs", ecs::TYPES);
}

#[cfg(feature = "logs")]
#[test]
fn every_type_of_logs() {
    check("logs", logs::TYPES);
}

#[cfg(feature = "sagemaker-pipelines")]
#[test]
fn every_type_of_sagemaker() {
    check("sagemaker", sagemaker::TYPES);
}

#[cfg(feature = "sqs")]
#[test]
fn every_type_of_sqs() {
    check("sqs", sqs::TYPES);
}

/// What botocore sends for every operation is what ours reads and sends again:
/// `tests/oracle/requests.py` says what that is.
///
/// `LONGSHORE_REQUESTS` is its output; `.ci/run` makes it. Without it the test says so and passes.
#[test]
fn requests_are_what_botocore_sends() {
    let Ok(path) = std::env::var("LONGSHORE_REQUESTS") else {
        println!("LONGSHORE_REQUESTS is not set: requests are not compared with botocore's here");
        return;
    };
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let mut compared = 0;
    for case in &cases {
        let types: &[Type] = match case["service"].as_str().unwrap() {
            #[cfg(feature = "ecs")]
            "ecs" => ecs::TYPES,
            #[cfg(feature = "logs")]
            "logs" => logs::TYPES,
            #[cfg(feature = "sagemaker")]
            "sagemaker" => sagemaker::TYPES,
            #[cfg(feature = "sqs")]
            "sqs" => sqs::TYPES,
            _ => continue,
        };
        let name = format!("{}Request", case["operation"].as_str().unwrap());
        let found = types
            .iter()
            .find(|one| one.name == name)
            .unwrap_or_else(|| panic!("there is no {name}"));
        let (written, _) =
            (found.trip)(&case["body"]).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(
            made::covers(&written, &case["body"]),
            "{name}\n{}\n{written}",
            case["body"]
        );
        compared += 1;
    }
    println!("{compared} operations: as botocore sends them");
    assert!(compared > 0);
}

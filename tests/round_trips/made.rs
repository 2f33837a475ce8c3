//! JSON with every member set, made from a model's facts.

use std::path::Path;

use serde_json::{Map, Value, json};

/// Members further in than this are left out: some shapes hold themselves.
const DEPTH: usize = 5;

pub(crate) struct Model(Value);

impl Model {
    pub(crate) fn read(service: &str) -> Self {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("codegen/models/{service}.json"));
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self(serde_json::from_str(&text).expect("a model is JSON"))
    }

    pub(crate) fn is_union(&self, name: &str) -> bool {
        self.shape(name)["union"] == true
    }

    pub(crate) fn is_enum(&self, name: &str) -> bool {
        self.shape(name)["enum"].is_array()
    }

    /// Values of a type: one with everything; of a union one for each arm, of an enum each value.
    pub(crate) fn values(&self, name: &str) -> Vec<Value> {
        let shape = self.shape(name);
        if let Some(values) = shape["enum"].as_array() {
            return values.clone();
        }
        if self.is_union(name) {
            let arms = shape["members"].as_object().into_iter().flatten();
            return arms
                .map(|(arm, member)| json!({ arm: self.value(member, 1) }))
                .collect();
        }
        vec![self.object(&shape, 0)]
    }

    /// A shape by its name in Rust: messages are named after their operation there, and the
    /// overlays add enums.
    fn shape(&self, name: &str) -> Value {
        let message = |suffix: &str, part: &str| {
            let operation = &self.0["operations"][name.strip_suffix(suffix)?];
            let shape = operation[part]["shape"]
                .as_str()
                .map(|shape| self.0["shapes"][shape].clone());
            operation
                .is_object()
                .then(|| shape.unwrap_or(json!({ "type": "structure" })))
        };
        message("Request", "input")
            .or_else(|| message("Response", "output"))
            .or_else(|| self.0["shapes"].get(name).cloned())
            .unwrap_or(json!({ "type": "string", "enum": [] }))
    }

    fn object(&self, shape: &Value, depth: usize) -> Value {
        let members = shape["members"].as_object().into_iter().flatten();
        let mut object = Map::new();
        for (name, member) in members {
            object.insert(name.clone(), self.value(member, depth + 1));
        }
        Value::Object(object)
    }

    fn value(&self, member: &Value, depth: usize) -> Value {
        let shape = &self.0["shapes"][member["shape"].as_str().expect("a member has a shape")];
        match shape["type"].as_str().expect("a shape has a type") {
            "string" => shape["enum"][0]
                .as_str()
                .map_or(json!("a \"text\"\nwith ünïcode"), |text| json!(text)),
            "boolean" => json!(true),
            "integer" => json!(-7),
            "long" => json!(1_234_567_890_123_i64),
            "float" => json!(0.5),
            "double" => json!(-2.25),
            "timestamp" => json!(1_765_432_100.25),
            "blob" => json!("Zm9v"),
            "list" if depth > DEPTH => json!([]),
            "list" => json!([
                self.value(&shape["member"], depth + 1),
                self.value(&shape["member"], depth + 1)
            ]),
            "map" if depth > DEPTH => json!({}),
            "map" => json!({ "a key": self.value(&shape["value"], depth + 1) }),
            _ if shape["document"] == true => json!({ "a": [1, null, "x"] }),
            _ if shape["union"] == true => {
                let arm = shape["members"]
                    .as_object()
                    .and_then(|arms| arms.iter().next());
                arm.map_or(
                    json!({}),
                    |(name, member)| json!({ name: self.value(member, depth + 1) }),
                )
            }
            _ if depth > DEPTH => json!({}),
            _ => self.object(shape, depth),
        }
    }
}

/// Whether all that is in `part` is in `whole`, which can have more further in, where plain members
/// are written that `part` left out.
pub(crate) fn covers(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(name, part)| whole.get(name).is_some_and(|whole| covers(whole, part))),
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len()
                && whole
                    .iter()
                    .zip(part)
                    .all(|(whole, part)| covers(whole, part))
        }
        _ => whole == part,
    }
}

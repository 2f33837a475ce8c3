//! Spans carry the OpenTelemetry names, and no secret.
//!
//! In a program of its own: whether anybody listens is known for all threads at once, and other
//! tests, to which nobody listens, would get in the way.

#![cfg(feature = "ecs")]
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "it/support.rs"]
mod support;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use longshore::ecs::StopTaskRequest;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use support::{Script, Step};

/// Keeps every field of every span and event.
#[derive(Clone, Default)]
struct Fields(Arc<Mutex<BTreeMap<String, String>>>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0
            .lock()
            .unwrap()
            .insert(field.name().to_owned(), format!("{value:?}"));
    }
}

impl Subscriber for Fields {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("longshore")
    }
    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        attributes.record(&mut self.clone());
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn a_call_is_a_span() {
    let fields = Fields::default();
    let _guard = tracing::subscriber::set_default(fields.clone());
    tokio::time::pause();
    let script = Script::new([
        Step::error(500, "ServerException", "oops"),
        Step::error(400, "ClusterNotFoundException", ""),
    ]);
    script
        .ecs()
        .stop_task(StopTaskRequest::new("t"))
        .await
        .unwrap_err();
    let fields = fields.0.lock().unwrap();
    let expected = [
        ("otel.name", "ECS.StopTask"),
        ("otel.kind", "\"client\""),
        ("otel.status_code", "\"ERROR\""),
        ("rpc.system", "\"aws-api\""),
        ("rpc.service", "\"ECS\""),
        ("rpc.method", "\"StopTask\""),
        ("server.address", "\"ecs.eu-central-1.amazonaws.com\""),
        ("cloud.region", "\"eu-central-1\""),
        ("http.response.status_code", "400"),
        ("aws.request_id", "\"req-1\""),
        ("aws.attempts", "2"),
        ("error.type", "\"ClusterNotFoundException\""),
    ];
    for (name, value) in expected {
        assert_eq!(fields.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert!(!format!("{fields:?}").contains("the-secret"));
}

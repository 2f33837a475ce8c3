//! A transport whose answers come from a list, and which keeps what it was sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use longshore::transport::{BoxFuture, Transport, TransportError, TransportErrorKind};
use longshore::{Config, ecs};

/// What the transport does with one request.
#[derive(Debug, Clone)]
pub enum Step {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    Fail(TransportErrorKind),
    Hang,
}

impl Step {
    pub fn ok(body: impl Into<String>) -> Self {
        Self::Answer {
            status: 200,
            headers: vec![("x-amzn-requestid", "req-1".into())],
            body: body.into(),
        }
    }

    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body = serde_json::json!({ "__type": code, "message": message }).to_string();
        Self::Answer {
            status,
            headers: vec![("x-amzn-requestid", "req-1".into())],
            body,
        }
    }

    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

/// The last step repeats.
#[derive(Debug, Clone)]
pub struct Script {
    steps: Arc<Mutex<VecDeque<Step>>>,
    seen: Arc<Mutex<Vec<Request<Bytes>>>>,
}

impl Script {
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            steps: Arc::new(Mutex::new(steps.into_iter().collect())),
            seen: Arc::default(),
        }
    }

    pub fn config(&self) -> Config {
        Config::new()
            .region("eu-central-1")
            .access_key("AKID", "the-secret")
            .seed(1)
            .transport(self.clone())
    }

    pub fn ecs(&self) -> ecs::Client {
        ecs::Client::new(&self.config()).unwrap()
    }

    pub fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    pub fn header(&self, index: usize, name: &str) -> String {
        self.seen.lock().unwrap()[index].headers()[name]
            .to_str()
            .unwrap()
            .to_owned()
    }

    pub fn body(&self, index: usize) -> serde_json::Value {
        serde_json::from_slice(self.seen.lock().unwrap()[index].body()).unwrap()
    }

    pub fn uri(&self, index: usize) -> String {
        self.seen.lock().unwrap()[index].uri().to_string()
    }
}

impl Transport for Script {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        self.seen.lock().unwrap().push(request);
        let mut steps = self.steps.lock().unwrap();
        let step = if steps.len() > 1 {
            steps.pop_front()
        } else {
            steps.front().cloned()
        };
        Box::pin(async move {
            match step.expect("a script has a step") {
                Step::Answer {
                    status,
                    headers,
                    body,
                } => {
                    let mut response = Response::builder().status(status);
                    for (name, value) in headers {
                        response = response.header(name, value);
                    }
                    Ok(response.body(body.into()).unwrap())
                }
                Step::Fail(kind) => Err(TransportError::new(
                    kind,
                    "the connection to the test broke",
                )),
                Step::Hang => {
                    tokio::time::sleep(Duration::from_secs(1_000_000)).await;
                    unreachable!("longer than any test");
                }
            }
        })
    }
}

//! What came in.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, header};
use serde_json::Value;

/// A request that came in, as [`Simulator::requests`](super::Simulator::requests) lists it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The operation: `RunTask`. Empty if the request named none.
    pub operation: String,
    /// The body; `null` if it is no JSON.
    pub body: Value,
    /// The headers. `Debug` does not show the secret ones.
    pub headers: HeaderMap,
    /// When it came, in simulated time since the simulator began.
    pub at: Duration,
    /// The HTTP status of the answer; `None` if the connection broke before there was one.
    pub status: Option<u16>,
    /// Whether the service did what the request asks for, whatever became of the answer.
    pub carried_out: bool,
}

impl RecordedRequest {
    pub(super) fn new(operation: &str, request: &Request<Bytes>, at: Duration) -> Self {
        let mut headers = request.headers().clone();
        for name in [header::AUTHORIZATION.as_str(), "x-amz-security-token"] {
            if let Some(value) = headers.get_mut(name) {
                value.set_sensitive(true);
            }
        }
        Self {
            operation: operation.to_owned(),
            body: serde_json::from_slice(request.body()).unwrap_or_default(),
            headers,
            at,
            status: None,
            carried_out: false,
        }
    }

    /// A header's text, if there is such a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

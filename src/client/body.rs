//! Bodies: compressed where the service takes it, checked as text once, decoded.

use bytes::Bytes;

use super::{Incoming, Outgoing};
use crate::error::{DecodeError, Error};
use crate::wire::{self, Decode};

/// Smaller requests are not worth compressing; the default of the AWS SDKs.
#[cfg(feature = "gzip")]
const LEAST_COMPRESSED: usize = 10_240;

/// The body to send, and its content encoding.
#[cfg(feature = "gzip")]
pub(super) fn prepare(outgoing: &Outgoing) -> (Bytes, Option<&'static str>) {
    use std::io::Write as _;

    if outgoing.compress && outgoing.body.len() >= LEAST_COMPRESSED {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        let packed = encoder
            .write_all(&outgoing.body)
            .and_then(|()| encoder.finish());
        if let Ok(packed) = packed {
            return (packed.into(), Some("gzip"));
        }
    }
    (outgoing.body.clone(), None)
}

/// The body to send. Compression is the service's offer, not its demand.
#[cfg(not(feature = "gzip"))]
pub(super) fn prepare(outgoing: &Outgoing) -> (Bytes, Option<&'static str>) {
    let _ = outgoing.compress;
    (outgoing.body.clone(), None)
}

/// Decodes an answer; an empty one is an object without members.
pub(crate) fn decode<R: Decode + Default>(incoming: &Incoming) -> Result<R, Error> {
    if incoming.body.is_empty() {
        return Ok(R::default());
    }
    let text = text(incoming)?;
    wire::from_json(text).map_err(|error| undecodable(incoming, text, &error))
}

/// An answer as text.
pub(crate) fn text(incoming: &Incoming) -> Result<&str, Error> {
    std::str::from_utf8(&incoming.body)
        .map_err(|_| unreadable(incoming, "the answer is no UTF-8 text".to_owned()))
}

/// The error of an answer, or a part of one, that is not what it should be.
pub(crate) fn undecodable(incoming: &Incoming, text: &str, error: &serde_json::Error) -> Error {
    unreadable(incoming, problem(text, error))
}

fn unreadable(incoming: &Incoming, problem: String) -> Error {
    Error::Decode(Box::new(DecodeError {
        operation: incoming.operation.clone(),
        status: incoming.status,
        request_id: incoming.request_id.clone(),
        attempts: incoming.attempts,
        problem,
    }))
}

/// What is wrong with a text, in a sentence. Values of the answer do not show: they may be secret.
fn problem(text: &str, error: &serde_json::Error) -> String {
    if !text.trim_start().starts_with(['{', '[', '"']) {
        let start: String = text
            .trim_start()
            .chars()
            .take(60)
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        return format!(
            "the answer is no JSON but begins `{start}`; is the endpoint right, or a proxy in the way?"
        );
    }
    if error.is_eof() {
        return format!("the answer ends in the middle, after {} bytes", text.len());
    }
    format!(
        "the answer is not what the service should send: {}",
        without_values(&error.to_string())
    )
}

/// Blanks what stands in double quotes.
fn without_values(message: &str) -> String {
    let mut parts = message.split('"');
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut quoted = true;
    for part in parts {
        text.push('"');
        text.push_str(if quoted { "…" } else { part });
        quoted = !quoted;
    }
    text
}

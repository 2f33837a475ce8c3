//! From an HTTP answer to an error: code, message, class.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use serde_json::{Map, Value};

use super::ServiceError;

/// Reads the error out of an answer that is none of success.
///
/// The code stands in a header, or in the body as `__type` or `code`; around it can stand a
/// namespace and a URI (<https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization>).
pub(crate) fn parse(
    operation: Cow<'static, str>,
    status: u16,
    headers: &HeaderMap,
    body: &Bytes,
) -> ServiceError {
    let mut details = match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    // The first that is there; none of the others stays behind among the details.
    let mut take = |names: &[&str]| {
        let texts = names.iter().filter_map(|name| match details.remove(*name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        });
        texts.collect::<Vec<_>>().into_iter().next()
    };
    let in_body = take(&["__type", "code"]);
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let message = take(&["message", "Message", "errorMessage"]).unwrap_or_else(|| {
        let target = header("location").filter(|_| (300..400).contains(&status));
        target.map_or_else(String::new, |target| {
            format!("the endpoint redirects to {target}, which is not followed")
        })
    });
    let code = (header("x-amzn-errortype").into_iter())
        .chain(in_body.as_deref())
        .map(bare)
        .find(|code| !code.is_empty())
        .map_or_else(|| unnamed(status), str::to_owned);
    ServiceError {
        operation,
        code,
        message,
        status,
        request_id: request_id(headers),
        attempts: 1,
        retry_after: retry_after(headers),
        details,
        is_about_room: false,
    }
}

/// The request's id from the headers.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    static NAMES: [HeaderName; 3] = [
        HeaderName::from_static("x-amzn-requestid"),
        HeaderName::from_static("x-amz-request-id"),
        HeaderName::from_static("x-amzn-request-id"),
    ];
    NAMES
        .iter()
        .find_map(|name| headers.get(name)?.to_str().ok())
        .map(str::to_owned)
}

/// `ns#Code:http://…` → `Code`.
fn bare(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or_default();
    code.rsplit('#').next().unwrap_or_default().trim()
}

/// A code for an answer without one, as a proxy or a load balancer sends it.
fn unnamed(status: u16) -> String {
    match http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
    {
        Some(reason) => reason.replace([' ', '-'], ""),
        None => format!("Http{status}"),
    }
}

/// Seconds in `Retry-After` ([RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#name-retry-after)),
/// milliseconds in `x-amz-retry-after`. The date form of the former is not in use here.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    number("x-amz-retry-after")
        .map(Duration::from_millis)
        .or_else(|| number("retry-after").map(Duration::from_secs))
}

/// Codes that ask for fewer requests. `LimitExceededException` is not among them:
/// services mean a quota of resources by it.
const THROTTLES: [&str; 13] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// Whether an answer asks for fewer requests: by its code, by its status, or, because
/// services pass on what others told them, inside the message of another code.
pub(super) fn is_throttle(code: &str, status: u16, message: &str) -> bool {
    THROTTLES.contains(&code)
        || status == 429
        || [
            "Rate exceeded",
            "RequestLimitExceeded",
            "ErrorCode: Throttling",
        ]
        .iter()
        .any(|sign| message.contains(sign))
}

/// Whether the fault is the service's own and may pass.
pub(super) fn is_transient(code: &str, status: u16) -> bool {
    matches!(status, 500 | 502 | 503 | 504)
        || ["RequestTimeout", "RequestTimeoutException", "InternalError"].contains(&code)
}

/// Codes that say that the signature's time is off.
pub(crate) fn is_clock_skew(code: &str, message: &str) -> bool {
    [
        "RequestTimeTooSkewed",
        "RequestExpired",
        "RequestInTheFuture",
    ]
    .contains(&code)
        || [
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "AuthFailure",
        ]
        .contains(&code)
            && ["Signature expired", "Signature not yet current"]
                .iter()
                .any(|sign| message.contains(sign))
}

/// Codes that say that the credentials have expired.
pub(crate) fn is_expired(code: &str) -> bool {
    ["ExpiredToken", "ExpiredTokenException"].contains(&code)
}

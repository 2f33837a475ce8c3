//! Keys out of JSON.

use std::time::SystemTime;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::{Map, Value};

use crate::credentials::{Credentials, Secret};

/// What the members are called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    pub(super) id: &'static str,
    pub(super) secret: &'static str,
    pub(super) token: &'static str,
    pub(super) expiration: &'static str,
}

/// As the container's endpoint and the metadata service have them.
pub(super) const ENDPOINT: Names = Names {
    id: "AccessKeyId",
    secret: "SecretAccessKey",
    token: "Token",
    expiration: "Expiration",
};

/// Reads an object. What it says does not become part of an error.
pub(super) fn object(bytes: &[u8]) -> Result<Map<String, Value>, &'static str> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err("no JSON object"),
    }
}

/// Takes a text out of an object.
pub(super) fn take(members: &mut Map<String, Value>, name: &str) -> Option<Secret> {
    match members.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(Secret::new(text)),
        _ => None,
    }
}

/// Takes credentials out of an object. The error is what follows "the answer has".
pub(super) fn credentials(
    members: &mut Map<String, Value>,
    names: Names,
    provider: &'static str,
) -> Result<Credentials, String> {
    let mut part = |name: &str| take(members, name);
    let id = part(names.id).ok_or_else(|| format!("no {}", names.id))?;
    let secret = part(names.secret).ok_or_else(|| format!("no {}", names.secret))?;
    let token = part(names.token);
    let unreadable = || format!("an {} that is no time", names.expiration);
    let expiry = match members.remove(names.expiration) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(time(&text).ok_or_else(unreadable)?),
        Some(Value::Number(millis)) => {
            let millis = millis
                .as_u64()
                .and_then(|millis| i64::try_from(millis).ok());
            let time = millis.map(DateTime::from_millis).ok_or_else(unreadable)?;
            Some(SystemTime::try_from(time).map_err(|_| unreadable())?)
        }
        Some(_) => return Err(unreadable()),
    };
    whole(&id, &secret, token.as_deref(), expiry, provider)
}

/// Credentials whose parts can stand in a header.
pub(super) fn whole(
    id: &str,
    secret: &str,
    token: Option<&str>,
    expiry: Option<SystemTime>,
    provider: &'static str,
) -> Result<Credentials, String> {
    let graphic = |text: &str| text.bytes().all(|b| b.is_ascii_graphic());
    if !graphic(id) || !graphic(secret) || !graphic(token.unwrap_or_default()) {
        return Err("keys with characters that no key has".to_owned());
    }
    let token = token.map(str::to_owned);
    Ok(Credentials::new(id, secret, token, expiry, provider))
}

/// Reads a time such as `2026-11-21T05:00:00Z`.
pub(super) fn time(text: &str) -> Option<SystemTime> {
    // Some write `UTC` for `Z`: https://github.com/aws/aws-cli/issues/5792
    let text = text
        .strip_suffix("UTC")
        .map_or_else(|| text.to_owned(), |rest| format!("{rest}Z"));
    let time = DateTime::from_str(&text, Format::DateTimeWithOffset).ok()?;
    time.try_into().ok()
}

//! Verifies Signature Version 4, by a computation of its own.
//!
//! Nothing is shared with the client's side, so that the two check each other. The rules:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>.

mod canonical;

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, Request, header};
use sha2::{Digest as _, Sha256};

use super::hex::{hex, unhex};
use super::refusal::Refusal;
use crate::wire::Timestamp;

/// How far a request's date may be from the service's.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. \
     Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/// Keys that the account has.
#[derive(Clone)]
pub(super) struct Keys {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) session_token: Option<String>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What a signature must be for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    pub(super) keys: &'a Keys,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    pub(super) now: SystemTime,
}

/// Verifies a request's signature.
///
/// # Errors
///
/// The refusal that the service would answer with.
pub(super) fn verify(request: &Request<Bytes>, expected: Expected<'_>) -> Result<(), Refusal> {
    let headers = request.headers();
    let Some(text) = text(headers, header::AUTHORIZATION.as_str()) else {
        return Err(Refusal::new(
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ));
    };
    let authorization = Authorization::parse(text)?;
    let date = text_of_date(headers)?;
    authorization.check_scope(expected, date)?;
    authorization.check_headers(headers)?;
    check_time(date, expected.now)?;
    check_keys(&authorization, headers, expected.keys)?;

    let canonical = canonical::request(request, &authorization.signed_headers);
    mac(&expected.keys.secret, authorization.scope, date, &canonical)
        .verify_slice(&authorization.signature)
        .map_err(|_| Refusal::new("InvalidSignatureException", MISMATCH))
}

/// The signature's computation; its comparison takes the same time wherever two differ.
fn mac(secret: &str, scope: [&str; 4], date: &str, canonical: &str) -> Hmac<Sha256> {
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in scope {
        key = keyed(&key, part).finalize().into_bytes().to_vec();
    }
    let hash = hex(&Sha256::digest(canonical));
    keyed(
        &key,
        &format!("{ALGORITHM}\n{date}\n{}\n{hash}", scope.join("/")),
    )
}

fn keyed(key: &[u8], text: &str) -> Hmac<Sha256> {
    // HMAC takes keys of any length, so there is nothing to fail.
    let mut mac = match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mac) => mac,
        Err(never) => unreachable!("{never}"),
    };
    mac.update(text.as_bytes());
    mac
}

/// The header `Authorization`, taken apart.
struct Authorization<'a> {
    key_id: &'a str,
    /// Date, region, service, `aws4_request`.
    scope: [&'a str; 4],
    signed_headers: Vec<&'a str>,
    signature: Vec<u8>,
}

impl<'a> Authorization<'a> {
    fn parse(text: &'a str) -> Result<Self, Refusal> {
        let incomplete = |what: &str| {
            let message = format!(
                "{what} Authorization={}",
                text.split(' ').next().unwrap_or_default()
            );
            Refusal::new("IncompleteSignatureException", message)
        };
        let Some(members) = text
            .strip_prefix(ALGORITHM)
            .and_then(|rest| rest.strip_prefix(' '))
        else {
            return Err(incomplete("Unsupported AWS 'algorithm'."));
        };
        let member = |name: &str| {
            members
                .split(',')
                .find_map(|member| member.trim().strip_prefix(name)?.strip_prefix('='))
                .filter(|value| !value.is_empty())
                .ok_or_else(|| {
                    incomplete(&format!(
                        "Authorization header requires '{name}' parameter."
                    ))
                })
        };
        let credential = member("Credential")?;
        let signed_headers = member("SignedHeaders")?.split(';').collect();
        let signature = unhex(member("Signature")?)
            .ok_or_else(|| incomplete("Authorization header's 'Signature' is not hexadecimal."))?;
        let parts: Vec<&str> = credential.split('/').collect();
        let &[key_id, date, region, service, end] = parts.as_slice() else {
            return Err(incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term.",
            ));
        };
        Ok(Self {
            key_id,
            scope: [date, region, service, end],
            signed_headers,
            signature,
        })
    }

    fn check_scope(&self, expected: Expected<'_>, date: &str) -> Result<(), Refusal> {
        let [day, region, service, end] = self.scope;
        let problem = if region != expected.region {
            format!("Credential should be scoped to a valid region, not '{region}'.")
        } else if service != expected.service {
            format!(
                "Credential should be scoped to correct service: '{}'.",
                expected.service
            )
        } else if end != "aws4_request" {
            format!(
                "Credential should be scoped with a valid terminator: 'aws4_request', not '{end}'."
            )
        } else if !date.starts_with(day) || day.len() != 8 {
            format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date: '{date}'."
            )
        } else {
            return Ok(());
        };
        Err(Refusal::new("InvalidSignatureException", problem))
    }

    /// What has to be signed: without these a request could be sent elsewhere, later, or as
    /// another operation.
    fn check_headers(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let missing = ["host", "x-amz-date", "x-amz-target", "x-amz-security-token"]
            .into_iter()
            .find(|name| {
                let needed = *name != "x-amz-security-token" || headers.contains_key(*name);
                needed && !self.signed_headers.contains(name)
            });
        missing.map_or(Ok(()), |name| {
            let message = format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.");
            Err(Refusal::new("InvalidSignatureException", message))
        })
    }
}

fn check_keys(
    authorization: &Authorization<'_>,
    headers: &HeaderMap,
    keys: &Keys,
) -> Result<(), Refusal> {
    let token = text(headers, "x-amz-security-token");
    if authorization.key_id == keys.id && token == keys.session_token.as_deref() {
        return Ok(());
    }
    Err(Refusal::new(
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    ))
}

fn check_time(date: &str, now: SystemTime) -> Result<(), Refusal> {
    let Some(signed) = parse_date(date) else {
        let message = format!("Date must be in ISO-8601 'basic format'. Got '{date}'.");
        return Err(Refusal::new("IncompleteSignatureException", message));
    };
    let shown = |time: Option<SystemTime>| basic(time.unwrap_or(now));
    let message = if signed
        .checked_add(TOLERANCE)
        .is_some_and(|latest| latest < now)
    {
        let earliest = shown(now.checked_sub(TOLERANCE));
        format!(
            "Signature expired: {date} is now earlier than {earliest} ({} - 5 min.)",
            basic(now)
        )
    } else if now
        .checked_add(TOLERANCE)
        .is_some_and(|latest| latest < signed)
    {
        let latest = shown(now.checked_add(TOLERANCE));
        format!(
            "Signature not yet current: {date} is still later than {latest} ({} + 5 min.)",
            basic(now)
        )
    } else {
        return Ok(());
    };
    Err(Refusal::new("InvalidSignatureException", message))
}

fn text_of_date(headers: &HeaderMap) -> Result<&str, Refusal> {
    text(headers, "x-amz-date").ok_or_else(|| {
        let message = "Authorization header requires existence of a 'X-Amz-Date' header.";
        Refusal::new("IncompleteSignatureException", message)
    })
}

/// `20260102T203456Z`.
fn parse_date(text: &str) -> Option<SystemTime> {
    let digits = |range: std::ops::Range<usize>| {
        text.get(range)
            .filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if text.len() != 16 || text.get(8..9) != Some("T") || text.get(15..) != Some("Z") {
        return None;
    }
    let [year, month, day] = [digits(0..4)?, digits(4..6)?, digits(6..8)?];
    let [hour, minute, second] = [digits(9..11)?, digits(11..13)?, digits(13..15)?];
    let extended = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
    extended.parse::<Timestamp>().ok().map(SystemTime::from)
}

/// The inverse of [`parse_date`].
fn basic(time: SystemTime) -> String {
    let whole = Timestamp::from_secs(Timestamp::from(time).as_secs());
    whole.to_string().replace(['-', ':'], "")
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

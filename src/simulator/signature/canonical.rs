//! The canonical form of a request: the text that is signed.

use bytes::Bytes;
use http::Request;
use sha2::{Digest as _, Sha256};

use crate::simulator::hex::hex;

/// Method, path, query, the signed headers, their names, and the hash of the body, on lines.
pub(super) fn request(request: &Request<Bytes>, signed_headers: &[&str]) -> String {
    let mut names = signed_headers.to_vec();
    names.sort_unstable();
    let headers: String = names
        .iter()
        .map(|name| format!("{name}:{}\n", header(request, name)))
        .collect();
    let hash = hex(&Sha256::digest(request.body()));
    [
        request.method().as_str(),
        &path(request.uri().path()),
        &query(request.uri().query().unwrap_or_default()),
        &headers,
        &names.join(";"),
        &hash,
    ]
    .join("\n")
}

/// A header's values, without spaces around them and with single spaces inside.
fn header(request: &Request<Bytes>, name: &str) -> String {
    let values = request.headers().get_all(name);
    let values: Vec<String> = values
        .iter()
        .map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes());
            text.split(' ')
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    if values.is_empty() && name == "host" {
        return host(request);
    }
    values.join(",")
}

/// The host of the URL, for requests that have not been through an HTTP client.
fn host(request: &Request<Bytes>) -> String {
    let uri = request.uri();
    let usual = match uri.scheme_str() {
        Some("http") => Some(80),
        _ => Some(443),
    };
    let host = uri.host().unwrap_or_default();
    match uri.port_u16() {
        Some(port) if Some(port) != usual => format!("{host}:{port}"),
        _ => host.to_owned(),
    }
}

/// The path without dot segments and empty ones, encoded once more.
fn path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let ends_open = path.ends_with('/') && !segments.is_empty();
    let joined: String = segments
        .iter()
        .map(|segment| format!("/{}", encoded(segment.as_bytes())))
        .collect();
    match (joined.is_empty(), ends_open) {
        (true, _) => "/".to_owned(),
        (false, true) => joined + "/",
        (false, false) => joined,
    }
}

/// The query's pairs, encoded and in order.
fn query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encoded(&decoded(name)), encoded(&decoded(value)))
        })
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

fn encoded(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, code) = rest.split_at(at);
        bytes.extend_from_slice(before.as_bytes());
        match code
            .get(1..3)
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
        {
            Some(byte) => {
                bytes.push(byte);
                rest = &code[3..];
            }
            None => {
                bytes.push(b'%');
                rest = &code[1..];
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        assert_eq!(path("/"), "/");
        assert_eq!(path(""), "/");
        assert_eq!(path("/a/./b/../c//d"), "/a/c/d");
        assert_eq!(path("/a/"), "/a/");
        assert_eq!(path("/%20"), "/%2520");
    }

    #[test]
    fn queries() {
        assert_eq!(query("b=2&a=1&a=0&c"), "a=0&a=1&b=2&c=");
        assert_eq!(query("x=%7e%2F+"), "x=~%2F%2B");
        assert_eq!(query("x=100%"), "x=100%25");
    }
}

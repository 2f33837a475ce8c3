//! Requests: what a call sends, against what the case says.

use std::io::Read as _;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use longshore::transport::{BoxFuture, Transport, TransportError};
use longshore::{Config, Error};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// What must be sent.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) endpoint: &'static str,
    pub(crate) method: &'static str,
    pub(crate) uri: &'static str,
    /// The host, and the path of the endpoint if it has one.
    pub(crate) host: Option<&'static str>,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) require_headers: &'static [&'static str],
    pub(crate) forbid_headers: &'static [&'static str],
    /// Whether the body comes compressed; `body` is what it holds.
    pub(crate) gzip: bool,
    pub(crate) body: Option<&'static str>,
}

/// Makes the call, and checks what is handed to the transport. Some headers are the HTTP client's
/// business: where the case requires any, it is sent over HTTP too.
pub(crate) async fn run(sent: &Sent, call: impl AsyncFn(Config) -> Result<(), Error>) {
    let capture = Capture::default();
    let config = crate::config(sent.endpoint).transport(capture.clone());
    call(config).await.expect("the call is answered");
    let mut requests = capture
        .0
        .lock()
        .expect("no test panics with it")
        .split_off(0);
    let request = requests.pop().expect("a request");
    assert!(requests.is_empty(), "more than one request was sent");
    let uri = request.uri();
    assert_eq!(request.method(), sent.method);
    assert_eq!(uri.path(), sent.uri);
    assert_eq!(uri.query(), None);
    if let Some(host) = sent.host {
        let (host, path) = host.split_at(host.find('/').unwrap_or(host.len()));
        assert_eq!(
            uri.authority().map(http::uri::Authority::as_str),
            Some(host)
        );
        assert!(uri.path().starts_with(path), "{uri} is not below {path}");
    }
    sent.check(request.headers(), request.body());
    if !sent.require_headers.is_empty() {
        over_http(sent, call).await;
    }
}

impl Sent {
    fn check(&self, headers: &HeaderMap, body: &[u8]) {
        for (name, value) in self.headers {
            let all: Vec<&HeaderValue> = headers.get_all(*name).iter().collect();
            assert_eq!(all, [value], "{name}");
        }
        for name in self.forbid_headers {
            assert_eq!(headers.get(*name), None, "{name}");
        }
        let Some(expected) = self.body else {
            return;
        };
        let mut plain = Vec::new();
        if self.gzip {
            let mut unpacked = flate2::read::GzDecoder::new(body);
            unpacked.read_to_end(&mut plain).expect("a body in gzip");
        } else {
            plain.extend_from_slice(body);
        }
        let json = |text: &[u8]| serde_json::from_slice::<Value>(text).ok();
        match (json(expected.as_bytes()), json(&plain)) {
            (Some(expected), Some(sent)) => assert_eq!(sent, expected),
            _ => assert_eq!(String::from_utf8_lossy(&plain), expected),
        }
    }
}

/// Keeps requests, and answers each with an empty object.
#[derive(Debug, Clone, Default)]
struct Capture(Arc<Mutex<Vec<Request<Bytes>>>>);

impl Transport for Capture {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        self.0.lock().expect("no test panics with it").push(request);
        Box::pin(async { Ok(Response::new(Bytes::from_static(b"{}"))) })
    }
}

/// Makes the call over a socket, and checks what arrives there.
async fn over_http(sent: &Sent, call: impl AsyncFn(Config) -> Result<(), Error>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let config = crate::config(&format!("http://{address}"));
    let ((line, headers, body), answer) = tokio::join!(receive(&listener), call(config));
    answer.expect("the call is answered");
    assert_eq!(line, format!("{} {} HTTP/1.1", sent.method, sent.uri));
    for name in sent.require_headers {
        assert!(headers.contains_key(*name), "{name} is not sent");
    }
    let length = headers.get("content-length").map(HeaderValue::as_bytes);
    assert_eq!(length, Some(body.len().to_string().as_bytes()));
    sent.check(&headers, &body);
}

/// Reads one request off the wire, and answers it with an empty object.
async fn receive(listener: &TcpListener) -> (String, HeaderMap, Vec<u8>) {
    let (mut socket, _) = listener.accept().await.expect("a connection");
    let mut read = Vec::new();
    let end = loop {
        if let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end;
        }
        let count = socket.read_buf(&mut read).await.expect("a request");
        assert_ne!(count, 0, "the connection ended in the head of the request");
    };
    let mut body = read.split_off(end + 4);
    let head = String::from_utf8(read).expect("a head in ASCII");
    let mut lines = head.trim_end().split("\r\n");
    let line = lines.next().unwrap_or_default().to_owned();
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ").expect("a header");
        let name: HeaderName = name.parse().expect("a header's name");
        headers.append(name, value.parse().expect("a header's value"));
    }
    // Without a length nothing says where the body ends; the caller finds that out.
    let length = headers
        .get("content-length")
        .and_then(|value| value.to_str().ok()?.parse().ok());
    while body.len() < length.unwrap_or(0) {
        let count = socket.read_buf(&mut body).await.expect("a body");
        assert_ne!(count, 0, "the connection ended in the body of the request");
    }
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    socket.write_all(answer).await.expect("the answer is taken");
    (line, headers, body)
}

//! Every way in which a signature is refused.

use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request, Response};
use longshore::config::WallClock;
use longshore::credentials::Credentials;
use longshore::ecs::{Client, ListClustersRequest};
use longshore::simulator::{Simulator, SimulatorTransport};
use longshore::transport::{BoxFuture, Transport, TransportError};
use longshore::{Config, Error};

/// Alters requests after they have been signed.
struct Altering {
    inner: SimulatorTransport,
    alter: fn(&mut Request<Bytes>),
}

impl fmt::Debug for Altering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Altering")
    }
}

impl Transport for Altering {
    fn send(
        &self,
        mut request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        (self.alter)(&mut request);
        self.inner.send(request)
    }
}

async fn answer(config: &Config) -> Result<usize, Error> {
    let ecs = Client::new(&config.clone().max_attempts(1)).unwrap();
    Ok(ecs
        .list_clusters(ListClustersRequest::default())
        .await?
        .cluster_arns
        .len())
}

async fn refused(config: &Config) -> (String, String) {
    let error = answer(config).await.unwrap_err();
    assert_eq!(error.status(), Some(400));
    assert!(error.request_id().is_some());
    crate::refusal::<()>(Err(error))
}

async fn altered(alter: fn(&mut Request<Bytes>)) -> (String, String) {
    let simulator = Simulator::new();
    let inner = simulator.transport();
    refused(&simulator.config().transport(Altering { inner, alter })).await
}

fn set(request: &mut Request<Bytes>, name: &'static str, value: &str) {
    request
        .headers_mut()
        .insert(name, HeaderValue::try_from(value).unwrap());
}

/// Replaces a part of the authorization.
fn rewrite(request: &mut Request<Bytes>, from: &str, to: &str) {
    let text = request.headers()[AUTHORIZATION].to_str().unwrap();
    assert!(text.contains(from), "{text}");
    let text = text.replace(from, to);
    set(request, "authorization", &text);
}

const MISMATCH: &str =
    "The request signature we calculated does not match the signature you provided.";

#[tokio::test(start_paused = true)]
async fn right_ones_are_let_in() {
    assert_eq!(answer(&Simulator::new().config()).await.unwrap(), 1);
    let simulator = Simulator::builder()
        .region("eu-central-1")
        .access_key("AKID", "s/e+c=r et")
        .build();
    assert_eq!(answer(&simulator.config()).await.unwrap(), 1);
    let simulator = Simulator::builder().session_token("token==").build();
    assert_eq!(answer(&simulator.config()).await.unwrap(), 1);
    // A path and a port in the endpoint are part of what is signed.
    let simulator = Simulator::new();
    for url in [
        "http://localhost:4566/a%20b/./c/",
        "https://localhost:443",
        "http://localhost:443",
    ] {
        assert_eq!(
            answer(&simulator.config().endpoint_url(url)).await.unwrap(),
            1,
            "{url}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn missing_and_malformed() {
    let (code, message) =
        altered(|request| drop(request.headers_mut().remove(AUTHORIZATION))).await;
    assert_eq!(code, "MissingAuthenticationTokenException");
    assert_eq!(message, "Missing Authentication Token");
    let malformed: [fn(&mut Request<Bytes>); 6] = [
        |request| set(request, "authorization", "Basic abc"),
        |request| rewrite(request, "AWS4-HMAC-SHA256", "AWS4-HMAC-MD5"),
        |request| rewrite(request, "Signature=", "Sig="),
        |request| rewrite(request, "Signature=", "Signature=xyz"),
        |request| rewrite(request, "/aws4_request", ""),
        |request| drop(request.headers_mut().remove("x-amz-date")),
    ];
    for alter in malformed {
        assert_eq!(altered(alter).await.0, "IncompleteSignatureException");
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_keys() {
    let simulator = Simulator::new();
    let (code, message) = refused(&simulator.config().access_key("AKIDSIMULATOR", "wrong")).await;
    assert_eq!(code, "InvalidSignatureException");
    assert!(message.starts_with(MISMATCH), "{message}");
    let unknown = (
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    );
    let unknown = (unknown.0.to_owned(), unknown.1.to_owned());
    assert_eq!(
        refused(&simulator.config().access_key("AKIDOTHER", "secret")).await,
        unknown
    );
    let with_token = Credentials::new(
        "AKIDSIMULATOR",
        "secret",
        Some("token".to_owned()),
        None,
        "test",
    );
    assert_eq!(
        refused(&simulator.config().credentials(with_token)).await,
        unknown
    );
    let simulator = Simulator::builder().session_token("token").build();
    assert_eq!(
        refused(&simulator.config().access_key("AKIDSIMULATOR", "secret")).await,
        unknown
    );
    let other = Credentials::new(
        "AKIDSIMULATOR",
        "secret",
        Some("other".to_owned()),
        None,
        "test",
    );
    assert_eq!(
        refused(&simulator.config().credentials(other)).await,
        unknown
    );
}

#[tokio::test(start_paused = true)]
async fn altered_on_the_way() {
    let alterations: [fn(&mut Request<Bytes>); 5] = [
        |request| *request.body_mut() = Bytes::from_static(b"{\"maxResults\":1}"),
        |request| {
            set(
                request,
                "x-amz-target",
                "AmazonEC2ContainerServiceV20141113.DeleteCluster",
            )
        },
        |request| set(request, "content-type", "text/plain"),
        |request| *request.uri_mut() = "https://ecs.us-east-1.amazonaws.com/?a=b".parse().unwrap(),
        |request| *request.uri_mut() = "https://example.com/".parse().unwrap(),
    ];
    for alter in alterations {
        let (code, message) = altered(alter).await;
        assert_eq!(code, "InvalidSignatureException");
        assert!(message.starts_with(MISMATCH), "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn headers_that_must_be_signed() {
    for (name, alter) in [
        (
            "host",
            (|request| rewrite(request, "host;", "")) as fn(&mut Request<Bytes>),
        ),
        ("x-amz-date", |request| rewrite(request, "x-amz-date;", "")),
        ("x-amz-target", |request| {
            rewrite(request, ";x-amz-target", "")
        }),
        ("x-amz-security-token", |request| {
            set(request, "x-amz-security-token", "token")
        }),
    ] {
        let (code, message) = altered(alter).await;
        assert_eq!(code, "InvalidSignatureException");
        assert!(
            message.contains(&format!("'{name}' must be a 'SignedHeader'")),
            "{message}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_scopes() {
    let simulator = Simulator::new();
    let (code, message) = refused(&simulator.config().region("eu-west-1")).await;
    assert_eq!(code, "InvalidSignatureException");
    assert!(message.contains("valid region"), "{message}");
    for (alter, part) in [
        (
            (|request| rewrite(request, "/ecs/", "/sqs/")) as fn(&mut Request<Bytes>),
            "correct service: 'ecs'",
        ),
        (
            |request| rewrite(request, "aws4_request", "aws5_request"),
            "valid terminator",
        ),
        (
            |request| rewrite(request, "AKIDSIMULATOR/2", "AKIDSIMULATOR/1"),
            "Date in Credential scope",
        ),
    ] {
        let (code, message) = altered(alter).await;
        assert_eq!(code, "InvalidSignatureException");
        assert!(message.contains(part), "{message}");
    }
}

/// Takes the date off every answer.
#[derive(Debug)]
struct Undated(SimulatorTransport);

impl Transport for Undated {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move {
            let mut answer = self.0.send(request).await?;
            answer.headers_mut().remove("date");
            Ok(answer)
        })
    }
}

#[tokio::test(start_paused = true)]
async fn dates_that_are_off() {
    let origin = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_386_096);
    let simulator = Simulator::builder().start_at(origin).build();
    let at = |secs: i64| {
        let distance = Duration::from_secs(secs.unsigned_abs());
        let time = if secs < 0 {
            origin - distance
        } else {
            origin + distance
        };
        simulator.config().wall_clock(WallClock::new(move || time))
    };
    // Without the date of the answer a client cannot correct its clock.
    let undated = |secs| at(secs).transport(Undated(simulator.transport()));
    for close in [-299, -300, 300] {
        assert_eq!(answer(&at(close)).await.unwrap(), 1);
    }
    let (code, message) = refused(&undated(-301)).await;
    assert_eq!(code, "InvalidSignatureException");
    let expected = "Signature expired: 20260102T202955Z is now earlier than 20260102T202956Z \
                    (20260102T203456Z - 5 min.)";
    assert_eq!(message, expected);
    let (code, message) = refused(&undated(301)).await;
    assert_eq!(code, "InvalidSignatureException");
    let expected = "Signature not yet current: 20260102T203957Z is still later than 20260102T203956Z \
                    (20260102T203456Z + 5 min.)";
    assert_eq!(message, expected);

    // The client's own correction goes by the date of the answer.
    let ecs = Client::new(&at(-4000)).unwrap();
    ecs.list_clusters(ListClustersRequest::default())
        .await
        .unwrap();
}

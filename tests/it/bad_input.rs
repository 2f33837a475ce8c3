//! A hostile or broken network, over real sockets: each a typed error with a sentence that helps.

use longshore::transport::{HttpSettings, TransportErrorKind};
use longshore::{Config, Error, ecs};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Answers every connection with these bytes, then closes it.
async fn server(answer: impl Into<Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = answer.into();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                // The whole request, so that closing does not reset the connection.
                let mut seen = Vec::new();
                let mut buffer = [0; 4096];
                while !String::from_utf8_lossy(&seen).contains("\r\n\r\n{}") {
                    match stream.read(&mut buffer).await {
                        Ok(0) | Err(_) => break,
                        Ok(n) => seen.extend_from_slice(&buffer[..n]),
                    }
                    if seen.first() == Some(&0x16) {
                        break; // a TLS handshake
                    }
                }
                let _ = stream.write_all(&answer).await;
            });
        }
    });
    address.to_string()
}

fn client(url: &str) -> ecs::Client {
    let config = Config::new()
        .region("eu-west-1")
        .access_key("AKID", "hunter2")
        .endpoint_url(url);
    ecs::Client::new(&config).unwrap()
}

async fn fail(url: &str) -> (Error, TransportErrorKind) {
    let error = client(url)
        .list_clusters(Default::default())
        .max_attempts(1)
        .await
        .unwrap_err();
    let Error::Transport(cause) = &error else {
        panic!("{error}")
    };
    let kind = cause.cause.kind;
    assert!(!format!("{error:?}").contains("hunter2"));
    (error, kind)
}

#[tokio::test]
async fn nothing_listens() {
    let address = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let (error, kind) = fail(&format!("http://{address}")).await;
    assert_eq!(kind, TransportErrorKind::Connect);
    assert_eq!(
        error.to_string(),
        format!(
            "ListClusters: {address} refused the connection; does anything listen there? (1 attempt)"
        )
    );
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn no_such_host() {
    let (error, kind) = fail("https://no-such-host.invalid").await;
    assert_eq!(kind, TransportErrorKind::Connect);
    assert_eq!(
        error.to_string(),
        "ListClusters: there is no host no-such-host.invalid; check the region and the endpoint (1 attempt)"
    );
}

#[tokio::test]
async fn https_to_a_server_that_speaks_http() {
    let address = server("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
    let (error, kind) = fail(&format!("https://{address}")).await;
    assert_eq!(kind, TransportErrorKind::Tls);
    assert_eq!(
        error.to_string(),
        format!(
            "ListClusters: TLS with {address} failed: it does not speak TLS; is the endpoint an http:// one? (1 attempt)"
        )
    );
}

#[tokio::test]
async fn a_body_that_is_cut() {
    let address = server("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"clusterArns\":[").await;
    let (error, kind) = fail(&format!("http://{address}")).await;
    assert_eq!(kind, TransportErrorKind::Lost);
    assert_eq!(
        error.to_string(),
        format!(
            "ListClusters: the connection to {address} broke before the whole answer came (1 attempt)"
        )
    );
}

#[tokio::test]
async fn no_answer_at_all() {
    let address = server("").await;
    let (_, kind) = fail(&format!("http://{address}")).await;
    assert_eq!(kind, TransportErrorKind::Lost);
}

#[tokio::test]
async fn not_http_and_not_json() {
    let address = server("220 mail.example ESMTP\r\n").await;
    let (_, kind) = fail(&format!("http://{address}")).await;
    assert_eq!(kind, TransportErrorKind::Lost);
    let address = server("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").await;
    let error = client(&format!("http://{address}"))
        .list_clusters(Default::default())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error}");
    let address = server(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n{\xff\xfe}".to_vec()).await;
    let error = client(&format!("http://{address}"))
        .list_clusters(Default::default())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "ListClusters: the answer is no UTF-8 text (HTTP 200, 1 attempt)"
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    let address = server(format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{elsewhere}/\r\ncontent-length: 0\r\n\r\n")).await;
    let error = client(&format!("http://{address}"))
        .list_clusters(Default::default())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "ListClusters: TemporaryRedirect: the endpoint redirects to http://{elsewhere}/, which is not followed (HTTP 307, 1 attempt)"
        )
    );
}

#[tokio::test]
async fn an_answer_of_200_mb() {
    // Announced, and unannounced.
    let announced = server("HTTP/1.1 200 OK\r\ncontent-length: 200000000\r\n\r\n{\"").await;
    let mut endless = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    endless.resize(200_000_000, b' ');
    let unannounced = server(endless).await;
    for address in [announced, unannounced] {
        let (error, kind) = fail(&format!("http://{address}")).await;
        assert_eq!(kind, TransportErrorKind::TooLarge);
        assert_eq!(
            error.to_string(),
            format!(
                "ListClusters: the answer of {address} is larger than 33554432 bytes, the limit set (1 attempt)"
            )
        );
    }
}

#[tokio::test]
async fn the_limit_can_be_set() {
    let mut http = HttpSettings::default();
    http.max_response_bytes = 10;
    let address = server("HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{        }\n").await;
    let config = Config::new()
        .region("eu-west-1")
        .access_key("a", "b")
        .endpoint_url(format!("http://{address}"))
        .http(http);
    let error = ecs::Client::new(&config)
        .unwrap()
        .list_clusters(Default::default())
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("larger than 10 bytes"),
        "{error}"
    );
}

/// Making clients needs no process-wide TLS provider and sets none.
#[cfg(feature = "rustls-ring")]
#[test]
fn a_client_leaves_process_wide_state_alone() {
    let _client = client("https://localhost:1");
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
}

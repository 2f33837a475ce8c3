//! Which requests go through which proxy.

use std::sync::{Arc, Mutex};

use longshore::{Config, ecs};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Refuses everything, and keeps the first line of each request.
async fn server(answer: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let lines = Arc::<Mutex<Vec<String>>>::default();
    let kept = lines.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut seen = Vec::new();
            let mut buffer = [0; 4096];
            while !String::from_utf8_lossy(&seen).contains("\r\n\r\n") {
                match stream.read(&mut buffer).await {
                    Ok(n @ 1..) => seen.extend_from_slice(&buffer[..n]),
                    _ => break,
                }
            }
            let text = String::from_utf8_lossy(&seen);
            let proxy = text
                .lines()
                .find(|line| line.to_ascii_lowercase().starts_with("proxy-auth"));
            let line = text.lines().next().unwrap_or_default();
            kept.lock()
                .unwrap()
                .push(format!("{line} {}", proxy.unwrap_or_default()));
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (address, lines)
}

const REFUSAL: &str = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";

async fn call(vars: &[(&str, &str)], url: &str) -> Result<(), longshore::Error> {
    let own = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "A"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
    ];
    let config = Config::from_vars(own.iter().chain(vars).copied())?;
    let config = config.endpoint_url(url).allow_plain_http();
    let call = ecs::Client::new(&config)?;
    call.list_clusters(Default::default())
        .max_attempts(1)
        .await
        .map(|_| ())
}

#[tokio::test]
async fn proxies_of_the_environment() {
    let (proxy, lines) = server(REFUSAL).await;
    let url = format!("http://{proxy}");
    let with_user = format!("http://me:hunter2@{proxy}");
    let asked = || std::mem::take(&mut *lines.lock().unwrap());
    let https = "https://ecs.invalid";
    let error = call(&[("HTTPS_PROXY", with_user.as_str())], https)
        .await
        .unwrap_err();
    assert!(!format!("{error:#?}").contains("hunter2"), "{error:#?}");
    let lines = asked();
    assert!(
        lines[0].starts_with("CONNECT ecs.invalid:443 HTTP/1.1 "),
        "{lines:?}"
    );
    assert!(lines[0].ends_with("Basic bWU6aHVudGVyMg=="), "{lines:?}");
    for name in ["https_proxy", "ALL_PROXY", "all_proxy"] {
        call(&[(name, url.as_str())], https).await.unwrap_err();
        assert_eq!(asked().len(), 1, "{name}");
    }
    // Lower case wins.
    call(
        &[
            ("https_proxy", url.as_str()),
            ("HTTPS_PROXY", "http://127.0.0.1:9"),
        ],
        https,
    )
    .await
    .unwrap_err();
    assert_eq!(asked().len(), 1);
    // Plain http has a variable of its own, which a CGI program cannot trust.
    let http = "http://ecs.invalid";
    let error = call(&[("HTTP_PROXY", url.as_str())], http)
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(403));
    assert_eq!(asked().len(), 1);
    call(
        &[("HTTP_PROXY", url.as_str()), ("REQUEST_METHOD", "GET")],
        http,
    )
    .await
    .unwrap_err();
    call(&[("HTTPS_PROXY", url.as_str())], http)
        .await
        .unwrap_err();
    assert!(asked().is_empty());
    for except in ["ecs.invalid", ".invalid", "*", "x,invalid"] {
        call(
            &[("HTTPS_PROXY", url.as_str()), ("NO_PROXY", except)],
            https,
        )
        .await
        .unwrap_err();
        assert!(asked().is_empty(), "{except}");
    }
}

#[tokio::test]
async fn what_is_near_goes_through_none() {
    let (proxy, lines) = server(REFUSAL).await;
    let (near, calls) = server(ANSWER).await;
    let vars = [
        ("HTTP_PROXY", format!("http://{proxy}")),
        ("ALL_PROXY", format!("http://{proxy}")),
    ];
    let vars: Vec<_> = vars
        .iter()
        .map(|(name, url)| (*name, url.as_str()))
        .collect();
    call(&vars, &format!("http://{near}")).await.unwrap();
    call(
        &vars,
        &format!("http://localhost:{}", near.rsplit(':').next().unwrap()),
    )
    .await
    .unwrap();
    assert_eq!(
        (calls.lock().unwrap().len(), lines.lock().unwrap().len()),
        (2, 0)
    );
}

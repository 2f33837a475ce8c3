//! Configurations of the crate `aws-config`, and its providers over this crate's transport.
#![cfg(all(feature = "ecs", feature = "aws-config"))]
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use bytes::Bytes;
use http::{Request, Response};
use longshore::credentials::{Credentials, SharedCredentialsProvider};
use longshore::transport::{BoxFuture, Transport, TransportError};
use longshore::{Config, ecs};

/// Answers as STS and as ECS do.
#[derive(Debug, Clone, Default)]
struct Both(Arc<Mutex<Vec<(String, String)>>>);

impl Transport for Both {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let authorization = request.headers()["authorization"].to_str().unwrap();
        let (_, key) = authorization.split_once("Credential=").unwrap();
        let key = key.split('/').next().unwrap().to_owned();
        self.0
            .lock()
            .unwrap()
            .push((request.uri().to_string(), key));
        let answer = match request.headers().contains_key("x-amz-target") {
            true => "{}",
            false => {
                "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
                 <Credentials><AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
                 <SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>\
                 </AssumeRoleResult></AssumeRoleResponse>"
            }
        };
        Box::pin(async move { Ok(Response::new(answer.into())) })
    }
}

fn keys() -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new("BASE", "hunter2", None, None, "test"))
}

#[tokio::test]
async fn a_provider_of_the_sdk_over_our_transport() {
    let both = Both::default();
    let http = Config::new()
        .transport(both.clone())
        .sdk_http_client()
        .unwrap();
    let sdk = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("eu-north-1"))
        .credentials_provider(keys())
        .http_client(http)
        .load()
        .await;
    let role = AssumeRoleProvider::builder("arn:aws:iam::1:role/r")
        .configure(&sdk)
        .build()
        .await;
    let sdk = sdk
        .into_builder()
        .credentials_provider(SharedCredentialsProvider::new(role))
        .build();
    let config = Config::from_sdk_config(&sdk).transport(both.clone());
    let ecs = ecs::Client::new(&config).unwrap();
    for _ in 0..2 {
        ecs.list_clusters(Default::default()).await.unwrap();
    }
    let ecs = (
        "https://ecs.eu-north-1.amazonaws.com/".to_owned(),
        "ASSUMED".to_owned(),
    );
    let sts = (
        "https://sts.eu-north-1.amazonaws.com/".to_owned(),
        "BASE".to_owned(),
    );
    assert_eq!(*both.0.lock().unwrap(), [sts, ecs.clone(), ecs]);
}

#[tokio::test]
async fn what_is_taken_over() {
    let sdk = SdkConfig::builder()
        .region(Region::new("eu-north-1"))
        .credentials_provider(keys())
        .endpoint_url("http://localhost:1/base")
        .retry_config(RetryConfig::standard().with_max_attempts(7))
        .timeout_config(
            TimeoutConfig::builder()
                .operation_timeout(Duration::from_secs(11))
                .operation_attempt_timeout(Duration::from_secs(3))
                .build(),
        )
        .app_name(AppName::new("app").unwrap())
        .build();
    let both = Both::default();
    let config = Config::from_sdk_config(&sdk).transport(both.clone());
    ecs::Client::new(&config)
        .unwrap()
        .list_clusters(Default::default())
        .await
        .unwrap();
    assert_eq!(both.0.lock().unwrap()[0].0, "http://localhost:1/base/");
    let shown = format!("{config:?}");
    for part in [
        r#"region: Some("eu-north-1" (from SdkConfig))"#,
        "max_attempts: 7 (from SdkConfig)",
        "call_timeout: 11 s",
        "attempt_timeout: 3 s",
        "credentials: set (from SdkConfig)",
        r#"app_name: Some("app" (from SdkConfig))"#,
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    assert!(!shown.contains("hunter2"));
    // Code beats it.
    let config = config
        .region("eu-west-1")
        .endpoint_url("http://localhost:2");
    ecs::Client::new(&config)
        .unwrap()
        .list_clusters(Default::default())
        .await
        .unwrap();
    assert_eq!(both.0.lock().unwrap()[1].0, "http://localhost:2/");
    // FIPS and dual stack.
    let sdk = SdkConfig::builder()
        .region(Region::new("eu-west-1"))
        .use_fips(true)
        .use_dual_stack(true)
        .build();
    let config = Config::from_sdk_config(&sdk)
        .credentials(keys())
        .transport(both.clone());
    ecs::Client::new(&config)
        .unwrap()
        .list_clusters(Default::default())
        .await
        .unwrap();
    assert_eq!(
        both.0.lock().unwrap()[2].0,
        "https://ecs-fips.eu-west-1.api.aws/"
    );
}

/// The official chain over our HTTP client, and our own, in a process whose environment is theirs.
#[tokio::test]
async fn the_chains_of_a_process() {
    const CHILD: &str = "LONGSHORE_TEST_CHILD";
    if let Ok(which) = std::env::var(CHILD) {
        let config = match which.as_str() {
            "official" => Config::load_aws_config().await,
            "profile" => Config::from_profile("named"),
            _ => Config::from_env(),
        };
        let ecs = ecs::Client::new(&config.unwrap()).unwrap();
        ecs.list_clusters(Default::default()).await.unwrap();
        return;
    }
    let (address, seen) = server().await;
    let home = std::env::temp_dir().join(format!("longshore-home-{}", std::process::id()));
    std::fs::create_dir_all(home.join(".aws")).unwrap();
    let named = "[profile named]\naws_access_key_id = NAMED\naws_secret_access_key = s\n";
    std::fs::write(home.join(".aws/config"), named).unwrap();
    for (which, key) in [
        ("official", "CONTAINER"),
        ("own", "CONTAINER"),
        ("profile", "NAMED"),
    ] {
        let child = tokio::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_chains_of_a_process"])
            .env_clear()
            .env(CHILD, which)
            .env("HOME", &home)
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ENDPOINT_URL_ECS", format!("http://{address}/ecs"))
            .env(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                format!("http://{address}/c"),
            )
            .output()
            .await
            .unwrap();
        assert!(child.status.success(), "{which}: {child:?}");
        let seen = std::mem::take(&mut *seen.lock().unwrap());
        let (line, authorization) = seen.last().unwrap();
        assert_eq!(line, "POST /ecs/ HTTP/1.1", "{which}");
        assert!(
            authorization.contains(&format!("Credential={key}/")),
            "{which}: {authorization}"
        );
    }
    std::fs::remove_dir_all(home).unwrap();
}

type Lines = Arc<Mutex<Vec<(String, String)>>>;

/// Has credentials for those who ask with GET, and nothing for others.
async fn server() -> (String, Lines) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let lines = Lines::default();
    let kept = lines.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut seen = String::new();
            let mut buffer = [0; 4096];
            while !seen.contains("\r\n\r\n") || seen.starts_with("POST") && !seen.ends_with("{}") {
                match stream.read(&mut buffer).await {
                    Ok(n @ 1..) => seen.push_str(&String::from_utf8_lossy(&buffer[..n])),
                    _ => break,
                }
            }
            let line = seen.lines().next().unwrap_or_default().to_owned();
            let authorization = seen.lines().find(|line| line.starts_with("authorization"));
            let authorization = authorization.unwrap_or_default().to_owned();
            kept.lock().unwrap().push((line, authorization));
            let body = match seen.starts_with("GET") {
                true => {
                    r#"{"AccessKeyId":"CONTAINER","SecretAccessKey":"s","Token":"t","Expiration":"2100-01-01T00:00:00Z"}"#
                }
                false => "{}",
            };
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length:";
            let answer = format!("{head} {}\r\n\r\n{body}", body.len());
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (address, lines)
}

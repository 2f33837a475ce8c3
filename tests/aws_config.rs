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

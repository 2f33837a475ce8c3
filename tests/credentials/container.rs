//! The container's endpoint: Amazon ECS, EKS Pod Identity, and what pretends to be one.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use longshore::ecs;
use longshore::pacing::Pacing;

use crate::world::{World, call, json, ok};

const RELATIVE: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

async fn agent() -> World {
    World::new(|seen| {
        let token = seen
            .headers
            .get("authorization")
            .map_or("none", String::as_str);
        ok(json(&format!("TOKEN-{token}")))
    })
    .await
}

#[tokio::test]
async fn relative_full_and_token() {
    let mut world = agent().await;
    world.set(FULL, "http://169.254.170.23/v1/credentials");
    world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "abc");
    assert_eq!(world.caller().await.unwrap(), "TOKEN-abc/t-TOKEN-abc");
    // The file beats the variable, and is read anew.
    let file = world.file("token", "file1\n");
    world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &file);
    assert_eq!(world.caller().await.unwrap(), "TOKEN-file1/t-TOKEN-file1");
    // The relative one beats the full one.
    world.set(RELATIVE, "/v2/credentials/x?id=1");
    world.caller().await.unwrap();
    assert_eq!(
        world.asked(),
        [
            "GET /v1/credentials",
            "GET /v1/credentials",
            "GET /v2/credentials/x?id=1"
        ]
    );
}

#[tokio::test]
async fn hosts_that_may_have_credentials() {
    let mut world = agent().await;
    let server = world.server.clone();
    world.set(FULL, &format!("http://{server}/c"));
    assert_eq!(world.caller().await.unwrap(), "TOKEN-none/t-TOKEN-none");
    let elsewhere = "which is without TLS on another machine; http is for this machine and for link-local addresses";
    for (url, why) in [
        ("http://example.com/c", elsewhere),
        ("http://169.254.170.2.example.com/c", elsewhere),
        ("http://127.0.0.1.example.com/c", elsewhere),
        ("http://10.0.0.1/c", elsewhere),
        ("http://[2001:db8::1]/c", elsewhere),
        (
            "http://localhost@example.com/c",
            "which is no URL of a host",
        ),
        ("ftp://127.0.0.1/c", "which is neither https nor http"),
        ("/c", "which is no URL of a host"),
        ("http://127.0.0.1/\u{1}x", "which is no URL"),
    ] {
        world.set(FULL, url);
        let shown = url.replace("localhost@", "").replace('\u{1}', " ");
        assert_eq!(
            world.problem().await,
            format!("{FULL} is `{}`, {why}", shown)
        );
    }
    for url in [
        "https://example.com/c",
        "http://[::1]:9/c",
        "http://[fd00:ec2::23]/v1/credentials",
    ] {
        world.set(FULL, url);
        let problem = world.problem().await;
        assert!(
            problem.ends_with("is not of this test"),
            "{url} may be asked: {problem}"
        );
    }
    for path in ["@example.com/", ".example.com/", "v2/x"] {
        world.set(RELATIVE, path);
        assert_eq!(
            world.problem().await,
            format!("{RELATIVE} is no path; one begins with a slash")
        );
    }
}

#[tokio::test]
async fn answers_that_are_none() {
    let table = [
        (
            403,
            r#"{"code":"AccessDenied","message":"not\nyours"}"#.to_owned(),
            "HTTP 403: AccessDenied: not yours",
        ),
        (302, String::new(), "HTTP 302"),
        (200, "hunter2".to_owned(), "its answer is no JSON object"),
        (
            200,
            r#"{"AccessKeyId":"a"}"#.to_owned(),
            "its answer has no SecretAccessKey",
        ),
        (
            200,
            json("A").replace("2100-01-01T", "at "),
            "its answer has an Expiration that is no time",
        ),
        (
            200,
            format!("{{\"x\":\"{}\"}}", "y".repeat(70_000)),
            "its answer is larger than 65536 bytes",
        ),
        (200, "[".repeat(60_000), "its answer is no JSON object"),
    ];
    for (status, body, text) in table {
        let mut world = World::new(move |_| Some((status, body.clone()))).await;
        world.set(RELATIVE, "/c");
        let problem = world.problem().await;
        assert_eq!(
            problem,
            format!("the container's credentials endpoint ({RELATIVE}): {text}")
        );
        assert_eq!(
            world.asked().len(),
            1,
            "nothing is asked twice, and no redirect followed"
        );
    }
    let mut world = agent().await;
    world.set(RELATIVE, "/c");
    world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "a\r\nx: y");
    assert_eq!(
        world.problem().await,
        format!(
            "the container's credentials endpoint ({RELATIVE}): a token has characters that cannot stand in a header"
        )
    );
    world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nowhere/token");
    assert_eq!(
        world.problem().await,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: /nowhere/token: No such file or directory (os error 2)"
    );
}

#[tokio::test]
async fn passing_faults_pass() {
    let count = Arc::new(AtomicU32::new(0));
    let mut world = World::new(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Some((503, String::new())),
        1 => None,
        _ => ok(json("THIRD")),
    })
    .await;
    world.set(RELATIVE, "/c");
    assert_eq!(world.caller().await.unwrap(), "THIRD/t-THIRD");
}

#[tokio::test]
async fn a_thousand_first_calls_are_one_request() {
    let mut world = agent().await;
    world.set(RELATIVE, "/c");
    let config = world.try_config().unwrap().pacing(Pacing::off());
    let ecs = ecs::Client::new(&config).unwrap();
    let calls: Vec<_> = (0..1000)
        .map(|_| {
            let ecs = ecs.clone();
            tokio::spawn(async move { call(&ecs).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(world.calls.lock().unwrap().len(), 1000);
    assert_eq!(world.asked().len(), 1);
    // Another client of the same configuration asks nobody again.
    call(&ecs::Client::new(&config).unwrap()).await.unwrap();
    assert_eq!(world.asked().len(), 1);
}

/// A failure is shared, too: those who waited do not ask one after the other.
#[tokio::test]
async fn a_thousand_first_calls_fail_by_one_request() {
    let count = Arc::new(Mutex::new(0));
    let counted = count.clone();
    let mut world = World::new(move |_| {
        *counted.lock().unwrap() += 1;
        Some((403, String::new()))
    })
    .await;
    world.set(RELATIVE, "/c");
    let config = world.try_config().unwrap().pacing(Pacing::off());
    let ecs = ecs::Client::new(&config).unwrap();
    let calls: Vec<_> = (0..1000)
        .map(|_| {
            let ecs = ecs.clone();
            tokio::spawn(async move { call(&ecs).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap_err();
    }
    assert_eq!(*count.lock().unwrap(), 1);
}

//! What is sent again, when, and what is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::future;
use longshore::config::WallClock;
use longshore::credentials::{Credentials, ProvideCredentials};
use longshore::ecs::{Client, ListTasksRequest, RunTaskRequest, StartTaskRequest, StopTaskRequest};
use longshore::transport::TransportErrorKind::{Connect, Lost, Tls};
use longshore::{Config, Error};
use tokio::time::Instant;

use crate::support::{Script, Step};

fn start_task() -> StartTaskRequest {
    StartTaskRequest::new(["instance"], "sleep360:1")
}

#[tokio::test(start_paused = true)]
async fn a_reset_after_start_task_was_sent_is_not_repeated() {
    let script = Script::new([Step::Fail(Lost), Step::ok("{}")]);
    let error = script.ecs().start_task(start_task()).await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)));
    assert!(error.is_retryable(), "the caller may look and decide");
    assert_eq!(script.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_reset_after_run_task_was_sent_is_repeated_with_the_same_token() {
    let script = Script::new([Step::Fail(Lost), Step::Fail(Lost), Step::ok("{}")]);
    script
        .ecs()
        .run_task(RunTaskRequest::new("sleep360:1"))
        .await
        .unwrap();
    assert_eq!(script.count(), 3);
    let tokens: Vec<_> = (0..3)
        .map(|i| script.body(i)["clientToken"].clone())
        .collect();
    assert!(tokens[0].is_string());
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    let invocations: Vec<_> = (0..3)
        .map(|i| script.header(i, "amz-sdk-invocation-id"))
        .collect();
    assert!(invocations.iter().all(|id| *id == invocations[0]));
    assert_eq!(script.header(2, "amz-sdk-request"), "attempt=3; max=3");
}

#[tokio::test(start_paused = true)]
async fn what_surely_was_not_carried_out_is_repeated_whatever_it_is() {
    for first in [
        Step::Fail(Connect),
        Step::error(400, "ThrottlingException", "Rate exceeded"),
    ] {
        let script = Script::new([first, Step::ok("{}")]);
        script.ecs().start_task(start_task()).await.unwrap();
        assert_eq!(script.count(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn server_faults_and_silence_are_not_repeated_for_what_is_unsafe() {
    for first in [
        Step::error(500, "ServerException", ""),
        Step::error(503, "", ""),
        Step::Hang,
    ] {
        let script = Script::new([first.clone(), Step::ok("{}")]);
        script.ecs().start_task(start_task()).await.unwrap_err();
        assert_eq!(script.count(), 1);
        let script = Script::new([first, Step::ok("{}")]);
        script
            .ecs()
            .stop_task(StopTaskRequest::new("t"))
            .await
            .unwrap();
        assert_eq!(script.count(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn refusals_are_final() {
    for step in [
        Step::error(400, "ClusterNotFoundException", "Cluster not found."),
        Step::error(400, "AccessDeniedException", ""),
        Step::error(400, "LimitExceededException", ""),
        Step::Fail(Tls),
    ] {
        let script = Script::new([step]);
        script
            .ecs()
            .list_tasks(ListTasksRequest::default())
            .await
            .unwrap_err();
        assert_eq!(script.count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn throttles_are_known_in_every_disguise() {
    let disguises = [
        Step::error(400, "ThrottlingException", "Rate exceeded"),
        Step::error(400, "com.amazonaws.ecs#ThrottlingException:http://x", ""),
        Step::error(400, "RequestLimitExceeded", ""),
        Step::error(429, "", ""),
        Step::error(
            400,
            "InvalidParameterException",
            "Unexpected EC2 error: Rate exceeded (Service: AmazonECS; Status Code: 400; ErrorCode: Throttling; Request ID: 1)",
        ),
        Step::error(
            400,
            "ClientException",
            "Error retrieving subnet information: Request limit exceeded. (ErrorCode: RequestLimitExceeded)",
        ),
    ];
    for step in disguises {
        let script = Script::new([step.clone(), step.clone(), step]);
        let error = script
            .ecs()
            .run_task(RunTaskRequest::new("a"))
            .await
            .unwrap_err();
        assert!(error.is_throttle(), "{error}");
        assert_eq!((script.count(), error.attempts()), (3, 3));
    }
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_and_follow_what_the_service_asks_for() {
    let throttle = Step::error(400, "ThrottlingException", "");
    let script = Script::new([throttle.clone()]);
    let begun = Instant::now();
    script
        .ecs()
        .list_tasks(ListTasksRequest::default())
        .max_attempts(6)
        .await
        .unwrap_err();
    let waited = begun.elapsed();
    assert!(
        waited > Duration::from_secs(1) && waited < Duration::from_secs(1 + 2 + 4 + 8 + 16),
        "{waited:?}"
    );
    let script = Script::new([throttle.with_header("retry-after", "7"), Step::ok("{}")]);
    let begun = Instant::now();
    script
        .ecs()
        .list_tasks(ListTasksRequest::default())
        .await
        .unwrap();
    assert_eq!(begun.elapsed().as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_outlasts_the_call_ends_it_with_what_went_wrong() {
    let script =
        Script::new([Step::error(400, "ThrottlingException", "").with_header("retry-after", "60")]);
    let begun = Instant::now();
    let error = script
        .ecs()
        .list_tasks(ListTasksRequest::default())
        .timeout(Duration::from_secs(5))
        .await
        .unwrap_err();
    assert!(error.is_throttle());
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn retry_tokens_run_out_for_a_client_that_only_fails() {
    let script = Script::new([Step::error(500, "ServerException", "")]);
    let ecs = script.ecs();
    for _ in 0..60 {
        ecs.list_tasks(ListTasksRequest::default())
            .await
            .unwrap_err();
    }
    assert_eq!(script.count(), 60 + 100, "500 tokens, 5 a retry");
}

#[tokio::test(start_paused = true)]
async fn silence_ends_an_attempt_and_then_the_call() {
    let script = Script::new([Step::Hang]);
    let begun = Instant::now();
    let error = script
        .ecs()
        .list_tasks(ListTasksRequest::default())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Timeout(_)));
    assert_eq!(script.count(), 3);
    assert!(begun.elapsed() >= Duration::from_secs(90));
    let begun = Instant::now();
    let error = script
        .ecs()
        .list_tasks(ListTasksRequest::default())
        .timeout(Duration::from_secs(40))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Timeout(_)));
    assert!(begun.elapsed() <= Duration::from_secs(40));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_clock_is_corrected_from_the_answer() {
    let date = "Sat, 21 Nov 2026 12:00:00 GMT";
    let skewed = Step::error(
        403,
        "InvalidSignatureException",
        "Signature expired: 20261121T080000Z is now earlier than 20261121T115500Z",
    )
    .with_header("date", date);
    let script = Script::new([skewed.clone(), Step::ok("{}")]);
    let clock = WallClock::new(|| SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_248_000));
    let ecs = Client::new(&script.config().wall_clock(clock)).unwrap();
    let begun = Instant::now();
    ecs.start_task(start_task()).await.unwrap();
    assert_eq!(
        begun.elapsed(),
        Duration::ZERO,
        "there is nothing to wait for"
    );
    assert_eq!(script.header(0, "x-amz-date"), "20261121T080000Z");
    assert_eq!(script.header(1, "x-amz-date"), "20261121T120000Z");
    ecs.list_tasks(ListTasksRequest::default()).await.unwrap();
    assert_eq!(
        script.header(2, "x-amz-date"),
        "20261121T120000Z",
        "the correction is kept"
    );

    let script = Script::new([skewed]);
    let error = script
        .ecs()
        .list_tasks(ListTasksRequest::default())
        .await
        .unwrap_err();
    assert_eq!(
        (script.count(), error.code()),
        (2, Some("InvalidSignatureException"))
    );
}

/// Numbers its credentials.
#[derive(Debug, Default, Clone)]
struct Counting(Arc<AtomicU32>);

impl ProvideCredentials for Counting {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let n = self.0.fetch_add(1, Ordering::SeqCst);
        future::ProvideCredentials::ready(Ok(Credentials::new(
            format!("AKID{n}"),
            "s",
            None,
            None,
            "test",
        )))
    }
}

#[tokio::test(start_paused = true)]
async fn expired_credentials_are_fetched_anew_once() {
    let expired = Step::error(
        400,
        "ExpiredTokenException",
        "The security token included in the request is expired",
    );
    let script = Script::new([expired.clone(), Step::ok("{}")]);
    let ecs = Client::new(&script.config().credentials(Counting::default())).unwrap();
    ecs.start_task(start_task()).await.unwrap();
    assert!(script.header(0, "authorization").contains("AKID0/"));
    assert!(script.header(1, "authorization").contains("AKID1/"));

    let script = Script::new([expired]);
    let ecs = Client::new(&script.config().credentials(Counting::default())).unwrap();
    let error = ecs
        .list_tasks(ListTasksRequest::default())
        .await
        .unwrap_err();
    assert_eq!(
        (script.count(), error.code()),
        (2, Some("ExpiredTokenException"))
    );
}

#[tokio::test]
async fn attempts_are_set_in_code_environment_and_call() {
    let script = Script::new([Step::Fail(Connect)]);
    let from_env = Config::from_vars([
        ("AWS_MAX_ATTEMPTS", "1"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "b"),
    ]);
    let ecs = Client::new(&from_env.unwrap().transport(script.clone())).unwrap();
    let error = ecs
        .list_tasks(ListTasksRequest::default())
        .await
        .unwrap_err();
    assert_eq!((script.count(), error.attempts()), (1, 1));
    tokio::time::pause();
    ecs.list_tasks(ListTasksRequest::default())
        .max_attempts(4)
        .await
        .unwrap_err();
    assert_eq!(script.count(), 5);
}

#[tokio::test(start_paused = true)]
async fn times_beyond_all_time_are_no_panic() {
    let long = u64::MAX.to_string();
    for header in ["retry-after", "x-amz-retry-after"] {
        let throttle = Step::error(400, "ThrottlingException", "").with_header(header, &long);
        let script = Script::new([throttle, Step::ok("{}")]);
        let ecs = script.ecs();
        let error = ecs.list_tasks(ListTasksRequest::default()).await;
        assert!(error.unwrap_err().is_throttle());
        let call = ecs.list_tasks(ListTasksRequest::default());
        call.timeout(Duration::MAX)
            .attempt_timeout(Duration::MAX)
            .await
            .unwrap();
    }
    let mut retries = longshore::retry::RetrySettings::default();
    (retries.base_delay, retries.max_delay) = (Duration::MAX, Duration::MAX);
    let script = Script::new([Step::error(500, "ServerException", ""), Step::ok("{}")]);
    let config = script.config().retries(retries).call_timeout(Duration::MAX);
    let ecs = Client::new(&config.attempt_timeout(Duration::MAX)).unwrap();
    ecs.list_tasks(ListTasksRequest::default()).await.unwrap();
    assert_eq!(script.count(), 2);
}

//! Faults on demand.

use std::time::Duration;

use longshore::ecs::{Client, DescribeTasksRequest, ListClustersRequest};
use longshore::simulator::{Fault, Simulator};
use longshore::transport::TransportErrorKind;
use longshore::{Error, ecs::ListTasksRequest};
use tokio::time::Instant;

use crate::{client, launched, on_fargate, refusal, sleep, steady};

async fn clusters(ecs: &Client) -> Result<usize, Error> {
    Ok(ecs
        .list_clusters(ListClustersRequest::default())
        .await?
        .cluster_arns
        .len())
}

fn lost(error: &Error) -> bool {
    matches!(error, Error::Transport(error) if error.cause.kind == TransportErrorKind::Lost)
}

#[tokio::test(start_paused = true)]
async fn resets_before_and_after() {
    let simulator = steady();
    let ecs = client(&simulator);
    simulator.inject(Fault::reset_before().on("RunTask"));
    let request = on_fargate("sleep360-fargate").client_token("t");
    assert!(lost(&ecs.run_task(request.clone()).await.unwrap_err()));
    assert!(simulator.tasks().is_empty());
    simulator.inject(Fault::reset_after().on("RunTask"));
    assert!(lost(&ecs.run_task(request.clone()).await.unwrap_err()));
    assert_eq!(simulator.tasks().len(), 1);
    launched(&ecs, request).await;
    assert_eq!(simulator.tasks().len(), 1);
    let seen: Vec<_> = simulator
        .requests()
        .iter()
        .map(|seen| (seen.status, seen.carried_out))
        .collect();
    assert_eq!(seen, [(None, false), (None, true), (Some(200), true)]);
}

/// Two answers to one RunTask are lost after the service has acted.
fn lossy() -> Simulator {
    let simulator = steady();
    simulator.inject(Fault::reset_after().on("RunTask"));
    simulator.inject(Fault::status_after().on("RunTask"));
    simulator
}

fn started_once(simulator: &Simulator) {
    assert_eq!(simulator.tasks().len(), 1);
    assert_eq!(simulator.count("RunTask"), 3);
    let tokens: Vec<_> = simulator
        .requests()
        .iter()
        .map(|seen| seen.body["clientToken"].clone())
        .collect();
    assert!(
        tokens
            .iter()
            .all(|token| *token == tokens[0] && token.is_string()),
        "{tokens:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_with_retries_starts_nothing_twice() {
    let simulator = lossy();
    let ecs = Client::new(&simulator.config()).unwrap();
    launched(&ecs, on_fargate("sleep360-fargate")).await;
    started_once(&simulator);
}

#[tokio::test(start_paused = true)]
async fn nor_does_a_call_with_details() {
    let simulator = lossy();
    let ecs = Client::new(&simulator.config()).unwrap();
    ecs.run_task(on_fargate("sleep360-fargate"))
        .detailed()
        .await
        .unwrap();
    started_once(&simulator);
}

#[tokio::test(start_paused = true)]
async fn errors_of_all_kinds() {
    let simulator = steady();
    let ecs = client(&simulator);
    simulator.inject(Fault::status(503));
    let error = clusters(&ecs).await.unwrap_err();
    assert_eq!(
        (error.status(), error.code()),
        (Some(503), Some("ServerException"))
    );
    simulator.inject(Fault::throttle());
    assert!(clusters(&ecs).await.unwrap_err().is_throttle());
    simulator.inject(Fault::hidden_throttle());
    let error = clusters(&ecs).await.unwrap_err();
    assert!(error.is_throttle());
    assert_eq!(error.code(), Some("InvalidParameterException"));
    // Once would be mended by fresh credentials.
    simulator.inject(Fault::expired_token().times(2));
    assert_eq!(refusal(clusters(&ecs).await).0, "ExpiredTokenException");
    simulator.inject(Fault::error("BlockedException", "Your account is blocked."));
    assert!(matches!(
        clusters(&ecs).await.unwrap_err(),
        Error::Blocked(_)
    ));
    simulator.inject(Fault::cut_body());
    assert!(lost(&clusters(&ecs).await.unwrap_err()));
    simulator.inject(Fault::truncated_body());
    assert!(matches!(
        clusters(&ecs).await.unwrap_err(),
        Error::Decode(_)
    ));
    assert_eq!(clusters(&ecs).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn slow_answers() {
    let simulator = steady();
    let ecs = client(&simulator);
    simulator.inject(Fault::slow(Duration::from_secs(7)));
    let begin = Instant::now();
    clusters(&ecs).await.unwrap();
    assert_eq!(begin.elapsed(), Duration::from_secs(7));
    // Too slow for the client, although the service has acted.
    simulator.inject(Fault::slow(Duration::from_secs(31)).on("RunTask"));
    assert!(matches!(
        ecs.run_task(on_fargate("sleep360-fargate"))
            .await
            .unwrap_err(),
        Error::Timeout(_)
    ));
    assert_eq!(simulator.tasks().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn clocks_that_differ() {
    for fault in [
        Fault::clock_ahead(Duration::from_secs(3600)),
        Fault::clock_behind(Duration::from_secs(3600)),
    ] {
        let simulator = steady();
        simulator.inject(fault.always());
        let ecs = Client::new(&simulator.config()).unwrap();
        assert_eq!(clusters(&ecs).await.unwrap(), 1);
        let statuses: Vec<_> = simulator.requests().iter().map(|r| r.status).collect();
        assert_eq!(statuses, [Some(400), Some(200)], "refused, then corrected");
        simulator.clear_requests();
        clusters(&ecs).await.unwrap();
        assert_eq!(simulator.requests().len(), 1, "the correction is kept");
        simulator.clear_faults();
        assert_eq!(clusters(&client(&simulator)).await.unwrap(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn bound_to_an_operation_and_a_number() {
    let simulator = steady();
    let ecs = client(&simulator);
    simulator.inject(Fault::status(500).on("ListTasks").after(1).times(2));
    let mut tasks = Vec::new();
    for _ in 0..4 {
        assert!(clusters(&ecs).await.is_ok());
        tasks.push(ecs.list_tasks(ListTasksRequest::default()).await.is_ok());
    }
    assert_eq!(tasks, [true, false, false, true]);
}

#[tokio::test(start_paused = true)]
async fn repeatable_by_seed() {
    async fn story(seed: u64) -> Vec<bool> {
        let simulator = Simulator::builder().seed(seed).throttling(false).build();
        let ecs = client(&simulator);
        simulator.inject(Fault::reset_before().probability(0.3));
        let mut answers = Vec::new();
        for _ in 0..100 {
            answers.push(clusters(&ecs).await.is_ok());
        }
        answers
    }
    let first = story(7).await;
    assert_eq!(story(7).await, first);
    assert_ne!(story(8).await, first);
    let lost = first.iter().filter(|answered| !**answered).count();
    assert!((15..45).contains(&lost), "{lost}");
}

#[tokio::test(start_paused = true)]
async fn headers_that_every_answer_has() {
    use longshore::transport::Transport as _;
    let simulator = steady();
    let request = http::Request::post("https://ecs.us-east-1.amazonaws.com/")
        .body(bytes::Bytes::new())
        .unwrap();
    let first = simulator.transport().send(request.clone()).await.unwrap();
    let second = simulator.transport().send(request).await.unwrap();
    let header = |answer: &http::Response<bytes::Bytes>, name: &str| {
        answer.headers()[name].to_str().unwrap().to_owned()
    };
    assert_eq!(header(&first, "content-type"), "application/x-amz-json-1.1");
    assert_eq!(header(&first, "x-amzn-requestid").len(), 36);
    assert_ne!(
        header(&first, "x-amzn-requestid"),
        header(&second, "x-amzn-requestid")
    );
    assert!(header(&first, "date").ends_with(" GMT"));
    let body: serde_json::Value = serde_json::from_slice(first.body()).unwrap();
    assert_eq!(body["__type"], "MissingAuthenticationTokenException");
    assert!(body["message"].is_string());
    assert_eq!(simulator.requests()[0].operation, "");
}

#[tokio::test(start_paused = true)]
async fn secrets_do_not_show_in_the_journal() {
    let simulator = Simulator::builder().session_token("hunter2").build();
    let ecs = client(&simulator);
    clusters(&ecs).await.unwrap();
    let missing = ecs
        .describe_tasks(DescribeTasksRequest::new(["x"]))
        .await
        .unwrap();
    assert_eq!(missing.failures.len(), 1);
    sleep(1.0).await;
    let requests = simulator.requests();
    let shown = format!("{requests:?} {simulator:?}");
    assert!(
        !shown.contains("hunter2") && !shown.contains("Signature="),
        "{shown}"
    );
    assert_eq!(requests[0].header("x-amz-security-token"), Some("hunter2"));
}

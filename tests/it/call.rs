//! What goes over the wire for a call, and what comes back.

use std::time::Duration;

use longshore::Error;
use longshore::ecs::{
    ContainerOverride, DescribeTasksRequest, KeyValuePair, LaunchType, RunTaskRequest,
    StopTaskRequest, TaskOverride, TaskStatus,
};
use serde_json::json;

use crate::support::{Script, Step};

#[tokio::test]
async fn a_call_is_what_botocore_sends() {
    let script = Script::new([Step::ok("{}")]);
    let request = RunTaskRequest::new("sleep360:1")
        .cluster("default")
        .count(2)
        .launch_type(LaunchType::Fargate)
        .overrides(
            TaskOverride::default().container_overrides([ContainerOverride::default()
                .name("main")
                .environment([KeyValuePair::default().name("A").value("1")])]),
        );
    script.ecs().run_task(request).await.unwrap();
    assert_eq!(script.uri(0), "https://ecs.eu-central-1.amazonaws.com/");
    assert_eq!(
        script.header(0, "x-amz-target"),
        "AmazonEC2ContainerServiceV20141113.RunTask"
    );
    assert_eq!(
        script.header(0, "content-type"),
        "application/x-amz-json-1.1"
    );
    assert_eq!(script.header(0, "amz-sdk-request"), "attempt=1; max=3");
    assert_eq!(script.header(0, "amz-sdk-invocation-id").len(), 36);
    assert!(script.header(0, "user-agent").starts_with("longshore/"));
    let authorization = script.header(0, "authorization");
    assert!(
        authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKID/"),
        "{authorization}"
    );
    assert!(
        authorization.contains("/eu-central-1/ecs/aws4_request"),
        "{authorization}"
    );
    assert!(
        authorization.contains("content-type;host;x-amz-date;x-amz-target"),
        "{authorization}"
    );
    let body = script.body(0);
    let token = body["clientToken"].as_str().unwrap().to_owned();
    assert_eq!(token.len(), 36);
    assert_eq!(
        body,
        json!({
            "taskDefinition": "sleep360:1",
            "cluster": "default",
            "count": 2,
            "launchType": "FARGATE",
            "overrides": { "containerOverrides": [{ "name": "main", "environment": [{ "name": "A", "value": "1" }] }] },
            "clientToken": token,
        })
    );
}

#[tokio::test]
async fn a_token_of_ones_own_is_kept() {
    let script = Script::new([Step::ok("{}")]);
    let ecs = script.ecs();
    ecs.run_task(RunTaskRequest::new("a").client_token("mine"))
        .await
        .unwrap();
    assert_eq!(script.body(0)["clientToken"], "mine");
    let request = ecs.run_task(RunTaskRequest::new("a")).into_request();
    assert!(
        request.client_token.is_some(),
        "it can be kept before it is sent"
    );
}

#[tokio::test]
async fn an_answer_is_typed_and_lenient() {
    let answer = json!({
        "tasks": [{ "taskArn": "arn:1", "lastStatus": "HIBERNATING", "version": 3, "createdAt": 1.5e9, "new": {} }],
        "failures": null,
    });
    let script = Script::new([Step::ok(answer.to_string())]);
    let detailed = script
        .ecs()
        .describe_tasks(DescribeTasksRequest::new(["1"]))
        .detailed()
        .await
        .unwrap();
    assert_eq!(detailed.request_id.as_deref(), Some("req-1"));
    assert_eq!(detailed.attempts, 1);
    let task = &detailed.response.tasks[0];
    assert_eq!(task.task_arn, "arn:1");
    assert_eq!(task.last_status, TaskStatus::Unknown("HIBERNATING".into()));
    assert_eq!(task.version, 3);
    assert_eq!(
        task.cluster_arn, "",
        "what is always sent is plain, and empty if it was not"
    );
    assert!(detailed.response.failures.is_empty());
}

#[tokio::test]
async fn an_empty_answer_is_an_object_without_members() {
    let script = Script::new([Step::ok("")]);
    assert_eq!(
        script
            .ecs()
            .stop_task(StopTaskRequest::new("t"))
            .await
            .unwrap(),
        Default::default()
    );
}

#[tokio::test]
async fn operations_newer_than_the_model_are_called_by_name() {
    let script = Script::new([Step::ok(r#"{"answer":42}"#)]);
    let answer = script
        .ecs()
        .call_by_name("AnswerEverything", json!({ "question": "?" }))
        .await
        .unwrap();
    assert_eq!(answer, json!({ "answer": 42 }));
    assert_eq!(
        script.header(0, "x-amz-target"),
        "AmazonEC2ContainerServiceV20141113.AnswerEverything"
    );
    for (name, input) in [
        ("", json!({})),
        ("Run Task", json!({})),
        ("X\r\nEvil: 1", json!({})),
        ("RunTask", json!([])),
    ] {
        let error = script.ecs().call_by_name(name, input).await.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(_)), "{error}");
    }
    assert_eq!(script.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn quotas_pace_a_client_and_can_be_turned_off() {
    let script = Script::new([Step::ok("{}")]);
    let ecs = script.ecs();
    let begun = tokio::time::Instant::now();
    for _ in 0..140 {
        ecs.describe_tasks(DescribeTasksRequest::new(["1"]))
            .await
            .unwrap();
    }
    assert_eq!(
        begun.elapsed().as_secs(),
        2,
        "100 at once, then 20 a second"
    );
    let unpaced =
        longshore::ecs::Client::new(&script.config().pacing(longshore::pacing::Pacing::off()))
            .unwrap();
    let begun = tokio::time::Instant::now();
    for _ in 0..1000 {
        unpaced
            .describe_tasks(DescribeTasksRequest::new(["1"]))
            .await
            .unwrap();
    }
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

//! Payloads of other origin parse into the same types.

use longshore::ecs::{RunTaskRequest, Task, TaskStatus};
use longshore::wire::Timestamp;

#[test]
fn an_eventbridge_detail_is_a_task() {
    let detail = serde_json::json!({
        "taskArn": "arn:aws:ecs:eu-central-1:1:task/default/abc",
        "clusterArn": "arn:aws:ecs:eu-central-1:1:cluster/default",
        "lastStatus": "STOPPED",
        "desiredStatus": "STOPPED",
        "stoppedAt": "2026-03-01T10:00:30.5Z",
        "stopCode": "EssentialContainerExited",
        "version": 6,
        "containers": [{ "name": "main", "exitCode": 0, "lastStatus": "STOPPED" }],
        "updatedAt": "2026-03-01T10:00:31Z",
    });
    let task: Task = serde_json::from_value(detail).unwrap();
    assert_eq!(task.last_status, TaskStatus::Stopped);
    assert_eq!(
        task.stopped_at,
        Some("2026-03-01T10:00:30.5Z".parse::<Timestamp>().unwrap())
    );
    assert_eq!(task.containers[0].exit_code, Some(0));
    let again: Task = serde_json::from_str(&serde_json::to_string(&task).unwrap()).unwrap();
    assert_eq!(again, task);
}

#[test]
fn cli_input_json_is_a_request() {
    let request: RunTaskRequest = serde_json::from_str(
        r#"{ "taskDefinition": "a:1", "launchType": "FARGATE", "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["s-1"] } } }"#,
    )
    .unwrap();
    let subnets = request
        .network_configuration
        .unwrap()
        .awsvpc_configuration
        .unwrap()
        .subnets;
    assert_eq!(subnets, ["s-1"]);
}

#[test]
fn secrets_of_a_request_do_not_show() {
    let request: RunTaskRequest = serde_json::from_str(
        r#"{ "taskDefinition": "a:1", "overrides": { "containerOverrides": [{ "name": "m", "environment": [{ "name": "P", "value": "hunter2" }] }] } }"#,
    )
    .unwrap();
    let shown = format!("{request:?}");
    assert!(
        !shown.contains("hunter2") && shown.contains("redacted"),
        "{shown}"
    );
    assert!(serde_json::to_string(&request).unwrap().contains("hunter2"));
}

#[cfg(feature = "chrono")]
#[test]
fn timestamps_are_chronos() {
    let at: Timestamp = "2026-03-01T10:00:30.5Z".parse().unwrap();
    let theirs: chrono::DateTime<chrono::Utc> = at.into();
    assert_eq!(theirs.timestamp_micros(), 1_772_359_230_500_000);
    assert_eq!(Timestamp::from(theirs), at);
}

#[cfg(feature = "jiff")]
#[test]
fn timestamps_are_jiffs() {
    let at: Timestamp = "2026-03-01T10:00:30.5Z".parse().unwrap();
    let theirs: jiff::Timestamp = at.try_into().unwrap();
    assert_eq!(theirs.as_microsecond(), 1_772_359_230_500_000);
    assert_eq!(Timestamp::from(theirs), at);
    assert!(jiff::Timestamp::try_from(Timestamp::from_secs(i64::MAX)).is_err());
}

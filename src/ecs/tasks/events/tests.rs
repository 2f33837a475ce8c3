use super::*;
use crate::ecs::TaskStatus;

fn event(source: &str, detail_type: &str, detail: &str) -> String {
    format!(
        r#"{{"version":"0","id":"e1","detail-type":"{detail_type}","source":"{source}",
        "account":"1","time":"2026-11-21T10:00:00Z","region":"us-east-1","resources":[],
        "detail":{detail}}}"#
    )
}

const TASK: &str = r#"{"taskArn":"arn:aws:ecs:us-east-1:1:task/jobs/0a","lastStatus":"STOPPED",
    "version":7,"stoppedAt":"2026-11-21T09:59:58.5Z","containers":[{"name":"main","exitCode":3}],
    "somethingNew":{"a":[1]}}"#;

#[test]
fn a_change_of_a_task() {
    let text = event(SOURCE, DETAIL_TYPE, TASK);
    let change = TaskStateChange::parse(&text).unwrap();
    assert_eq!(change.task.last_status, TaskStatus::Stopped);
    assert_eq!(change.task.containers[0].exit_code, Some(3));
    let stopped_at = change.task.stopped_at.unwrap();
    assert_eq!(stopped_at.to_string(), "2026-11-21T09:59:58.5Z");
    assert_eq!(change.time.unwrap().to_string(), "2026-11-21T10:00:00Z");
    assert_eq!((&*change.id, &*change.region), ("e1", "us-east-1"));

    let wrapped = serde_json::json!({"Type": "Notification", "MessageId": "m", "Message": text});
    assert_eq!(TaskStateChange::parse(&wrapped.to_string()), Ok(change));
}

#[test]
fn everything_else() {
    let long = "x".repeat(500);
    let cases = [
        (
            event("aws.ecs", "ECS Deployment State Change", "{}"),
            "an event of aws.ecs: ECS Deployment State Change".to_owned(),
        ),
        (
            event(SOURCE, DETAIL_TYPE, "{}"),
            "no event: its detail has no taskArn; it begins `{\"version\":\"0\",\"id\":\"e1\",\
             \"detail-type\":\"ECS Task State Change\",\"source\":\"aws.ecs`"
                .to_owned(),
        ),
        (
            "{}".to_owned(),
            "no event: it has neither source nor detail-type; it begins `{}`".to_owned(),
        ),
        (
            "hello\nworld".to_owned(),
            "no event: expected value at line 1 column 1; it begins `hello world`".to_owned(),
        ),
        (
            long.clone(),
            format!(
                "no event: expected value at line 1 column 1; it begins `{}`",
                &long[..80]
            ),
        ),
        (
            r#"{"source":"aws.ecs","detail-type":"ECS Task State Change"}"#.to_owned(),
            "no event: it has no detail; it begins `{\"source\":\"aws.ecs\",\"detail-type\":\"ECS \
             Task State Change\"}`"
                .to_owned(),
        ),
    ];
    for (text, expected) in cases {
        let error = TaskStateChange::parse(&text).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

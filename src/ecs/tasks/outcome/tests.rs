//! Outcomes of tasks: what decides, and what is said.

mod start_failures;
mod stops;

use serde_json::{Value, json};

use super::{Obstacle, Outcome, OutcomeKind, StartFailure};
use crate::ecs::Task;

/// A container's name, exit code and reason.
type Ended<'a> = (&'a str, Option<i32>, &'a str);

/// A stopped task as an answer has it. Empty text stands for a member that is not there.
fn stopped(code: &str, reason: &str, containers: &[Ended<'_>]) -> Value {
    let containers: Vec<Value> = containers
        .iter()
        .map(|(name, exit_code, reason)| {
            let mut one = json!({ "name": name, "lastStatus": "STOPPED" });
            if let Some(code) = exit_code {
                one["exitCode"] = json!(code);
            }
            if !reason.is_empty() {
                one["reason"] = json!(reason);
            }
            one
        })
        .collect();
    let mut task = json!({
        "taskArn": "arn:aws:ecs:eu-west-1:123456789012:task/jobs/0123abcd",
        "taskDefinitionArn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/main:7",
        "lastStatus": "STOPPED",
        "desiredStatus": "STOPPED",
        "containers": containers,
    });
    if !code.is_empty() {
        task["stopCode"] = json!(code);
    }
    if !reason.is_empty() {
        task["stoppedReason"] = json!(reason);
    }
    task
}

fn task(value: Value) -> Task {
    serde_json::from_value(value).unwrap()
}

fn outcome(value: Value) -> Outcome {
    Outcome::of(task(value)).unwrap()
}

fn exited(container: &str, code: i32) -> OutcomeKind {
    OutcomeKind::Exited {
        container: container.to_owned(),
        code,
    }
}

fn out_of_memory(container: &str) -> OutcomeKind {
    OutcomeKind::OutOfMemory {
        container: Some(container.to_owned()),
    }
}

const EXITED: &str = "EssentialContainerExited";
const EXITED_REASON: &str = "Essential container in task exited";

#[test]
fn a_task_that_has_not_stopped_has_no_outcome() {
    for status in ["RUNNING", "STOPPING", "DEPROVISIONING", "SOMETHING_NEW"] {
        let mut value = stopped("SpotInterruption", "Your Spot Task was interrupted.", &[]);
        value["lastStatus"] = json!(status);
        assert_eq!(Outcome::of(task(value)), None, "{status}");
    }
}

#[test]
fn the_programs_own_knowledge_goes_before_the_rules() {
    let value = stopped(
        EXITED,
        EXITED_REASON,
        &[("app", Some(137), ""), ("proxy", Some(0), "")],
    );
    assert_eq!(outcome(value.clone()).kind, exited("proxy", 0));
    let known = |names: &[&str]| {
        Outcome::of_essential(task(value.clone()), names.iter().copied())
            .unwrap()
            .kind
    };
    assert_eq!(known(&["app"]), exited("app", 137));
    assert_eq!(known(&["proxy"]), exited("proxy", 0));
    assert_eq!(known(&["no such one"]), exited("proxy", 0));
}

#[test]
fn the_container_that_was_given_a_command_decides() {
    let of = |app: i32, proxy: i32| {
        let mut value = stopped(
            EXITED,
            EXITED_REASON,
            &[("proxy", Some(proxy), ""), ("app", Some(app), "")],
        );
        value["overrides"] = json!({ "containerOverrides": [
            { "name": "proxy" },
            { "name": "app", "command": ["work"] },
        ]});
        outcome(value).kind
    };
    assert_eq!(of(0, 1), exited("app", 0));
    assert_eq!(of(3, 1), exited("app", 3));
    assert_eq!(of(137, 0), exited("app", 137));
    // It was told to stop, for the other one had failed.
    assert_eq!(of(143, 1), exited("proxy", 1));
}

#[test]
fn a_long_wait_without_a_place_is_want_of_capacity() {
    let of = |seconds: i64, more: Value| {
        let mut value = stopped("TaskFailedToStart", "Task failed to start", &[]);
        value["createdAt"] = json!(1_700_000_000);
        value["stoppedAt"] = json!(1_700_000_000 + seconds);
        for (name, member) in more.as_object().unwrap() {
            value[name] = member.clone();
        }
        outcome(value)
    };
    let waited = of(30 * 60, json!({}));
    let capacity = OutcomeKind::FailedToStart {
        cause: StartFailure::Capacity,
    };
    assert_eq!(waited.kind, capacity);
    assert!(waited.is_retryable());
    assert_eq!(
        waited.to_string(),
        "task 0123abcd (main:7) did not start: no capacity: Task failed to start"
    );
    let other = OutcomeKind::FailedToStart {
        cause: StartFailure::Other("Task failed to start".to_owned()),
    };
    assert_eq!(of(60, json!({})).kind, other);
    let pulled = of(30 * 60, json!({ "pullStartedAt": 1_700_000_100 }));
    assert_eq!(pulled.kind, other);
}

#[test]
fn an_event_is_judged_as_an_answer_is() {
    let event = json!({
        "clusterArn": "arn:aws:ecs:us-west-2:111122223333:cluster/FargateCluster",
        "containers": [{
            "containerArn": "arn:aws:ecs:us-west-2:111122223333:container/a7c1",
            "exitCode": 1,
            "lastStatus": "STOPPED",
            "name": "FargateApp",
            "taskArn": "arn:aws:ecs:us-west-2:111122223333:task/FargateCluster/c13b",
            "networkInterfaces": [],
            "cpu": "0",
        }],
        "createdAt": "2020-01-23T17:57:34.402Z",
        "desiredStatus": "STOPPED",
        "lastStatus": "STOPPED",
        "stopCode": "EssentialContainerExited",
        "stoppedReason": "Essential container in task exited",
        "stoppedAt": "2020-01-23T17:58:34.402Z",
        "taskArn": "arn:aws:ecs:us-west-2:111122223333:task/FargateCluster/c13b",
        "taskDefinitionArn": "arn:aws:ecs:us-west-2:111122223333:task-definition/sample:4",
        "updatedAt": "2020-01-23T17:58:38.449Z",
        "version": 4,
    });
    let outcome = outcome(event);
    assert_eq!(outcome.kind, exited("FargateApp", 1));
    assert_eq!(
        outcome.to_string(),
        "task c13b (sample:4) exited with code 1 in container FargateApp: \
         Essential container in task exited"
    );
}

#[test]
fn an_expired_task_tells_what_it_can() {
    let mut value = stopped(EXITED, EXITED_REASON, &[("app", Some(0), "")]);
    assert_eq!(
        Outcome::expired(task(value.clone())).kind,
        exited("app", 0),
        "it was seen stopped"
    );
    value["lastStatus"] = json!("RUNNING");
    let outcome = Outcome::expired(task(value));
    assert_eq!(outcome.kind, OutcomeKind::Expired);
    assert!(!outcome.is_success() && !outcome.is_retryable());
    assert_eq!(
        outcome.to_string(),
        "task 0123abcd (main:7) ended unseen: ECS forgets a stopped task after about an hour; \
         it was last seen RUNNING"
    );
}

#[test]
fn the_one_line() {
    let cases: &[(&str, &str, &[Ended<'_>], &str)] = &[
        (
            EXITED,
            EXITED_REASON,
            &[("app", Some(1), "")],
            "exited with code 1 in container app: Essential container in task exited",
        ),
        (
            EXITED,
            EXITED_REASON,
            &[("app", Some(137), "")],
            "exited with code 137 (SIGKILL) in container app: Essential container in task exited",
        ),
        (
            EXITED,
            "",
            &[("app", Some(0), "")],
            "exited with code 0 in container app",
        ),
        (
            EXITED,
            EXITED_REASON,
            &[(
                "app",
                Some(0),
                "OutOfMemoryError: Container killed due to memory usage",
            )],
            "ran out of memory in container app: OutOfMemoryError: Container killed due to memory \
             usage",
        ),
        (
            "SpotInterruption",
            "Your Spot Task was interrupted.",
            &[("app", Some(143), "")],
            "lost its Spot capacity: Your Spot Task was interrupted.",
        ),
        (
            "UserInitiated",
            "Task stopped\nby user",
            &[("app", Some(143), "")],
            "was stopped on request: Task stopped by user",
        ),
        (
            "ServiceSchedulerInitiated",
            "Scaling activity initiated by (deployment ecs-svc/1637086347952626779)",
            &[("app", Some(0), "")],
            "was stopped by its service: Scaling activity initiated by (deployment \
             ecs-svc/1637086347952626779)",
        ),
        (
            "TerminationNotice",
            "Host EC2 (instance i-03dba81187d65ce7e) terminated.",
            &[],
            "lost its host: Host EC2 (instance i-03dba81187d65ce7e) terminated.",
        ),
        (
            "TaskFailedToStart",
            "Task failed to start",
            &[("app", None, "CannotPullContainerError: API error (404)")],
            "did not start: image not found: CannotPullContainerError: API error (404)",
        ),
        (
            "TaskFailedToStart",
            "Something else",
            &[],
            "did not start: Something else",
        ),
        (
            "TaskFailedToStart",
            "",
            &[],
            "did not start: ECS does not tell why",
        ),
        ("", "", &[], "stopped, and ECS does not tell why"),
        (
            "QuotaExceeded",
            "Too much of it",
            &[("app", Some(143), "")],
            "stopped, and ECS does not tell why (exit code 143 (SIGTERM)): Too much of it",
        ),
    ];
    for (code, reason, containers, line) in cases {
        let outcome = outcome(stopped(code, reason, containers));
        assert_eq!(
            outcome.to_string(),
            format!("task 0123abcd (main:7) {line}")
        );
    }
    let nameless = Outcome::of(task(json!({ "lastStatus": "STOPPED" }))).unwrap();
    assert_eq!(
        nameless.to_string(),
        "the task stopped, and ECS does not tell why"
    );
}

#[test]
fn what_can_be_asked() {
    let outcome = outcome(stopped(
        "UserInitiated",
        " ",
        &[("proxy", Some(0), ""), ("app", Some(143), "")],
    ));
    assert_eq!(outcome.exit_code(), Some(143));
    assert_eq!(outcome.stopped_reason(), None);
    assert_eq!(outcome.task().containers.len(), 2);
    assert!(!outcome.is_success() && !outcome.is_retryable());
}

#[test]
fn each_cause_has_a_line_and_a_verdict_on_retries() {
    use Obstacle as O;
    use StartFailure as S;
    let cases = [
        (S::ImagePull(O::NotFound), false, "image not found"),
        (
            S::ImagePull(O::NoPermission),
            false,
            "no permission for the image",
        ),
        (
            S::ImagePull(O::RateLimited),
            true,
            "too many requests for the image",
        ),
        (
            S::ImagePull(O::Unreachable),
            true,
            "no answer in time for the image",
        ),
        (
            S::ImagePull(O::NoSpace),
            false,
            "no disk space for the image",
        ),
        (S::ImagePull(O::Other), false, "image not available"),
        (
            S::PlatformMismatch,
            false,
            "the image is for another platform",
        ),
        (
            S::Secrets(O::NoPermission),
            false,
            "no permission for the secret or registry login",
        ),
        (S::Logging(O::NotFound), false, "log destination not found"),
        (
            S::Volume(O::Unreachable),
            true,
            "no answer in time for the volume",
        ),
        (
            S::NetworkInterface(O::Other),
            true,
            "network interface not available",
        ),
        (
            S::NetworkInterface(O::NoPermission),
            false,
            "no permission for the network interface",
        ),
        (S::Resources(O::Other), false, "resource not available"),
        (S::Role, false, "ECS may not assume the task's role"),
        (S::Capacity, true, "no capacity"),
        (
            S::Agent,
            true,
            "the container instance's agent is not connected",
        ),
        (S::ContainerStart, false, "the container cannot be started"),
        (
            S::RuntimeTimeout,
            true,
            "the container runtime took too long",
        ),
        (S::DockerTimeout, true, "Docker took too long"),
        (S::OutOfMemory, false, "too little memory"),
        (S::Internal, true, "a fault inside ECS"),
        (S::Other("so".to_owned()), false, "so"),
    ];
    for (cause, retryable, line) in cases {
        assert_eq!(cause.to_string(), line);
        assert_eq!(cause.is_retryable(), retryable, "{line}");
    }
}

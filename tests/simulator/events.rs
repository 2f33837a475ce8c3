//! Changes of tasks as EventBridge tells them.

use std::time::Duration;

use longshore::ecs::StopTaskRequest;
use longshore::simulator::{Behavior, Simulator};
use serde_json::Value;

use crate::{client, launched, on_fargate, sleep, steady};

const FAMILY: &str = "sleep360-fargate";

fn events(simulator: &Simulator, url: &str) -> Vec<Value> {
    let texts = simulator.messages(url);
    let read = |text: &String| serde_json::from_str(text).unwrap();
    texts.iter().map(read).collect()
}

/// The statuses that the events tell, last and desired, without repeats.
fn statuses(events: &[Value]) -> Vec<String> {
    let status = |event: &Value| {
        let member = |name: &str| event["detail"][name].as_str().unwrap().to_owned();
        format!("{} {}", member("lastStatus"), member("desiredStatus"))
    };
    let mut statuses: Vec<String> = events.iter().map(status).collect();
    statuses.dedup();
    statuses
}

#[tokio::test(start_paused = true)]
async fn a_life_in_events() {
    let simulator = steady();
    let ecs = client(&simulator);
    let url = simulator.create_queue("task-events");
    simulator.send_task_events_to(&url);
    simulator.behavior(FAMILY, Behavior::exits_after(Duration::from_secs(30), 3));
    let task = launched(&ecs, on_fargate(FAMILY)).await;
    sleep(120.0).await;
    let events = events(&simulator, &url);
    assert_eq!(
        statuses(&events),
        [
            "PROVISIONING RUNNING",
            "PENDING RUNNING",
            "ACTIVATING RUNNING",
            "RUNNING RUNNING",
            "DEACTIVATING STOPPED",
            "STOPPING STOPPED",
            "DEPROVISIONING STOPPED",
            "STOPPED STOPPED",
        ]
    );
    let last = events.last().unwrap();
    for (name, value) in [
        ("version", "0"),
        ("source", "aws.ecs"),
        ("detail-type", "ECS Task State Change"),
        ("region", "us-east-1"),
        ("account", "123456789012"),
    ] {
        assert_eq!(last[name], value);
    }
    assert_eq!(last["resources"][0], *task.task_arn);
    assert_eq!(last["detail"]["taskArn"], *task.task_arn);
    assert_eq!(last["detail"]["containers"][0]["exitCode"], 3);
    assert_eq!(last["detail"]["stopCode"], "EssentialContainerExited");
    // Dates, where the API has numbers; the event's own time is that of the change.
    assert_eq!(last["detail"]["stoppedAt"], last["time"]);
    let date = last["detail"]["createdAt"].as_str().unwrap();
    assert!(date.ends_with('Z') && date.contains('T'), "{date}");
    let ids: std::collections::BTreeSet<_> = events.iter().map(|one| one["id"].as_str()).collect();
    assert_eq!(ids.len(), events.len());
}

#[tokio::test(start_paused = true)]
async fn events_of_tasks_that_were_there_before_and_of_time_that_was_skipped() {
    let simulator = steady();
    let ecs = client(&simulator);
    simulator.behavior(FAMILY, Behavior::runs_forever());
    let first = launched(&ecs, on_fargate(FAMILY)).await;
    let second = launched(&ecs, on_fargate(FAMILY)).await;
    sleep(60.0).await;
    let url = simulator.create_queue("task-events");
    simulator.send_task_events_to(&url);
    assert!(simulator.messages(&url).is_empty());
    for arn in [&first.task_arn, &second.task_arn] {
        ecs.stop_task(StopTaskRequest::new(arn)).await.unwrap();
    }
    simulator.advance(Duration::from_secs(300));
    let events = events(&simulator, &url);
    assert_eq!(statuses(&events)[0], "DEACTIVATING STOPPED");
    let times: Vec<&str> = events
        .iter()
        .map(|event| event["time"].as_str().unwrap())
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    let ended = |event: &&Value| event["detail"]["lastStatus"] == "STOPPED";
    assert_eq!(events.iter().filter(ended).count(), 2);
}

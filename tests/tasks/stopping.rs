//! Stopping a task through its handle.

use longshore::ecs::tasks::{OutcomeKind, TaskError};
use longshore::simulator::{Behavior, Fault};
use tokio::time::Instant;

use super::{client, secs, simulator, start};

#[tokio::test(start_paused = true)]
async fn stop_waits_until_it_has_stopped() {
    let simulator = simulator(1);
    let ecs = client(&simulator);
    let task = start(&simulator, &ecs, Behavior::runs_forever()).await;
    task.running().await.unwrap();
    let outcome = task.stop("no longer needed").await.unwrap();
    assert_eq!(outcome.kind, OutcomeKind::StoppedByUser);
    assert_eq!(outcome.stopped_reason(), Some("no longer needed"));
    assert_eq!(simulator.count("StopTask"), 1);
    // It has stopped already.
    assert_eq!(task.stop("again").await.unwrap(), outcome);
    assert_eq!(simulator.count("StopTask"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stop_is_tried_until_it_is_answered() {
    let simulator = simulator(2);
    let ecs = client(&simulator);
    let task = start(&simulator, &ecs, Behavior::runs_forever()).await;
    simulator.inject(Fault::status(500).on("StopTask").times(10));
    let outcome = task.stop("enough").await.unwrap();
    assert_eq!(outcome.kind, OutcomeKind::StoppedByUser);
    assert_eq!(simulator.count("StopTask"), 11);
}

#[tokio::test(start_paused = true)]
async fn a_refused_stop_is_an_error() {
    let simulator = simulator(3);
    let ecs = client(&simulator);
    let task = start(&simulator, &ecs, Behavior::runs_forever()).await;
    let denied = Fault::error("AccessDeniedException", "not you");
    simulator.inject(denied.on("StopTask"));
    let error = task.stop("enough").await.unwrap_err();
    assert!(matches!(error, TaskError::Call { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_with_its_deadline() {
    let simulator = simulator(4);
    let ecs = client(&simulator);
    let task = start(&simulator, &ecs, Behavior::runs_forever()).await;
    simulator.inject(Fault::status(500).on("StopTask").always());
    let begun = Instant::now();
    let error = task.stop("enough").deadline(secs(30)).await.unwrap_err();
    assert!(begun.elapsed() <= secs(30));
    assert!(matches!(error, TaskError::Call { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_is_unknown_cannot_be_stopped() {
    let simulator = simulator(5);
    let ecs = client(&simulator);
    let task = ecs.watch_id("default", "0a").unwrap();
    let error = task.stop("enough").await.unwrap_err();
    assert!(matches!(error, TaskError::NotFound { .. }), "{error}");
}

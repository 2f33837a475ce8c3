//! What a handle tells, and when.

use std::error::Error as _;
use std::sync::Arc;

use futures_util::StreamExt as _;
use longshore::Error;
use longshore::ecs::tasks::{OutcomeKind, TaskError, WatchSettings};
use longshore::ecs::{Task, TaskStatus};
use longshore::simulator::{Behavior, Fault, Simulator};
use tokio::time::Instant;

use super::{client, on_fargate, secs, simulator, start};

#[tokio::test(start_paused = true)]
async fn running_then_stopped() {
    let simulator = simulator(1);
    let ecs = client(&simulator);
    let task = start(&simulator, &ecs, Behavior::exits_after(secs(100), 3)).await;
    assert_eq!(task.state().status, Some(TaskStatus::Provisioning));
    assert!(task.outcome().is_none());

    let running = task.running().await.unwrap();
    assert_eq!(running.last_status, TaskStatus::Running);
    // PROVISIONING 5 s, PENDING 5 s, ACTIVATING 1 s.
    let late = simulator.elapsed() - secs(11);
    assert!(late <= secs(3), "{late:?}");

    // Asked again, it answers with the task as it is, which is not kept.
    let again = task.running().await.unwrap();
    assert_eq!(again.version, running.version);

    let outcome = task.stopped().await.unwrap();
    assert_eq!(outcome.exit_code(), Some(3));
    let late = simulator.elapsed() - secs(11 + 100 + 1 + 1 + 5);
    assert!(late <= secs(5), "{late:?}");
    assert_eq!(task.outcome(), Some(outcome.clone()));
    assert_eq!(task.stopped().await.unwrap(), outcome);

    // There is nobody to be looked at any more.
    let calls = simulator.count("DescribeTasks");
    tokio::time::sleep(secs(600)).await;
    assert_eq!(simulator.count("DescribeTasks"), calls);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_stops_first_ends_the_wait_for_it_to_run() {
    let simulator = simulator(2);
    let ecs = client(&simulator);
    let reason = "CannotPullContainerError: no such image";
    let task = start(&simulator, &ecs, Behavior::fails_to_start(reason)).await;
    let error = task.running().await.unwrap_err();
    let TaskError::Stopped(outcome) = &error else {
        panic!("{error:?}");
    };
    assert!(matches!(outcome.kind, OutcomeKind::FailedToStart { .. }));
    assert_eq!(error.to_string(), outcome.to_string());
}

#[tokio::test(start_paused = true)]
async fn lag_is_not_loss() {
    let simulator = Simulator::builder().lag(secs(20)).build();
    let ecs = client(&simulator);
    let task = start(&simulator, &ecs, Behavior::exits_after(secs(60), 0)).await;
    // By its ARN alone it is not known at first, and by its id neither.
    let arn = task.arn().to_owned();
    let id = task.id().to_owned();
    drop(task);
    let by_arn = ecs.watch_arn(&arn).unwrap();
    assert_eq!(by_arn.state().status, None);
    assert!(by_arn.stopped().await.unwrap().is_success());
    let by_id = ecs.watch_id("default", &id).unwrap();
    assert!(by_id.stopped().await.unwrap().is_success());
}

#[tokio::test(start_paused = true)]
async fn what_never_was_is_not_found() {
    let simulator = simulator(3);
    let ecs = client(&simulator);
    let task = ecs
        .watch_id("default", "0123456789abcdef0123456789abcdef")
        .unwrap();
    let begun = Instant::now();
    let error = task.running().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "task default/0123456789abcdef0123456789abcdef is not known to ECS: it never was, or it \
         stopped more than an hour ago"
    );
    assert!(begun.elapsed() >= secs(30) && begun.elapsed() <= secs(40));
}

#[tokio::test(start_paused = true)]
async fn what_was_seen_and_is_gone_has_expired() {
    let simulator = simulator(4);
    let ecs = client(&simulator);
    let task = start(&simulator, &ecs, Behavior::exits_after(secs(60), 0)).await;
    task.running().await.unwrap();
    // While nobody can look, it stops, and is forgotten an hour later.
    simulator.advance(secs(2 * 60 * 60));
    let outcome = task.stopped().await.unwrap();
    assert_eq!(outcome.kind, OutcomeKind::Expired);
    assert_eq!(outcome.task.last_status, TaskStatus::Running);
    assert_eq!(outcome.task.task_arn, task.arn());
    assert_eq!(
        outcome.task.group.as_deref(),
        Some("family:sleep360-fargate")
    );
    assert!(outcome.task.started_at.is_some());
}

#[tokio::test(start_paused = true)]
async fn changes_come_in_order_and_end() {
    let simulator = simulator(5);
    let ecs = client(&simulator);
    let task = start(&simulator, &ecs, Behavior::exits_after(secs(30), 0)).await;
    let changes: Vec<Arc<Task>> = task.changes().map(Result::unwrap).collect().await;
    assert!(
        changes
            .windows(2)
            .all(|pair| pair[0].version < pair[1].version)
    );
    let states: Vec<&str> = changes
        .iter()
        .map(|task| task.last_status.as_str())
        .collect();
    assert_eq!(states.first(), Some(&"PROVISIONING"));
    assert!(states.contains(&"RUNNING"));
    assert_eq!(states.last(), Some(&"STOPPED"));
    // One that begins late has the last state alone.
    let late: Vec<Arc<Task>> = task.changes().map(Result::unwrap).collect().await;
    assert_eq!(late.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_says_what_was_seen() {
    let simulator = simulator(6);
    let ecs = client(&simulator);
    let task = start(&simulator, &ecs, Behavior::runs_forever()).await;
    let error = task.stopped().deadline(secs(60)).await.unwrap_err();
    let id = task.id();
    assert_eq!(
        error.to_string(),
        format!("task default/{id} is not stopped after 60 s; it was last seen RUNNING")
    );
    assert!(error.source().is_none());
    // What went wrong last is its source.
    simulator.inject(Fault::throttle().on("DescribeTasks").always());
    let error = task.stopped().deadline(secs(60)).await.unwrap_err();
    assert!(
        error
            .source()
            .unwrap()
            .to_string()
            .contains("ThrottlingException")
    );
}

#[tokio::test(start_paused = true)]
async fn dropped_waits_lose_nothing() {
    let simulator = simulator(7);
    let ecs = client(&simulator);
    let task = start(&simulator, &ecs, Behavior::exits_after(secs(60), 0)).await;
    let mut tries = 0;
    let outcome = loop {
        tries += 1;
        let pause = tokio::time::sleep(secs(1));
        tokio::select! {
            outcome = async { task.stopped().await } => break outcome.unwrap(),
            () = pause => {}
        }
    };
    assert!(outcome.is_success());
    assert!(tries > 60, "{tries}");
    // A task a second would have been looked at a second.
    assert!(simulator.count("DescribeTasks") < 40);
}

#[tokio::test(start_paused = true)]
async fn the_watcher_ends_with_its_last_handle() {
    let simulator = simulator(8);
    let ecs = client(&simulator);
    let task = start(&simulator, &ecs, Behavior::runs_forever()).await;
    let other = task.clone();
    drop(task);
    tokio::time::sleep(secs(60)).await;
    let calls = simulator.count("DescribeTasks");
    assert!(calls > 10);
    drop(other);
    tokio::time::sleep(secs(600)).await;
    assert!(simulator.count("DescribeTasks") <= calls + 1);
}

#[tokio::test(start_paused = true)]
async fn throttles_and_passing_faults_never_surface() {
    let simulator = simulator(9);
    let ecs = client(&simulator);
    let task = start(&simulator, &ecs, Behavior::exits_after(secs(120), 0)).await;
    for fault in [
        Fault::throttle(),
        Fault::hidden_throttle(),
        Fault::status(503),
        Fault::reset_before(),
        Fault::reset_after(),
        Fault::cut_body(),
        Fault::truncated_body(),
    ] {
        simulator.inject(fault.on("DescribeTasks").probability(0.2));
    }
    assert!(task.stopped().await.unwrap().is_success());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_surfaces_at_once_and_does_not_end_the_watch() {
    let simulator = simulator(10);
    let ecs = client(&simulator);
    let task = start(&simulator, &ecs, Behavior::exits_after(secs(120), 0)).await;
    task.running().await.unwrap();
    let denied = Fault::error("AccessDeniedException", "not you");
    simulator.inject(denied.on("DescribeTasks"));
    let begun = Instant::now();
    let error = task.stopped().await.unwrap_err();
    assert!(begun.elapsed() <= secs(5));
    let TaskError::Call { error: cause, .. } = &error else {
        panic!("{error:?}");
    };
    assert!(matches!(&**cause, Error::AccessDenied(_)));
    let text = error.to_string();
    let expected = format!(
        "task default/{}: DescribeTasks: AccessDeniedException",
        task.id()
    );
    assert!(text.starts_with(&expected), "{text}");
    // The next wait asks anew, and at once.
    assert!(task.stopped().await.unwrap().is_success());
}

#[tokio::test(start_paused = true)]
async fn one_bad_task_does_not_spoil_the_others() {
    let simulator = simulator(11);
    let ecs = client(&simulator);
    simulator.behavior(super::FAMILY, Behavior::exits_after(secs(60), 0));
    let launched = ecs.launch(on_fargate(), 50).await;
    let tasks = ecs.watch(&launched.started);
    let elsewhere = tasks[0].arn().replace("task/default/", "task/other/");
    assert!(ecs.watch_id("default", &elsewhere).is_err());
    let unknown = ecs.watch_id("default", "0a").unwrap();
    // The service refuses a whole call when it does not like one of its tasks; nobody waits in vain
    // for the others then.
    let refusal = Fault::error("InvalidParameterException", "Invalid identifier");
    simulator.inject(refusal.on("DescribeTasks").times(3));
    let outcomes =
        futures_util::future::join_all(tasks.iter().map(|task| task.stopped().into_future()));
    assert!(
        outcomes
            .await
            .into_iter()
            .all(|outcome| outcome.unwrap().is_success())
    );
    assert!(matches!(
        unknown.stopped().await,
        Err(TaskError::NotFound { .. })
    ));
}

#[tokio::test(start_paused = true)]
async fn settings_that_make_no_sense_are_refused() {
    let simulator = simulator(12);
    let ecs = client(&simulator);
    let text = |settings| ecs.set_watch(settings).unwrap_err().to_string();
    assert_eq!(
        text(WatchSettings::new().share(0.0)),
        "watching may use 0 of the quota; it must be above 0 and at most 1"
    );
    assert_eq!(
        text(WatchSettings::new().interval(secs(0))),
        "the interval of watching is below 1 s"
    );
    ecs.set_watch(WatchSettings::new().interval(secs(20)))
        .unwrap();
    let task = start(&simulator, &ecs, Behavior::runs_forever()).await;
    task.running().await.unwrap();
    tokio::time::sleep(secs(600)).await;
    let calls = simulator.count("DescribeTasks");
    tokio::time::sleep(secs(600)).await;
    assert_eq!(simulator.count("DescribeTasks") - calls, 30);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_task_is_refused() {
    let simulator = simulator(13);
    let ecs = client(&simulator);
    let text = |result: Result<_, Error>| {
        result
            .map(|_: longshore::ecs::tasks::TaskHandle| ())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        text(ecs.watch_arn("arn:aws:ecs:eu-west-1:123456789012:task/default/0a")),
        "DescribeTasks: `arn:aws:ecs:eu-west-1:123456789012:task/default/0a` is a task of the \
         region eu-west-1, but the client is for us-east-1; nothing was sent"
    );
    assert_eq!(
        text(ecs.watch_arn("arn:aws:ecs:us-east-1:123456789012:task/0a")),
        "DescribeTasks: `arn:aws:ecs:us-east-1:123456789012:task/0a` names no cluster; give it \
         with watch_id; nothing was sent"
    );
    assert_eq!(
        text(ecs.watch_id("default", "0a/../b")),
        "DescribeTasks: `0a/../b` is no task's id; nothing was sent"
    );
    assert_eq!(
        text(ecs.watch_id("", "0a")),
        "DescribeTasks: `` is no cluster's name; nothing was sent"
    );
}

/// A paused runtime of one's own.
fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().start_paused(true).build().unwrap()
}

#[test]
fn a_watch_survives_the_runtime_that_it_began_in() {
    let first = runtime();
    let (simulator, ecs, task) = first.block_on(async {
        let simulator = simulator(14);
        let ecs = client(&simulator);
        let task = start(&simulator, &ecs, Behavior::exits_after(secs(300), 0)).await;
        task.running().await.unwrap();
        (simulator, ecs, task)
    });
    drop(first);
    let outcome = runtime().block_on(async { task.stopped().await });
    assert!(outcome.unwrap().is_success());
    drop((simulator, ecs));
}

#[tokio::test(start_paused = true)]
async fn a_handle_that_is_made_outside_of_a_runtime_waits_inside() {
    let simulator = simulator(15);
    let ecs = client(&simulator);
    simulator.behavior(super::FAMILY, Behavior::exits_after(secs(30), 0));
    let answer = ecs.run_task(on_fargate()).await.unwrap();
    let task = std::thread::spawn(move || ecs.watch_task(&answer.tasks[0]));
    let task = task.join().unwrap();
    assert!(task.stopped().await.unwrap().is_success());
}

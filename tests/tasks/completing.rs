//! One task from request to outcome, whatever comes between.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use longshore::ecs::tasks::{
    FailureClass, Outcome, OutcomeKind, RunError, RunFailure, RunProgress,
};
use longshore::ecs::{RunTaskRequest, TaskStatus};
use longshore::simulator::{Behavior, Fault, Simulator};

use super::{FAMILY, client, on_fargate, secs, simulator};

/// The tasks that have not stopped, nor are about to.
fn running(simulator: &Simulator) -> Vec<String> {
    let tasks = simulator.tasks().into_iter();
    let running = tasks.filter(|task| task.desired_status != TaskStatus::Stopped);
    running.map(|task| task.task_arn).collect()
}

#[tokio::test(start_paused = true)]
async fn a_run_tells_what_happens() {
    let simulator = simulator(1);
    let ecs = client(&simulator);
    simulator.behavior(FAMILY, Behavior::exits_after(secs(60), 4));
    let mut seen = Vec::new();
    let outcome = ecs
        .run_to_completion(on_fargate())
        .on_progress(|progress| {
            seen.push(match progress {
                RunProgress::Launching { attempt, .. } => format!("launching {attempt}"),
                RunProgress::Started(task) => format!("started {}", task.last_status),
                RunProgress::Changed(task) => task.last_status.to_string(),
                RunProgress::Stopped(outcome) => format!("code {:?}", outcome.exit_code()),
                other => format!("{other:?}"),
            });
        })
        .await
        .unwrap();
    assert_eq!(outcome.exit_code(), Some(4));
    assert_eq!(seen[0], "launching 1");
    assert_eq!(seen[1], "started PROVISIONING");
    assert!(seen.contains(&"RUNNING".to_owned()));
    assert_eq!(seen.last().unwrap(), "code Some(4)");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_stops_the_task() {
    let simulator = simulator(2);
    let ecs = client(&simulator);
    simulator.behavior(FAMILY, Behavior::runs_forever());
    let run = ecs.run_to_completion(on_fargate()).deadline(secs(100));
    let error = run.await.unwrap_err();
    assert!(matches!(error.failure, RunFailure::Deadline(_)));
    let outcome = error.outcome.as_ref().unwrap();
    assert_eq!(outcome.kind, OutcomeKind::StoppedByUser);
    assert_eq!(error.running, None);
    assert_eq!(
        error.to_string(),
        format!("not done within 100 s, the run's deadline; {outcome}")
    );
    assert!(running(&simulator).is_empty());
}

#[tokio::test(start_paused = true)]
async fn without_capacity_there_is_no_task_when_the_deadline_comes() {
    let simulator = simulator(3);
    let ecs = client(&simulator);
    simulator.limit_capacity(Some(0));
    let run = ecs.run_to_completion(on_fargate()).deadline(secs(100));
    let error = run.await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "not done within 100 s, the run's deadline"
    );
    assert!(simulator.elapsed() < secs(101));
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_was_not_started() {
    let simulator = simulator(4);
    let ecs = client(&simulator);
    let error = ecs
        .run_to_completion(RunTaskRequest::new("unknown"))
        .await
        .unwrap_err();
    let RunFailure::NotStarted(failure) = &error.failure else {
        panic!("{error:?}");
    };
    assert_eq!(failure.class, FailureClass::Refused);
    assert!(
        error.to_string().starts_with("1 task: refused: RunTask: "),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_retryable_outcome_is_tried_again() {
    let simulator = simulator(5);
    let ecs = client(&simulator);
    simulator.behavior(
        FAMILY,
        Behavior::fails_to_start("CannotPullContainerError: i/o timeout"),
    );
    let mut attempts = 0;
    let outcome = ecs
        .run_to_completion(on_fargate())
        .key("job")
        .attempts(3)
        .on_progress(|progress| {
            if matches!(progress, RunProgress::Retrying { .. }) {
                attempts += 1;
                if attempts == 2 {
                    simulator.behavior(FAMILY, Behavior::exits_after(secs(5), 0));
                }
            }
        })
        .await
        .unwrap();
    assert!(outcome.is_success());
    assert_eq!(simulator.tasks().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_exit_code_is_final_unless_the_caller_says_otherwise() {
    let simulator = simulator(6);
    let ecs = client(&simulator);
    simulator.behavior(FAMILY, Behavior::exits_after(secs(5), 1));
    let run = || ecs.run_to_completion(on_fargate()).attempts(3);
    let outcome = run().await.unwrap();
    assert_eq!((outcome.exit_code(), simulator.tasks().len()), (Some(1), 1));
    let outcome = run()
        .retry_if(|outcome: &Outcome| outcome.exit_code() == Some(1))
        .await;
    assert_eq!(outcome.unwrap().exit_code(), Some(1));
    assert_eq!(simulator.tasks().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_run_is_taken_up_again() {
    let simulator = simulator(7);
    let ecs = client(&simulator);
    simulator.behavior(FAMILY, Behavior::exits_after(secs(300), 0));
    let run = || ecs.run_to_completion(on_fargate()).key("job").into_future();
    assert!(tokio::time::timeout(secs(60), run()).await.is_err());
    assert!(run().await.unwrap().is_success());
    assert_eq!(simulator.tasks().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_stopped_is_in_the_error() {
    let simulator = simulator(8);
    let ecs = client(&simulator);
    simulator.behavior(FAMILY, Behavior::runs_forever());
    let denied = Fault::error("AccessDeniedException", "not you");
    simulator.inject(denied.on("StopTask").always());
    let run = ecs
        .run_to_completion(on_fargate())
        .cancel_on(tokio::time::sleep(secs(60)));
    let error = run.await.unwrap_err();
    assert_eq!(error.running.as_ref(), running(&simulator).first());
    let text = error.to_string();
    let start = format!(
        "cancelled; {} may still be running, because it could not be stopped: task default/",
        error.running.unwrap()
    );
    assert!(text.starts_with(&start), "{text}");
}

/// Runs a task and cancels it when it is polled for the `at`th time; returns whether it came to
/// that.
async fn cancelled_at(at: usize, seed: u64, faults: impl Fn(&Simulator)) -> bool {
    let simulator = simulator(seed);
    let ecs = client(&simulator);
    simulator.behavior(FAMILY, Behavior::exits_after(secs(20), 0));
    faults(&simulator);
    let polls = Arc::new(AtomicUsize::new(0));
    let counted = polls.clone();
    let cancel = poll_fn(move |_| match counted.fetch_add(1, Ordering::Relaxed) {
        n if n >= at => Poll::Ready(()),
        _ => Poll::Pending,
    });
    let run = ecs.run_to_completion(on_fargate()).cancel_on(cancel);
    let result: Result<Outcome, RunError> = run.await;
    let came = polls.load(Ordering::Relaxed) > at;
    let known = match &result {
        Ok(outcome) => {
            // It was over already, or came to its own end while it was to be stopped.
            assert!(outcome.is_success(), "{at}: {outcome}");
            None
        }
        Err(error) => {
            assert!(came, "{at}: {error}");
            error.running.clone()
        }
    };
    // What was sent and is under way has its effect all the same.
    tokio::time::sleep(secs(5)).await;
    assert!(simulator.tasks().len() <= 1, "{at}: started twice");
    for arn in running(&simulator) {
        assert_eq!(known.as_ref(), Some(&arn), "{at}: left running: {result:?}");
    }
    came
}

#[tokio::test(start_paused = true)]
async fn cancelled_at_every_await_point() {
    let mut at = 0;
    while cancelled_at(at, 9, |_| {}).await {
        at += 1;
    }
    println!("cancelled at {at} points");
    assert!(at > 10, "{at}");
}

#[tokio::test(start_paused = true)]
async fn cancelled_at_every_await_point_of_a_bad_day() {
    let mut points = 0;
    for seed in 0..10 {
        let mut at = 0;
        let faults = |simulator: &Simulator| {
            for fault in [
                Fault::reset_before(),
                Fault::reset_after(),
                Fault::status(500),
                Fault::status_after(),
                Fault::throttle(),
                Fault::slow(secs(3)),
            ] {
                simulator.inject(fault.probability(0.06));
            }
        };
        while cancelled_at(at, 100 + seed, faults).await {
            at += 1;
        }
        points += at;
    }
    println!("cancelled at {points} points");
    assert!(points > 150, "{points}");
}

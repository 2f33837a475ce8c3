//! Waits: verdicts, schedules, deadlines, and what a failed one says.

use std::time::Duration;

use longshore::Error;
use longshore::ecs::DescribeTasksRequest;
use longshore::transport::TransportErrorKind::Lost;
use longshore::wait::{InvalidSchedule, Schedule, Verdict, WaitFailure};
use tokio::time::Instant;

use crate::support::{Script, Step};

fn tasks(states: &[&str]) -> Step {
    let tasks: Vec<_> = states
        .iter()
        .map(|s| serde_json::json!({ "taskArn": "arn:1", "lastStatus": s }))
        .collect();
    Step::ok(serde_json::json!({ "tasks": tasks, "failures": [] }).to_string())
}

fn missing() -> Step {
    Step::ok(r#"{"tasks":[],"failures":[{"arn":"arn:1","reason":"MISSING"}]}"#)
}

fn request() -> DescribeTasksRequest {
    DescribeTasksRequest::new(["arn:1"]).cluster("default")
}

#[tokio::test(start_paused = true)]
async fn running_comes() {
    let script = Script::new([
        tasks(&["PENDING"]),
        tasks(&["RUNNING", "PENDING"]),
        tasks(&["RUNNING", "RUNNING"]),
    ]);
    let ecs = script.ecs();
    let mut seen = Vec::new();
    let waited = ecs
        .wait_until_tasks_running(request())
        .on_poll(|poll| {
            seen.push((
                poll.number,
                poll.elapsed.as_secs(),
                poll.answer.as_ref().unwrap().tasks.len(),
            ))
        })
        .await
        .unwrap();
    assert_eq!((waited.polls, waited.elapsed.as_secs()), (3, 12));
    assert_eq!(waited.response.unwrap().tasks.len(), 2);
    assert_eq!(seen, [(1, 0, 1), (2, 6, 2), (3, 12, 2)]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_wait_names_the_acceptor_and_keeps_the_answer() {
    let script = Script::new([tasks(&["PENDING"]), tasks(&["STOPPED"])]);
    let error = script
        .ecs()
        .wait_until_tasks_running(request())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "waiting for TasksRunning: failed, because a tasks[].lastStatus is STOPPED (after 2 polls in 6 s)"
    );
    assert_eq!(error.last.unwrap().tasks[0].last_status, "STOPPED");
    let error = Script::new([missing()])
        .ecs()
        .wait_until_tasks_running(request())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "waiting for TasksRunning: failed, because a failures[].reason is MISSING (after 1 poll in 0 s)"
    );
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_every_wait() {
    let script = Script::new([tasks(&["RUNNING"])]);
    let begun = Instant::now();
    let error = script
        .ecs()
        .wait_until_tasks_stopped(request())
        .await
        .unwrap_err();
    assert_eq!(begun.elapsed(), Duration::from_secs(600));
    assert_eq!(error.polls, 100, "as many as the model says");
    assert_eq!(
        error.to_string(),
        "waiting for TasksStopped: not there when the deadline came (after 100 polls in 600 s)"
    );
    assert_eq!(error.last.unwrap().tasks.len(), 1);

    let begun = Instant::now();
    let error = script
        .ecs()
        .wait_until_tasks_stopped(request())
        .deadline(Duration::from_secs(10))
        .await
        .unwrap_err();
    assert_eq!((begun.elapsed().as_secs(), error.polls), (10, 2));

    let error = Script::new([Step::Hang])
        .ecs()
        .wait_until_tasks_stopped(request())
        .deadline(Duration::from_secs(10))
        .await
        .unwrap_err();
    assert_eq!((error.polls, error.failure), (0, WaitFailure::Deadline));
}

#[tokio::test(start_paused = true)]
async fn throttles_and_faults_are_waited_out_one_attempt_a_poll() {
    let script = Script::new([
        Step::error(400, "ThrottlingException", "Rate exceeded"),
        Step::error(500, "ServerException", ""),
        Step::Fail(Lost),
        tasks(&["RUNNING"]),
    ]);
    let waited = script
        .ecs()
        .wait_until_tasks_running(request())
        .await
        .unwrap();
    assert_eq!((waited.polls, script.count()), (4, 4));
}

#[tokio::test(start_paused = true)]
async fn an_error_that_does_not_pass_ends_it_at_once() {
    let script = Script::new([Step::error(400, "AccessDeniedException", "not you")]);
    let error = script
        .ecs()
        .wait_until_tasks_running(request())
        .await
        .unwrap_err();
    assert_eq!(error.failure, WaitFailure::Call);
    assert_eq!(
        error.to_string(),
        "waiting for TasksRunning: a call failed (after 1 poll in 0 s)"
    );
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(
        source,
        "DescribeTasks: AccessDeniedException: not you (HTTP 400, request req-1, 1 attempt)"
    );
}

#[tokio::test(start_paused = true)]
async fn schedules() {
    let at = async |schedule: Schedule| {
        let script = Script::new([tasks(&["RUNNING"])]);
        let mut times = Vec::new();
        let ecs = script.ecs();
        let wait = ecs
            .wait_until_tasks_stopped(request())
            .schedule(schedule)
            .deadline(Duration::from_secs(1000))
            .on_poll(|poll| times.push(poll.elapsed.as_secs()));
        let error = wait.await.unwrap_err();
        (times, error.failure)
    };
    let (times, failure) = at(Schedule::eventual_consistency()).await;
    assert_eq!(times, [0, 2, 6, 14, 30, 62, 126, 254, 510, 810]);
    assert_eq!(failure, WaitFailure::Deadline);
    let three =
        Schedule::exponential(Duration::from_secs(1), 3.0, Duration::from_secs(400)).unwrap();
    assert_eq!(at(three).await.0, [0, 1, 4, 13, 40, 121, 364, 764]);
    let (times, failure) = at(Schedule::custom([Duration::from_secs(1); 3])).await;
    assert_eq!(
        (times, failure),
        (vec![0, 1, 2, 3], WaitFailure::ScheduleEnded)
    );
}

#[cfg(feature = "backoff")]
#[tokio::test(start_paused = true)]
async fn a_backoff_is_a_schedule() {
    let script = Script::new([
        tasks(&["PENDING"]),
        tasks(&["PENDING"]),
        tasks(&["RUNNING"]),
    ]);
    let constant = backoff::backoff::Constant::new(Duration::from_secs(3));
    let waited = script
        .ecs()
        .wait_until_tasks_running(request())
        .schedule(Schedule::backoff(constant))
        .await
        .unwrap();
    assert_eq!(waited.elapsed.as_secs(), 6);
    let stop = backoff::backoff::Stop {};
    let script = Script::new([tasks(&["PENDING"])]);
    let error = script
        .ecs()
        .wait_until_tasks_running(request())
        .schedule(Schedule::backoff(stop))
        .await
        .unwrap_err();
    assert_eq!(error.failure, WaitFailure::ScheduleEnded);
}

#[test]
fn a_schedule_is_checked_when_it_is_made() {
    let secs = Duration::from_secs;
    assert_eq!(
        Schedule::fixed(secs(0)).unwrap_err(),
        InvalidSchedule::ZeroPause
    );
    assert_eq!(
        Schedule::exponential(secs(0), 2.0, secs(1)).unwrap_err(),
        InvalidSchedule::ZeroPause
    );
    let shrinking = Schedule::exponential(secs(5), 2.0, secs(1)).unwrap_err();
    assert_eq!(
        shrinking.to_string(),
        "the longest pause (1s) is shorter than the first (5s)"
    );
    assert!(matches!(
        Schedule::exponential(secs(1), 0.5, secs(2)),
        Err(InvalidSchedule::Factor(_))
    ));
    assert!(matches!(
        Schedule::exponential(secs(1), f32::NAN, secs(2)),
        Err(InvalidSchedule::Factor(_))
    ));
    assert!(Schedule::fixed(secs(1)).is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_waiter_of_ones_own() {
    let script = Script::new([missing(), tasks(&["PENDING"]), tasks(&["RUNNING"])]);
    let ecs = script.ecs();
    let mut polls = 0;
    let waited = ecs
        .wait_until(request(), |answer| {
            polls += 1;
            let answer = answer.as_ref().ok()?;
            (answer.tasks.first()?.last_status == "RUNNING").then_some(Verdict::Success)
        })
        .schedule(Schedule::fixed(Duration::from_millis(100)).unwrap())
        .await
        .unwrap();
    assert_eq!(waited.polls, 3);
    assert_eq!(polls, 3);
    let error = ecs
        .wait_until(request(), |_| Some(Verdict::Failure))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "waiting for DescribeTasks: failed, because the condition was met (after 1 poll in 0 s)"
    );
    let _: &dyn std::error::Error = &error;
    let _ = Error::is_throttle;
}

#[tokio::test(start_paused = true)]
async fn a_wrong_clock_does_not_end_a_wait() {
    let skewed = Step::error(403, "RequestTimeTooSkewed", "")
        .with_header("date", "Sat, 21 Nov 2026 12:00:00 GMT");
    let script = Script::new([skewed, tasks(&["RUNNING"])]);
    let waited = script
        .ecs()
        .wait_until_tasks_running(request())
        .await
        .unwrap();
    assert_eq!((waited.polls, script.count()), (1, 2));
}

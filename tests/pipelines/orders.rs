//! Every order of the events around a stop: the stop itself, the callback's answer, the end or the
//! time limit of a lambda step, and the delivery of the messages, once, twice or late.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use longshore::sagemaker::pipelines::{CallbackAnswer, CallbackWorker};
use longshore::sagemaker::{OutputParameter, PipelineExecutionStatus as Status};
use longshore::simulator::{RecordedRequest, Simulator, StepBehavior};
use longshore::wait::Schedule;
use serde_json::Value;
use tokio::time::Instant;

use super::relay::{Delays, Relay};
use super::{callback, lambda, secs, started};

/// What is done when, in one run. Times are in seconds.
#[derive(Debug, Clone, Copy)]
struct Script {
    stop: f64,
    /// How long the handler works.
    works: u64,
    /// Whether it answers at once when it hears of the stop.
    heeds: bool,
    succeeds: bool,
    lambda: Lambda,
    executing: Delays,
    stopping: Delays,
}

#[derive(Debug, Clone, Copy)]
enum Lambda {
    Ends(u64),
    TimesOut(u64),
}

/// What was seen of a run.
#[derive(Debug, Default)]
struct Counts {
    runs: usize,
    statuses: BTreeMap<String, usize>,
    /// In which orders what the service saw came.
    orders: BTreeSet<String>,
    /// The same with the arrivals of messages at the worker.
    orders_with_messages: BTreeSet<String>,
    answers: usize,
}

#[tokio::test(start_paused = true)]
async fn every_order_with_a_lambda_that_ends() {
    explore([3, 13, 23].map(Lambda::Ends)).await;
}

#[tokio::test(start_paused = true)]
async fn every_order_with_a_lambda_that_reaches_its_limit() {
    explore([4, 14, 24].map(Lambda::TimesOut)).await;
}

async fn explore(lambdas: [Lambda; 3]) {
    let mut counts = Counts::default();
    let deliveries: [Delays; 3] = [&[0], &[0, 9], &[15, 18]];
    for lambda in lambdas {
        for stop in [0.5, 6.0, 16.0, 26.0] {
            for works in [1, 11, 31] {
                for executing in deliveries {
                    for stopping in deliveries {
                        for (heeds, succeeds) in [(false, false), (false, true), (true, false)] {
                            let script = Script {
                                stop,
                                works,
                                heeds,
                                succeeds,
                                lambda,
                                executing,
                                stopping,
                            };
                            run(script, &mut counts).await;
                        }
                    }
                }
            }
        }
    }
    println!(
        "{} runs, {} orders of events ({} with the arrivals of messages), {} answers, ended: {:?}",
        counts.runs,
        counts.orders.len(),
        counts.orders_with_messages.len(),
        counts.answers,
        counts.statuses
    );
    for order in &counts.orders {
        println!("  {order}");
    }
    // With a stop in time: 6 orders of stop, answer and lambda step, less the 2 in which the stop
    // comes last and so too late, times 2 answers. Without: 2 orders, times 2. And a stop before
    // the callback was sent.
    assert_eq!(counts.orders.len(), 8 + 4 + 1);
}

async fn run(script: Script, counts: &mut Counts) {
    let simulator = Simulator::builder().seed(counts.runs as u64).build();
    let behavior = match script.lambda {
        Lambda::Ends(after) => StepBehavior::takes(secs(after)),
        Lambda::TimesOut(limit) => StepBehavior::takes(secs(1000)).time_limit(secs(limit)),
    };
    simulator.step_behavior("nightly", "Work", behavior);
    let execution = started(&simulator, &[callback("Approve"), lambda("Work")]).await;
    let begun = Instant::now();
    let relay = Relay::new(&simulator, script.executing, script.stopping);
    let (over, is_over) = tokio::sync::oneshot::channel::<()>();
    let worker = CallbackWorker::new(execution.client().clone(), relay.clone());
    let working = tokio::spawn(worker.run_until(
        move |message, context| async move {
            let work = tokio::time::sleep(secs(script.works));
            if script.heeds {
                tokio::select! {
                    () = work => {}
                    () = context.stopping() => return CallbackAnswer::fail("heeded"),
                }
            } else {
                work.await;
            }
            // Chance, so that a second run of the handler could not answer alike.
            let chance = format!("{}-{}", message.token, another());
            if script.succeeds {
                CallbackAnswer::succeed([OutputParameter::new("chance", chance)])
            } else {
                CallbackAnswer::fail(chance)
            }
        },
        async { is_over.await.unwrap() },
    ));
    tokio::time::sleep(Duration::from_secs_f64(script.stop)).await;
    let ended = execution
        .stop_and_wait()
        .schedule(Schedule::fixed(secs(5)).unwrap())
        .deadline(secs(300))
        .await
        .unwrap_or_else(|error| panic!("{script:?}: {error}"));
    // What is late still comes.
    tokio::time::sleep(secs(45)).await;
    over.send(()).unwrap();
    let report = working.await.unwrap().unwrap();

    let requests = simulator.requests();
    let events = Events::of(&requests, script);
    assert_eq!(ended.status, events.expected(), "{script:?} {events:?}");
    assert_eq!(relay.left(), [], "{script:?}: a message was lost or left");
    let answers: BTreeSet<String> = (requests.iter())
        .filter(|request| request.operation.starts_with("SendPipelineExecutionStep"))
        .map(|request| format!("{} {}", request.operation, request.body))
        .collect();
    let callbacks = usize::from(!simulator.callback_messages(super::QUEUE).is_empty());
    assert_eq!(answers.len(), callbacks, "{script:?}: {answers:?}");
    assert_eq!(report.answered as usize, callbacks, "{script:?}");

    counts.runs += 1;
    counts.answers += answers.len();
    *counts.statuses.entry(ended.status.to_string()).or_default() += 1;
    counts.orders.insert(events.order([]));
    let arrivals = relay.arrivals().into_iter();
    let arrivals = arrivals.map(|(at, name)| ((at - begun).as_secs_f64(), name));
    counts.orders_with_messages.insert(events.order(arrivals));
}

/// Another number each time.
fn another() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// When the service saw what, in seconds since the execution was started.
#[derive(Debug)]
struct Events {
    stop: Option<f64>,
    answer: Option<f64>,
    failed: bool,
    lambda: f64,
    times_out: bool,
}

impl Events {
    fn of(requests: &[RecordedRequest], script: Script) -> Self {
        let started = find(requests, "StartPipelineExecution").unwrap().at;
        let since = |request: &RecordedRequest| (request.at - started).as_secs_f64();
        let success = find(requests, "SendPipelineExecutionStepSuccess");
        let failure = find(requests, "SendPipelineExecutionStepFailure");
        let (lambda, times_out) = match script.lambda {
            Lambda::Ends(after) => (after, false),
            Lambda::TimesOut(limit) => (limit, true),
        };
        Self {
            stop: find(requests, "StopPipelineExecution").map(since),
            answer: success.or(failure).map(since),
            failed: failure.is_some(),
            lambda: 1.0 + lambda as f64,
            times_out,
        }
    }

    /// How the documentation has it that the execution ends.
    fn expected(&self) -> Status {
        let before_stop = |at: f64| self.stop.is_none_or(|stop| at < stop);
        // A second is a step Starting; one that is stopped then never runs.
        let lambda_ran = self.stop.is_none_or(|stop| stop >= 1.0);
        let timed_out = self.times_out && lambda_ran;
        if timed_out || (self.failed && self.answer.is_some_and(before_stop)) {
            Status::Failed
        } else if self.stop.is_some() {
            Status::Stopped
        } else {
            Status::Succeeded
        }
    }

    /// `stop, lambda ends, failure`.
    fn order(&self, arrivals: impl IntoIterator<Item = (f64, &'static str)>) -> String {
        let lambda = if self.times_out {
            "lambda times out"
        } else {
            "lambda ends"
        };
        let answer = if self.failed { "failure" } else { "success" };
        let mut events = vec![(self.lambda, lambda)];
        events.extend(self.stop.map(|at| (at, "stop")));
        events.extend(self.answer.map(|at| (at, answer)));
        events.extend(arrivals);
        events.sort_by(|left, right| left.0.total_cmp(&right.0));
        let names: Vec<&str> = events.iter().map(|(_, name)| *name).collect();
        names.join(", ")
    }
}

/// The first request of an operation that was carried out.
fn find<'a>(requests: &'a [RecordedRequest], operation: &str) -> Option<&'a RecordedRequest> {
    let is_it = |request: &&RecordedRequest| {
        request.operation == operation && request.carried_out && request.body != Value::Null
    };
    requests.iter().find(is_it)
}

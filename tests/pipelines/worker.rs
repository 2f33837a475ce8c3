//! A worker and its queue.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use longshore::sagemaker::pipelines::{
    CallbackAnswer, CallbackContext, CallbackMessage, CallbackWorker, Execution, QueueError,
    WorkerEvent, WorkerReport,
};
use longshore::sagemaker::{OutputParameter, PipelineExecutionStatus as Status};
use longshore::simulator::{Fault, Simulator};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::relay::Relay;
use super::{callback, client, secs, sleep, started};

/// A worker that runs until it is told to end.
pub(super) struct Working {
    pub(super) end: oneshot::Sender<()>,
    pub(super) done: JoinHandle<Result<WorkerReport, QueueError>>,
    pub(super) events: Arc<Mutex<Vec<String>>>,
}

impl Working {
    pub(super) async fn end(self) -> (WorkerReport, Vec<String>) {
        self.end.send(()).unwrap();
        let report = self.done.await.unwrap().unwrap();
        let events = self.events.lock().unwrap().clone();
        (report, events)
    }
}

pub(super) fn working<F>(
    simulator: &Simulator,
    relay: &Relay,
    settings: impl FnOnce(CallbackWorker<Relay>) -> CallbackWorker<Relay>,
    handler: impl Fn(CallbackMessage, CallbackContext) -> F + Send + Sync + 'static,
) -> Working
where
    F: Future<Output = CallbackAnswer> + Send + 'static,
{
    let (end, ended) = oneshot::channel();
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = events.clone();
    let hook = move |event: &WorkerEvent| heard.lock().unwrap().push(kind(event));
    let worker = CallbackWorker::new(client(simulator), relay.clone()).on_event(hook);
    let done = settings(worker).run_until(handler, async { ended.await.unwrap_or_default() });
    let done = tokio::spawn(done);
    Working { end, done, events }
}

/// An event without what is different each time.
fn kind(event: &WorkerEvent) -> String {
    let text = event.to_string();
    match text.strip_prefix("callback ") {
        Some(rest) => rest.split_once(": ").unwrap().1.to_owned(),
        None => text,
    }
}

pub(super) fn yes() -> CallbackAnswer {
    CallbackAnswer::succeed([OutputParameter::new("rows", "17")])
}

pub(super) async fn ended(execution: &Execution) -> String {
    execution
        .wait()
        .deadline(secs(3600))
        .await
        .unwrap()
        .to_string()
}

#[tokio::test(start_paused = true)]
async fn several_at_a_time() {
    let simulator = Simulator::new();
    let steps: Vec<_> = (0..20).map(|n| callback(&format!("Step{n}"))).collect();
    let execution = started(&simulator, &steps).await;
    let relay = Relay::prompt(&simulator);
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = most.clone();
    let working = working(
        &simulator,
        &relay,
        |worker| worker.concurrency(3),
        move |_, _| {
            let (now, most) = (now.clone(), most.clone());
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                sleep(100.0).await;
                now.fetch_sub(1, Ordering::SeqCst);
                yes()
            }
        },
    );
    assert_eq!(ended(&execution).await, "Succeeded");
    let (report, _) = working.end().await;
    assert_eq!(report.to_string(), "callbacks answered: 20");
    assert_eq!(seen.load(Ordering::SeqCst), 3);
    // Seven rounds of 100 seconds, and no message came twice, though each is hidden for 60.
    assert_eq!(relay.left(), []);
}

#[tokio::test(start_paused = true)]
async fn a_stop_reaches_the_handler() {
    let simulator = Simulator::new();
    let execution = started(&simulator, &[callback("Approve")]).await;
    let relay = Relay::prompt(&simulator);
    let working = working(
        &simulator,
        &relay,
        |worker| worker,
        |_, context| async move {
            assert!(!context.is_stopping());
            context.stopping().await;
            assert!(context.is_stopping());
            sleep(30.0).await; // cleaning up
            CallbackAnswer::fail("stopped")
        },
    );
    sleep(500.0).await;
    let ended = execution.stop_and_wait().await.unwrap();
    assert_eq!(ended.status, Status::Stopped);
    let (report, events) = working.end().await;
    assert_eq!(
        report.to_string(),
        "callbacks answered: 1, messages repeated: 1"
    );
    let received = format!("received, of {execution}");
    assert_eq!(events, [&*received, "the execution is to stop", "answered"]);
    assert_eq!(relay.left(), []);
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_comes_first_is_handled() {
    let simulator = Simulator::new();
    let execution = started(&simulator, &[callback("Approve")]).await;
    let relay = Relay::new(&simulator, &[600], &[0]);
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let working = working(
        &simulator,
        &relay,
        |worker| worker,
        move |message, context| {
            count.fetch_add(1, Ordering::SeqCst);
            async move {
                assert!(context.is_stopping());
                assert_eq!(message.status.as_str(), "Stopping");
                context.stopping().await;
                yes()
            }
        },
    );
    sleep(10.0).await;
    let ended = execution.stop_and_wait().await.unwrap();
    assert_eq!(ended.status, Status::Stopped);
    sleep(700.0).await;
    assert_eq!(
        working.end().await.0.to_string(),
        "callbacks answered: 1, messages repeated: 1"
    );
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert_eq!(relay.left(), []);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_is_sent_again_and_stays_the_same() {
    let simulator = Simulator::new();
    let execution = started(&simulator, &[callback("Approve")]).await;
    let relay = Relay::prompt(&simulator);
    let send = "SendPipelineExecutionStepSuccess";
    simulator.inject(Fault::reset_after().on(send).times(7));
    relay.fail_deletes(1);
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let working = working(
        &simulator,
        &relay,
        |worker| worker,
        move |_, _| {
            let call = count.fetch_add(1, Ordering::SeqCst);
            async move { CallbackAnswer::succeed([OutputParameter::new("call", call.to_string())]) }
        },
    );
    assert_eq!(ended(&execution).await, "Succeeded");
    sleep(120.0).await;
    let (report, events) = working.end().await;
    // The message that could not be deleted came again, and was deleted then.
    assert_eq!(
        report.to_string(),
        "callbacks answered: 1, messages repeated: 1"
    );
    assert!(
        events
            .iter()
            .any(|event| event.starts_with("the answer is sent again: "))
    );
    assert!(
        events.contains(&"the queue failed for now: not now".to_owned()),
        "{events:?}"
    );
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    let requests = simulator.requests();
    let sent: Vec<_> = requests
        .iter()
        .filter(|request| request.operation == send)
        .collect();
    assert_eq!(sent.len(), 8);
    assert!(sent.iter().all(|request| request.body == sent[0].body));
    assert_eq!(relay.left(), []);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_callback_is_reported_and_left() {
    let simulator = Simulator::new();
    let execution = started(&simulator, &[callback("Approve")]).await;
    let relay = Relay::prompt(&simulator);
    relay.put("hello");
    relay.put(r#"{"token": "t", "pipelineExecutionArn": "a", "status": "Dreaming"}"#);
    let working = working(&simulator, &relay, |worker| worker, |_, _| async { yes() });
    assert_eq!(ended(&execution).await, "Succeeded");
    sleep(70.0).await;
    let (report, events) = working.end().await;
    assert_eq!(
        report.to_string(),
        "callbacks answered: 1, messages not understood: 4"
    );
    assert_eq!(
        events[0],
        "message message-0: not the message of a callback step: it is no JSON (expected value at \
         line 1 column 1), in: hello"
    );
    assert!(
        events[1].contains("the status `Dreaming` is not known"),
        "{}",
        events[1]
    );
    let left = relay.left();
    assert_eq!(
        left.iter()
            .map(|(_, receives)| *receives)
            .collect::<Vec<_>>(),
        [2, 2]
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_answer_is_left_to_the_queue_and_not_changed() {
    let simulator = Simulator::new();
    started(&simulator, &[callback("Approve")]).await;
    let relay = Relay::prompt(&simulator);
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let working = working(
        &simulator,
        &relay,
        |worker| worker,
        move |_, _| {
            count.fetch_add(1, Ordering::SeqCst);
            let output = |n: u32| OutputParameter::new(format!("o{n}"), "v");
            async move { CallbackAnswer::succeed((0..51).map(output)) }
        },
    );
    sleep(130.0).await;
    let (report, events) = working.end().await;
    assert_eq!((report.refused, calls.load(Ordering::SeqCst)), (3, 1));
    assert!(
        events[1].starts_with(
            "the answer was refused: SendPipelineExecutionStepSuccess: ValidationException: A step \
             has at most 50 output parameters. (HTTP 400, request "
        ),
        "{}",
        events[1]
    );
    assert_eq!(relay.left().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_the_handlers_alone() {
    let simulator = Simulator::new();
    let execution = started(&simulator, &[callback("A"), callback("B")]).await;
    let relay = Relay::prompt(&simulator);
    let calls = AtomicUsize::new(0);
    let working = working(
        &simulator,
        &relay,
        |worker| worker,
        move |_, _| {
            // One panics before it returns a future, one while that runs.
            let call = calls.fetch_add(1, Ordering::SeqCst);
            assert!(call != 0, "this panic belongs to the test");
            async move {
                assert!(call != 1, "this panic belongs to the test");
                yes()
            }
        },
    );
    assert_eq!(ended(&execution).await, "Succeeded");
    let (report, _) = working.end().await;
    assert_eq!(
        report.to_string(),
        "callbacks answered: 2, handlers panicked: 2"
    );
    assert_eq!(relay.left(), []);
}

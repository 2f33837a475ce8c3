//! Workers that end, queues that fail, and workers that share a queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use longshore::sagemaker::pipelines::{
    CallbackAnswer, CallbackQueue, CallbackWorker, QueueError, QueueMessage, WorkerReport,
};
use longshore::simulator::Simulator;

use super::relay::Relay;
use super::worker::{ended, working, yes};
use super::{callback, client, secs, sleep, started};

#[tokio::test(start_paused = true)]
async fn a_queue_that_fails_is_asked_again_until_it_refuses() {
    let simulator = Simulator::new();
    let execution = started(&simulator, &[callback("Approve")]).await;
    let relay = Relay::prompt(&simulator);
    for _ in 0..3 {
        relay.fail(QueueError::passing("reset"));
    }
    let working = working(&simulator, &relay, |worker| worker, |_, _| async { yes() });
    assert_eq!(ended(&execution).await, "Succeeded");
    relay.fail(QueueError::lasting("no such queue"));
    let error = working.done.await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "the queue refuses");
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "no such queue"
    );
}

#[tokio::test(start_paused = true)]
async fn shutdown_waits_for_handlers_and_gives_back_the_rest() {
    let simulator = Simulator::new();
    let steps: Vec<_> = (0..4).map(|n| callback(&format!("Step{n}"))).collect();
    let execution = started(&simulator, &steps).await;
    let relay = Relay::prompt(&simulator);
    let calls = AtomicUsize::new(0);
    let settings = |worker: CallbackWorker<Relay>| worker.concurrency(3).grace(secs(20));
    let first = working(&simulator, &relay, settings, move |_, context| {
        let call = calls.fetch_add(1, Ordering::SeqCst);
        async move {
            match call {
                0 => sleep(15.0).await,             // ends in time by itself
                1 => context.shutting_down().await, // ends since it is asked to
                _ => std::future::pending().await,  // does not end
            }
            yes()
        }
    });
    sleep(10.0).await;
    assert_eq!(relay.visible(), 0);
    let begun = tokio::time::Instant::now();
    let (report, _) = first.end().await;
    assert_eq!(begun.elapsed(), secs(20));
    assert_eq!(report.to_string(), "callbacks answered: 2, given back: 2");
    assert_eq!(relay.visible(), 2);

    // Another worker takes them at once.
    let second = working(&simulator, &relay, |worker| worker, |_, _| async { yes() });
    assert_eq!(ended(&execution).await, "Succeeded");
    assert_eq!(second.end().await.0.answered, 2);
    assert_eq!(relay.left(), []);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_is_dropped_loses_nothing() {
    let simulator = Simulator::new();
    let execution = started(&simulator, &[callback("Approve")]).await;
    let relay = Relay::prompt(&simulator);
    let alive = Arc::new(());
    let handlers = alive.clone();
    let first = working(
        &simulator,
        &relay,
        |worker| worker,
        move |_, _| {
            let alive = handlers.clone();
            async move {
                let () = std::future::pending().await;
                drop(alive);
                yes()
            }
        },
    );
    sleep(10.0).await;
    first.done.abort();
    sleep(1.0).await;
    assert_eq!(
        Arc::strong_count(&alive),
        1,
        "a handler outlived its worker"
    );
    let second = working(&simulator, &relay, |worker| worker, |_, _| async { yes() });
    assert_eq!(ended(&execution).await, "Succeeded");
    second.end().await;
    assert_eq!(relay.left(), []);
}

#[tokio::test(start_paused = true)]
async fn two_workers_with_other_answers_make_one() {
    let simulator = Simulator::new();
    let execution = started(&simulator, &[callback("Approve")]).await;
    let relay = Relay::new(&simulator, &[0, 0], &[0]);
    // Each sees one copy, since a receive of one takes one message.
    let one = |worker: CallbackWorker<Relay>| worker.concurrency(1).prefetch(0);
    let slow = working(&simulator, &relay, one, |_, _| async {
        sleep(20.0).await;
        CallbackAnswer::fail("slow")
    });
    let fast = working(&simulator, &relay, one, |_, _| async {
        sleep(10.0).await;
        yes()
    });
    assert_eq!(ended(&execution).await, "Succeeded");
    sleep(30.0).await;
    let (slow, events) = slow.end().await;
    let (fast, _) = fast.end().await;
    assert_eq!((slow.answered_before, fast.answered), (1, 1));
    assert_eq!(events[1], "had been answered before");
    assert_eq!(relay.left(), []);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_does_not_wait_is_not_asked_without_end() {
    struct Empty(Arc<AtomicUsize>);
    impl CallbackQueue for Empty {
        async fn receive(
            &self,
            _: usize,
            _: Duration,
            _: Duration,
        ) -> Result<Vec<QueueMessage>, QueueError> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Ok(Vec::new())
        }
        async fn delete(&self, _: &str) -> Result<(), QueueError> {
            Ok(())
        }
        async fn hide(&self, _: &str, _: Duration) -> Result<(), QueueError> {
            Ok(())
        }
    }
    let simulator = Simulator::new();
    let count = Arc::new(AtomicUsize::new(0));
    let worker = CallbackWorker::new(client(&simulator), Empty(count.clone()));
    let report = worker
        .run_until(async |_, _| yes(), sleep(60.5))
        .await
        .unwrap();
    assert_eq!(report, WorkerReport::default());
    assert_eq!(count.load(Ordering::SeqCst), 61);
}

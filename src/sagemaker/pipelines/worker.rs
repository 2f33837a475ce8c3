//! A worker that answers the callback messages of a queue.

mod context;
mod event;
mod job;
mod race;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::answer::CallbackAnswer;
use super::message::CallbackMessage;
use super::queue::{CallbackQueue, QueueError};
use crate::sagemaker::Client;
use context::Phase;
use job::{Board, Shared};
use race::{Either, race};

pub use context::CallbackContext;
pub use event::{WorkerEvent, WorkerReport};

type Hook = Box<dyn Fn(&WorkerEvent) + Send + Sync>;

/// The least that a receive takes which brought nothing, for queues that do not wait.
const LEAST_WAIT: Duration = Duration::from_secs(1);
/// The pauses after receives that failed.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Takes callback messages from a queue, has a handler work on each, sends its answer, and deletes
/// the message.
///
/// ```
/// # #[cfg(feature = "sqs")]
/// # async fn example(config: longshore::Config) -> Result<(), Box<dyn std::error::Error>> {
/// use longshore::sagemaker::pipelines::{CallbackAnswer, CallbackWorker, SqsQueue};
///
/// let sagemaker = longshore::sagemaker::Client::new(&config)?;
/// let sqs = longshore::sqs::Client::new(&config)?;
/// let queue = SqsQueue::new(sqs, "https://sqs.us-east-1.amazonaws.com/123456789012/callbacks");
///
/// let report = CallbackWorker::new(sagemaker, queue)
///     .concurrency(4)
///     .on_event(|event| println!("{event}"))
///     .run_until(
///         async |message, context| {
///             tokio::select! {
///                 () = work(&message.arguments) => CallbackAnswer::succeed([]),
///                 () = context.stopping() => CallbackAnswer::fail("stopped"),
///             }
///         },
///         async { tokio::signal::ctrl_c().await.unwrap_or_default() },
///     )
///     .await?;
/// println!("{report}");
/// # Ok(())
/// # }
/// # async fn work(_: &longshore::wire::Document) {}
/// ```
///
/// # What it sees to
///
/// - While a message waits or is worked on, it is kept hidden in the queue, and it is deleted once
///   the service has an answer. A program that dies loses none.
/// - `Stopping` for a token whose handler runs is a cancellation to that handler
///   ([`CallbackContext::stopping`]); it may still answer as it likes. Where no handler runs, for
///   example since the first message is late, the handler is called with that message: it is to
///   clean up, and to answer. Without an answer the execution does not stop.
/// - For one token the handler runs once at a time, and one answer is sent, again if need be,
///   however often its messages come. The tokens of the last 10,000 answers are remembered.
///   An answer that another program gave before counts; see [`Answered`](super::Answered).
/// - What is no callback message, and what the service refuses an answer to, is reported to the
///   hook, and left to the dead-letter policy of the queue. So is the message of a handler that
///   panicked.
/// - A receive that fails for now is repeated, after a growing pause.
#[must_use = "a worker does nothing until it runs"]
pub struct CallbackWorker<Q> {
    client: Client,
    queue: Q,
    concurrency: usize,
    prefetch: usize,
    wait: Duration,
    visibility: Duration,
    grace: Duration,
    hook: Option<Hook>,
}

impl<Q: CallbackQueue> CallbackWorker<Q> {
    /// A worker that takes messages from a queue and answers by a client.
    pub fn new(client: Client, queue: Q) -> Self {
        Self {
            client,
            queue,
            concurrency: 10,
            prefetch: 100,
            wait: Duration::from_secs(20),
            visibility: Duration::from_secs(60),
            grace: Duration::from_secs(30),
            hook: None,
        }
    }

    /// Sets how many handlers run at once; 10 unless set, 1 at least.
    pub fn concurrency(mut self, handlers: usize) -> Self {
        self.concurrency = handlers.max(1);
        self
    }

    /// Sets how many messages are taken beyond those that handlers work on; 100 unless set. They
    /// wait in the worker, hidden from others. A worker that is full takes none, not even the
    /// `Stopping` of what it works on.
    pub fn prefetch(mut self, messages: usize) -> Self {
        self.prefetch = messages;
        self
    }

    /// Sets how long a receive waits for a message; 20 seconds, the most that SQS does, unless set.
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// Sets for how long messages are hidden at a time; a minute unless set, 2 seconds at least.
    /// At half of it they are hidden anew. If the program dies they come again after this time.
    pub fn visibility(mut self, visibility: Duration) -> Self {
        self.visibility = visibility.max(Duration::from_secs(2));
        self
    }

    /// Sets how long handlers may still run after the shutdown has begun; 30 seconds unless set.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets what is told of all that happens.
    pub fn on_event(mut self, hook: impl Fn(&WorkerEvent) + Send + Sync + 'static) -> Self {
        self.hook = Some(Box::new(hook));
        self
    }

    /// Runs until the queue refuses for good.
    ///
    /// # Errors
    ///
    /// The refusal, once all handlers have ended or the grace is over.
    pub async fn run<H, F>(self, handler: H) -> Result<WorkerReport, QueueError>
    where
        H: Fn(CallbackMessage, CallbackContext) -> F + Send + Sync + 'static,
        F: Future<Output = CallbackAnswer> + Send + 'static,
    {
        self.run_until(handler, std::future::pending()).await
    }

    /// Runs until `shutdown` is ready. Then no message is taken any more; those that wait are given
    /// back; handlers have until the end of the [grace](Self::grace) to answer, after which they
    /// are dropped and their messages given back.
    ///
    /// If this is dropped, so are the handlers; their messages come again when their time is over.
    ///
    /// # Errors
    ///
    /// The queue refuses for good.
    pub async fn run_until<H, F>(
        self,
        handler: H,
        shutdown: impl Future<Output = ()>,
    ) -> Result<WorkerReport, QueueError>
    where
        H: Fn(CallbackMessage, CallbackContext) -> F + Send + Sync + 'static,
        F: Future<Output = CallbackAnswer> + Send + 'static,
    {
        let (most, grace) = (self.concurrency.saturating_add(self.prefetch), self.grace);
        let (wait, visibility) = (self.wait, self.visibility);
        let (phase, _) = watch::channel(Phase::Running);
        let shared = Arc::new(Shared {
            client: self.client,
            queue: self.queue,
            handler,
            hook: self.hook,
            visibility,
            permits: Semaphore::new(self.concurrency.min(Semaphore::MAX_PERMITS)),
            board: Board::new(),
            phase,
        });
        let mut jobs = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        let mut pause = PAUSES.0;
        let refusal = loop {
            while jobs.try_join_next().is_some() {}
            let room = most.saturating_sub(shared.jobs());
            if room == 0 {
                match race(&mut shutdown, jobs.join_next()).await {
                    Either::Left(()) => break None,
                    Either::Right(_) => continue,
                }
            }
            let begun = Instant::now();
            let receive = shared.queue.receive(room.min(10), wait, visibility);
            let received = match race(&mut shutdown, receive).await {
                Either::Left(()) => break None,
                Either::Right(received) => received,
            };
            let rest = match received {
                Ok(messages) => {
                    pause = PAUSES.0;
                    let nothing = messages.is_empty();
                    for message in messages {
                        shared.clone().take(message, &mut jobs);
                    }
                    let least = if nothing { LEAST_WAIT } else { Duration::ZERO };
                    least.saturating_sub(begun.elapsed())
                }
                Err(error) if error.is_lasting() => break Some(error),
                Err(error) => {
                    shared.tell(WorkerEvent::QueueFailed { error });
                    let now = pause;
                    pause = pause.saturating_mul(2).min(PAUSES.1);
                    now
                }
            };
            if !rest.is_zero()
                && let Either::Left(()) = race(&mut shutdown, tokio::time::sleep(rest)).await
            {
                break None;
            }
        };
        shared.phase.send_replace(Phase::Draining);
        let drain = async { while jobs.join_next().await.is_some() {} };
        if tokio::time::timeout(grace, drain).await.is_err() {
            shared.phase.send_replace(Phase::Over);
            while jobs.join_next().await.is_some() {}
        }
        match refusal {
            Some(error) => Err(error),
            None => Ok(shared.report()),
        }
    }
}

impl<Q> fmt::Debug for CallbackWorker<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackWorker")
            .field("concurrency", &self.concurrency)
            .field("prefetch", &self.prefetch)
            .field("wait", &self.wait)
            .field("visibility", &self.visibility)
            .field("grace", &self.grace)
            .finish_non_exhaustive()
    }
}

//! One callback, from its first message to its answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::Hook;
use super::context::{CallbackContext, Phase, reached};
use super::event::{WorkerEvent, WorkerReport};
use super::race::{Either, race};
use crate::sagemaker::Client;
use crate::sagemaker::pipelines::answer::CallbackAnswer;
use crate::sagemaker::pipelines::memory::{Memory, Remembered};
use crate::sagemaker::pipelines::message::{CallbackMessage, CallbackStatus, InvalidCallback};
use crate::sagemaker::pipelines::queue::{CallbackQueue, QueueMessage};

/// How many answers are remembered.
const REMEMBERED: usize = 10_000;
/// The pauses between answers that do not get through.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// What the jobs of a worker share.
pub(super) struct Shared<Q, H> {
    pub(super) client: Client,
    pub(super) queue: Q,
    pub(super) handler: H,
    pub(super) hook: Option<Hook>,
    pub(super) visibility: Duration,
    pub(super) permits: Semaphore,
    pub(super) board: Mutex<Board>,
    pub(super) phase: watch::Sender<Phase>,
}

/// What is going on, by callback tokens.
pub(super) struct Board {
    jobs: HashMap<String, Job>,
    memory: Memory,
    report: WorkerReport,
}

/// A callback that is worked on.
struct Job {
    /// Of all its messages that have come so far.
    receipts: Vec<String>,
    stopping: watch::Sender<bool>,
}

/// How a job ends.
enum End {
    /// The service has an answer.
    Answered,
    /// The messages are left to come again when their time is over.
    Left,
    /// The messages may come again at once.
    GivenBack,
}

impl Board {
    pub(super) fn new() -> Mutex<Self> {
        Mutex::new(Self {
            jobs: HashMap::new(),
            memory: Memory::new(REMEMBERED),
            report: WorkerReport::default(),
        })
    }
}

impl<Q, H> Shared<Q, H> {
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many callbacks are worked on, or wait for it.
    pub(super) fn jobs(&self) -> usize {
        self.board().jobs.len()
    }

    pub(super) fn report(&self) -> WorkerReport {
        self.board().report
    }

    pub(super) fn tell(&self, event: WorkerEvent) {
        tracing::debug!(%event, "callback worker");
        self.board().report.count(&event);
        if let Some(hook) = &self.hook {
            hook(&event);
        }
    }
}

impl<Q, H, F> Shared<Q, H>
where
    Q: CallbackQueue,
    H: Fn(CallbackMessage, CallbackContext) -> F + Send + Sync + 'static,
    F: Future<Output = CallbackAnswer> + Send + 'static,
{
    /// Begins what a message asks for.
    pub(super) fn take(self: Arc<Self>, received: QueueMessage, jobs: &mut JoinSet<()>) {
        let message = match understood(&received.body) {
            Ok(message) => message,
            Err(problem) => {
                let message_id = received.id;
                self.tell(WorkerEvent::Poison {
                    message_id,
                    problem,
                });
                return;
            }
        };
        let token = message.token.clone();
        let is_stop = message.status == CallbackStatus::Stopping;
        let mut board = self.board();
        if let Some(job) = board.jobs.get_mut(&token) {
            job.receipts.push(received.receipt);
            let news = is_stop && !job.stopping.send_replace(true);
            drop(board);
            self.tell(match news {
                true => WorkerEvent::Stopping { token },
                false => WorkerEvent::Repeated { token },
            });
            return;
        }
        let remembered = board.memory.of(&token);
        if remembered == Remembered::Taken {
            drop(board);
            self.tell(WorkerEvent::Repeated { token });
            jobs.spawn(async move { self.delete(vec![received.receipt]).await });
            return;
        }
        let (stopping, _) = watch::channel(is_stop);
        let context = CallbackContext {
            stopping: stopping.subscribe(),
            phase: self.phase.subscribe(),
        };
        let receipts = vec![received.receipt];
        board.jobs.insert(token.clone(), Job { receipts, stopping });
        drop(board);
        let decided = match remembered {
            Remembered::Decided(answer) => {
                self.tell(WorkerEvent::Repeated { token });
                Some(answer)
            }
            _ => {
                let execution_arn = message.execution_arn.clone();
                self.tell(WorkerEvent::Received {
                    token,
                    execution_arn,
                });
                None
            }
        };
        jobs.spawn(self.work(message, context, decided));
    }

    /// Brings a callback to its end, its messages hidden meanwhile.
    async fn work(
        self: Arc<Self>,
        message: CallbackMessage,
        context: CallbackContext,
        decided: Option<CallbackAnswer>,
    ) {
        let token = message.token.clone();
        let hidden = self.keep_hidden(&token);
        let end = match race(self.answered(message, context, decided), hidden).await {
            Either::Left(end) => end,
            Either::Right(never) => match never {},
        };
        let job = {
            // Under one lock, so that a message that comes now finds either the job or the answer.
            let mut board = self.board();
            if matches!(end, End::Answered) {
                board.memory.taken(&token);
            }
            board.jobs.remove(&token)
        };
        let receipts = job.map(|job| job.receipts).unwrap_or_default();
        match end {
            End::Answered => self.delete(receipts).await,
            End::Left => {}
            End::GivenBack => {
                self.tell(WorkerEvent::GivenBack { token });
                self.hide(receipts, Duration::ZERO).await;
            }
        }
    }

    /// Has the handler answer, and sends what it says.
    async fn answered(
        self: &Arc<Self>,
        message: CallbackMessage,
        context: CallbackContext,
        decided: Option<CallbackAnswer>,
    ) -> End {
        let token = message.token.clone();
        let phase = context.phase.clone();
        let answer = match decided {
            Some(answer) => answer,
            None => {
                let draining = reached(&phase, Phase::Draining);
                let Either::Left(Ok(_permit)) = race(self.permits.acquire(), draining).await else {
                    return End::GivenBack;
                };
                // A task of its own, so that a panic is the handler's alone.
                let mut task = JoinSet::new();
                let (own, message) = (self.clone(), message.clone());
                task.spawn(async move { (own.handler)(message, context).await });
                match race(task.join_next(), reached(&phase, Phase::Over)).await {
                    Either::Left(Some(Ok(answer))) => answer,
                    Either::Left(_) => {
                        self.tell(WorkerEvent::Panicked { token });
                        return End::Left;
                    }
                    Either::Right(()) => return End::GivenBack,
                }
            }
        };
        // From now on it is this answer, whatever comes.
        self.board().memory.decide(&token, answer.clone());
        match race(self.send(&message, &answer), reached(&phase, Phase::Over)).await {
            Either::Left(end) => end,
            Either::Right(()) => End::GivenBack,
        }
    }

    /// Sends an answer until the service takes or refuses it.
    async fn send(&self, message: &CallbackMessage, answer: &CallbackAnswer) -> End {
        let mut pause = PAUSES.0;
        loop {
            let token = message.token.clone();
            match message.answer(&self.client, answer).await {
                Ok(answered) => {
                    self.tell(WorkerEvent::Answered { token, answered });
                    return End::Answered;
                }
                Err(error) if error.is_retryable() => {
                    self.tell(WorkerEvent::AnswerDelayed { token, error });
                }
                Err(error) => {
                    self.tell(WorkerEvent::AnswerRefused { token, error });
                    return End::Left;
                }
            }
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2).min(PAUSES.1);
        }
    }

    /// Hides the messages of a callback anew, for as long as it is worked on.
    async fn keep_hidden(&self, token: &str) -> std::convert::Infallible {
        loop {
            tokio::time::sleep(self.visibility / 2).await;
            let receipts = self.board().jobs.get(token).map(|job| job.receipts.clone());
            self.hide(receipts.unwrap_or_default(), self.visibility)
                .await;
        }
    }

    async fn hide(&self, receipts: Vec<String>, visibility: Duration) {
        for receipt in receipts {
            if let Err(error) = self.queue.hide(&receipt, visibility).await {
                self.tell(WorkerEvent::QueueFailed { error });
            }
        }
    }

    async fn delete(&self, receipts: Vec<String>) {
        for receipt in receipts {
            if let Err(error) = self.queue.delete(&receipt).await {
                self.tell(WorkerEvent::QueueFailed { error });
            }
        }
    }
}

/// Reads a message, and refuses a status that nobody knows what to do about.
fn understood(body: &str) -> Result<CallbackMessage, InvalidCallback> {
    let message = CallbackMessage::parse(body)?;
    if let CallbackStatus::Unknown(status) = &message.status {
        let problem = format!("the status `{status}` is not known");
        return Err(InvalidCallback::new(problem, body));
    }
    Ok(message)
}

//! One task from request to outcome.

mod error;
mod signal;

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use futures_core::Stream;

use super::launch::Halt;
use super::{Outcome, TaskHandle};
use crate::ecs::{Client, DescribeTaskDefinitionRequest, RunTaskRequest, Task};
use crate::transport::BoxFuture;
use crate::wait::Schedule;
use signal::Signal;

pub use error::{RunError, RunFailure};

/// What is called as a run goes on.
type Hook<'a> = Box<dyn FnMut(RunProgress<'_>) + Send + 'a>;
type RetryIf<'a> = Box<dyn FnMut(&Outcome) -> bool + Send + 'a>;

const DEADLINE: Duration = Duration::from_secs(24 * 60 * 60);
const STOP_DEADLINE: Duration = Duration::from_secs(600);
/// How long it may take to find out whether a task was started that is no longer wanted.
const SETTLE: Duration = Duration::from_secs(120);

impl Client {
    /// Runs one task to its end and tells what became of it.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let simulator = longshore::simulator::Simulator::new();
    /// # let ecs = longshore::ecs::Client::new(&simulator.config())?;
    /// # let ctrl_c = std::future::pending();
    /// use std::time::Duration;
    /// use longshore::ecs::RunTaskRequest;
    ///
    /// let outcome = ecs
    ///     .run_to_completion(RunTaskRequest::new("sleep360"))
    ///     .key("report-2026-11")
    ///     .deadline(Duration::from_secs(3600))
    ///     .cancel_on(ctrl_c)
    ///     .attempts(3)
    ///     .await?;
    /// assert!(outcome.is_success(), "{outcome}");
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn run_to_completion(&self, request: RunTaskRequest) -> RunToCompletion<'_> {
        RunToCompletion {
            ecs: self,
            request,
            key: None,
            deadline: DEADLINE,
            stop_deadline: STOP_DEADLINE,
            cancel: None,
            attempts: 1,
            retry_if: Box::new(Outcome::is_retryable),
            pauses: None,
            hook: None,
        }
    }
}

/// A run that is about to begin: `.await` begins it, settings can be given before.
///
/// The task is launched as by [`Client::launch`], and watched until it has stopped. When the
/// deadline comes first, or the future given to [`cancel_on`](Self::cancel_on) ends, or the task
/// can no longer be watched, then the task is stopped, and seen stopped; only if that fails too can
/// it be running afterwards, and the error has its ARN.
///
/// A run that is *dropped* leaves its task running, as nothing can be sent then. The same run
/// under the same key takes the task up again: within 24 hours nothing is started twice.
#[must_use = "a run does nothing until it is awaited"]
pub struct RunToCompletion<'a> {
    ecs: &'a Client,
    request: RunTaskRequest,
    key: Option<String>,
    deadline: Duration,
    stop_deadline: Duration,
    cancel: Option<BoxFuture<'a, ()>>,
    attempts: u32,
    retry_if: RetryIf<'a>,
    pauses: Option<Schedule>,
    hook: Option<Hook<'a>>,
}

/// How far a run is.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunProgress<'a> {
    /// A task is about to be launched.
    #[non_exhaustive]
    Launching {
        /// Which attempt, from 1.
        attempt: u32,
    },
    /// It was started.
    Started(&'a Task),
    /// It has changed.
    Changed(&'a Task),
    /// It is being stopped.
    #[non_exhaustive]
    Stopping {
        /// The reason that is given to ECS.
        reason: &'a str,
    },
    /// It has stopped.
    Stopped(&'a Outcome),
    /// There will be another attempt.
    #[non_exhaustive]
    Retrying {
        /// The pause before it.
        after: Duration,
    },
}

impl<'a> RunToCompletion<'a> {
    /// Sets the key: what the job is called, in visible ASCII characters. By default the request's
    /// client token, or a random one. See [`Launch`](super::Launch).
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets how long the run may take, all attempts together; a day unless set. What remains of
    /// the task is then stopped, which takes its own time.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets how long it may take to see a task stopped; 10 minutes unless set.
    pub fn stop_deadline(mut self, deadline: Duration) -> Self {
        self.stop_deadline = deadline;
        self
    }

    /// Sets a future that cancels the run when it ends: Ctrl-C, a channel, another job's failure.
    pub fn cancel_on(mut self, cancel: impl Future<Output = ()> + Send + 'a) -> Self {
        self.cancel = Some(Box::pin(cancel));
        self
    }

    /// Sets how many tasks may be run, one after another, for a success; 1 unless set. Another is
    /// run where [`Outcome::is_retryable`] says that it is worth it.
    pub fn attempts(mut self, count: u32) -> Self {
        self.attempts = count;
        self
    }

    /// Sets which outcomes are worth another attempt, instead of [`Outcome::is_retryable`]. It is
    /// not asked about successes.
    pub fn retry_if(mut self, judge: impl FnMut(&Outcome) -> bool + Send + 'a) -> Self {
        self.retry_if = Box::new(judge);
        self
    }

    /// Sets the pauses between attempts; from 5 seconds to 2 minutes unless set. When they end, so
    /// do the attempts.
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.pauses = Some(schedule);
        self
    }

    /// Sets what is called as the run goes on.
    pub fn on_progress(mut self, hook: impl FnMut(RunProgress<'_>) + Send + 'a) -> Self {
        self.hook = Some(Box::new(hook));
        self
    }

    #[inline] // as all that leads to a call
    async fn run(mut self) -> Result<Outcome, RunError> {
        let key = (self.key.clone())
            .or(self.request.client_token.clone())
            .unwrap_or_else(|| self.ecs.runtime().uuid());
        let mut signal = Signal::new(self.cancel.take(), self.deadline);
        let mut pauses = self.pauses.take().unwrap_or_else(between).pauses();
        let mut attempt = 1;
        loop {
            let own_key = match attempt {
                1 => key.clone(),
                n => format!("{key}/{n}"),
            };
            self.tell(RunProgress::Launching { attempt });
            let outcome = self.attempt(own_key, &mut signal).await?;
            self.tell(RunProgress::Stopped(&outcome));
            let again = !outcome.is_success()
                && attempt < self.attempts
                && signal.fired().is_none()
                && (self.retry_if)(&outcome);
            let Some(after) = again.then(|| pauses.next()).flatten() else {
                return Ok(outcome);
            };
            self.tell(RunProgress::Retrying { after });
            let mut pause = Box::pin(tokio::time::sleep(after));
            if let Err(stop) = signal.race(&mut pause).await {
                return Err(RunError::of(stop.failure(), &key).with_outcome(outcome));
            }
            attempt += 1;
        }
    }

    /// One task, from its launch to its outcome.
    #[inline]
    async fn attempt(&mut self, key: String, signal: &mut Signal<'a>) -> Result<Outcome, RunError> {
        let ecs = self.ecs;
        let halt = Halt::default();
        let launch = ecs.launch(self.request.clone(), 1).key(&key).halt(&halt);
        let mut launching = launch.deadline(signal.time_left() + SETTLE).into_future();
        let launched = match signal.race(&mut launching).await {
            Ok(launched) => launched,
            Err(_) => {
                // A request may be under way; what it starts has to be known, to be stopped.
                halt.call();
                launching.await
            }
        };
        let Some(task) = launched.started.into_iter().next() else {
            let failure = launched.failures.into_iter().next();
            let failure =
                failure.filter(|failure| signal.fired().is_none() || !failure.class.is_certain());
            return Err(match (failure, signal.fired()) {
                (Some(failure), _) => RunError::of(RunFailure::NotStarted(Box::new(failure)), &key),
                (None, Some(stop)) => RunError::of(stop.failure(), &key),
                // A launch of one task reports a task or a failure.
                (None, None) => RunError::of(RunFailure::Cancelled, &key),
            });
        };
        self.tell(RunProgress::Started(&task));
        let handle = ecs.watch_task(&task);
        let outcome = match self.follow(&handle, signal).await {
            Ok(outcome) => outcome,
            Err(failure) => self.settle(&handle, failure, &key).await?,
        };
        Ok(judge(ecs, outcome).await)
    }

    /// Watches the task until it has stopped.
    #[inline]
    async fn follow(
        &mut self,
        handle: &TaskHandle,
        signal: &mut Signal<'a>,
    ) -> Result<Outcome, RunFailure> {
        let mut changes = handle.changes();
        loop {
            let mut next = Box::pin(poll_fn(|context| Pin::new(&mut changes).poll_next(context)));
            match signal.race(&mut next).await {
                Err(stop) => return Err(stop.failure()),
                Ok(Some(Ok(task))) => self.tell(RunProgress::Changed(&task)),
                Ok(Some(Err(error))) => return Err(RunFailure::Task(Box::new(error))),
                Ok(None) => break,
            }
        }
        // The stream ends with the task.
        let mut stopped = handle.stopped().into_future();
        match signal.race(&mut stopped).await {
            Ok(result) => result.map_err(|error| RunFailure::Task(Box::new(error))),
            Err(stop) => Err(stop.failure()),
        }
    }

    /// Stops the task and sees that it has stopped. If it came to its own end meanwhile, that is
    /// what became of it.
    #[inline]
    async fn settle(
        &mut self,
        handle: &TaskHandle,
        failure: RunFailure,
        key: &str,
    ) -> Result<Outcome, RunError> {
        let reason = failure.stop_reason();
        self.tell(RunProgress::Stopping { reason });
        let stop = handle.stop(reason).deadline(self.stop_deadline);
        match stop.await {
            Ok(outcome) if was_stopped(&outcome, reason) => {
                Err(RunError::of(failure, key).with_outcome(outcome))
            }
            Ok(outcome) => Ok(outcome),
            Err(error) => Err(RunError::of(failure, key).left_running(handle.arn(), error)),
        }
    }

    fn tell(&mut self, progress: RunProgress<'_>) {
        if let Some(hook) = &mut self.hook {
            hook(progress);
        }
    }
}

/// Where there are several containers, the task definition knows which of them matter.
#[inline]
async fn judge(ecs: &Client, outcome: Outcome) -> Outcome {
    if outcome.task.containers.len() < 2 {
        return outcome;
    }
    let request = DescribeTaskDefinitionRequest::new(&outcome.task.task_definition_arn);
    // Without permission to read it, the rules of `Outcome::of` have to do.
    let Ok(answer) = ecs.describe_task_definition(request).await else {
        return outcome;
    };
    let definition = answer.task_definition.unwrap_or_default();
    let containers = definition.container_definitions.into_iter();
    let essential = containers.filter(|container| container.essential != Some(false));
    let names: Vec<String> = essential.filter_map(|container| container.name).collect();
    let names = names.iter().map(String::as_str);
    Outcome::of_essential(outcome.task.clone(), names).unwrap_or(outcome)
}

/// Whether the task ended because we stopped it.
fn was_stopped(outcome: &Outcome, reason: &str) -> bool {
    outcome.stopped_reason() == Some(reason) || outcome.stopped_unseen()
}

/// The pauses between attempts.
fn between() -> Schedule {
    let (first, longest) = (Duration::from_secs(5), Duration::from_secs(120));
    Schedule::exponential(first, 2.0, longest).unwrap_or_else(|_| Schedule::every(longest))
}

impl<'a> IntoFuture for RunToCompletion<'a> {
    type Output = Result<Outcome, RunError>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    #[inline]
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for RunToCompletion<'_> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunToCompletion")
            .field("request", &self.request)
            .field("key", &self.key)
            .field("deadline", &self.deadline)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

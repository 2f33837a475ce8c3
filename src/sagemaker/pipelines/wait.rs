//! Waiting for the end of an execution.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::ended::{Ended, NotEnded};
use super::execution::Execution;
use super::state::{self, ExecutionProgress, ExecutionState};
use crate::error::Error;
use crate::transport::BoxFuture;
use crate::wait::{Poll, Polling, Schedule, Verdict};

type Hook<'a> = Box<dyn FnMut(ExecutionProgress<'_>) + Send + 'a>;

/// A wait for the end of an execution: `.await` begins it, settings can be given before.
///
/// Throttles and passing faults are waited out; only the deadline and errors that will not pass
/// end it early.
#[must_use = "a wait does nothing until it is awaited"]
pub struct ExecutionWait<'a> {
    execution: &'a Execution,
    stop: bool,
    schedule: Option<Schedule>,
    deadline: Duration,
    hook: Option<Hook<'a>>,
}

impl<'a> ExecutionWait<'a> {
    #[inline]
    pub(super) fn for_end(execution: &'a Execution) -> Self {
        Self {
            execution,
            stop: false,
            schedule: None,
            deadline: Duration::from_secs(24 * 60 * 60),
            hook: None,
        }
    }

    #[inline]
    pub(super) fn stopping(execution: &'a Execution) -> Self {
        Self {
            stop: true,
            deadline: Duration::from_secs(60 * 60),
            ..Self::for_end(execution)
        }
    }

    /// Sets the pauses between looks; from 2 seconds, growing by half, to 30 unless set. A look is
    /// a call of DescribePipelineExecution, and where there is a hook or a stop, one of
    /// ListPipelineExecutionSteps for each hundred steps.
    #[inline]
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.schedule = Some(schedule);
        self
    }

    /// Sets how long it may take; 24 hours for [`wait`](Execution::wait), an hour for
    /// [`stop_and_wait`](Execution::stop_and_wait) unless set.
    #[inline]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets what is called when something has happened: at the first look, and when the status of
    /// the execution or of a step is another one than before, the end included.
    #[inline]
    pub fn on_progress(mut self, hook: impl FnMut(ExecutionProgress<'_>) + Send + 'a) -> Self {
        self.hook = Some(Box::new(hook));
        self
    }

    #[inline]
    async fn run(self) -> Result<Ended, NotEnded> {
        let execution = self.execution;
        let mut hook = self.hook;
        let stopping = AtomicBool::new(!self.stop);
        let look = Look {
            execution,
            stopping: &stopping,
            // One for all attempts, so that the stop is asked for once.
            token: execution.client().runtime().uuid(),
            with_steps: self.stop || hook.is_some(),
        };
        let mut before = None;
        let mut on_poll = |poll: Poll<'_, ExecutionState>| {
            let (Ok(state), Some(hook)) = (poll.answer, &mut hook) else {
                return;
            };
            let now = Some(state.traits());
            if before != now {
                before = now;
                hook(ExecutionProgress {
                    state,
                    elapsed: poll.elapsed,
                    poll: poll.number,
                });
            }
        };
        let polling = Polling {
            name: "the end of the execution",
            judge: Box::new(|state: &Result<ExecutionState, Error>| {
                let ended = state.as_ref().is_ok_and(ExecutionState::has_ended);
                ended.then_some((Verdict::Success, "the execution has ended"))
            }),
            schedule: self.schedule.unwrap_or_else(usual),
            deadline: self.deadline,
            on_poll: Some(Box::new(&mut on_poll)),
        };
        let look = &look;
        let waited = polling.run(|| Box::pin(look.look())).await;
        match waited {
            Ok(waited) => {
                let state = waited.response.unwrap_or_default();
                Ok(Ended::new(state, waited.polls, waited.elapsed))
            }
            Err(error) => Err(NotEnded::new(execution.arn(), error)),
        }
    }
}

/// What one poll does.
struct Look<'a> {
    execution: &'a Execution,
    /// Whether the stop has been asked for, or none is wanted.
    stopping: &'a AtomicBool,
    token: String,
    with_steps: bool,
}

impl Look<'_> {
    #[inline]
    async fn look(&self) -> Result<ExecutionState, Error> {
        if !self.stopping.load(Ordering::Relaxed) {
            let stop = self.execution.stop().once();
            stop.idempotency_token(self.token.as_str()).await?;
            self.stopping.store(true, Ordering::Relaxed);
        }
        let mut state = ExecutionState {
            execution: self.execution.describe().max_attempts(1).await?,
            steps: Vec::new(),
        };
        if self.with_steps || state.has_ended() {
            let (client, arn) = (self.execution.client(), self.execution.arn());
            let steps = state::list_steps(client, arn).max_attempts(1);
            state.steps = state::all(steps.items()).await?;
        }
        Ok(state)
    }
}

fn usual() -> Schedule {
    let (first, longest) = (Duration::from_secs(2), Duration::from_secs(30));
    Schedule::exponential(first, 1.5, longest).unwrap_or_else(|_| Schedule::eventual_consistency())
}

impl<'a> IntoFuture for ExecutionWait<'a> {
    type Output = Result<Ended, NotEnded>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    #[inline]
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for ExecutionWait<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecutionWait")
            .field("execution", &self.execution)
            .field("stop", &self.stop)
            .field("schedule", &self.schedule)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

//! Waiting for a task.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{TaskError, TaskHandle};
use crate::ecs::tasks::Outcome;
use crate::ecs::tasks::watch::{End, State};
use crate::ecs::{Task, TaskStatus};
use crate::transport::BoxFuture;

const RUNNING: Duration = Duration::from_secs(60 * 60);
const STOPPED: Duration = Duration::from_secs(24 * 60 * 60);

impl TaskHandle {
    /// Waits until the task is RUNNING, and returns it.
    ///
    /// For an hour, unless a deadline is set: ECS gives up a task that finds no capacity after 10
    /// to 30 minutes.
    ///
    /// # Errors
    ///
    /// [`TaskError::Stopped`] at once when the task has stopped, with its outcome, which can be a
    /// success: a short task can be over before it is seen running. The others of [`TaskError`].
    pub fn running(&self) -> TaskWait<'_, Arc<Task>> {
        TaskWait::new(self, RUNNING, |handle, deadline| {
            Box::pin(running(handle, deadline))
        })
    }

    /// Waits until the task has stopped, and returns what became of it.
    ///
    /// For a day, unless a deadline is set.
    ///
    /// # Errors
    ///
    /// See [`TaskError`]. A task that failed is an [`Outcome`], not an error.
    pub fn stopped(&self) -> TaskWait<'_, Outcome> {
        TaskWait::new(self, STOPPED, |handle, deadline| {
            Box::pin(stopped(handle, deadline))
        })
    }
}

/// A wait that is about to begin: `.await` begins it, a deadline can be given before.
///
/// It can be dropped at any time, and begun again.
#[must_use = "a wait does nothing until it is awaited"]
pub struct TaskWait<'a, T> {
    handle: &'a TaskHandle,
    deadline: Duration,
    wait: fn(&'a TaskHandle, Duration) -> BoxFuture<'a, Result<T, TaskError>>,
}

impl<'a, T> TaskWait<'a, T> {
    fn new(
        handle: &'a TaskHandle,
        deadline: Duration,
        wait: fn(&'a TaskHandle, Duration) -> BoxFuture<'a, Result<T, TaskError>>,
    ) -> Self {
        Self {
            handle,
            deadline,
            wait,
        }
    }

    /// Sets how long the wait may take.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }
}

impl<'a, T> IntoFuture for TaskWait<'a, T> {
    type Output = Result<T, TaskError>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        (self.wait)(self.handle, self.deadline)
    }
}

impl<T> fmt::Debug for TaskWait<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskWait")
            .field("task", &self.handle.arn())
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

async fn running(handle: &TaskHandle, deadline: Duration) -> Result<Arc<Task>, TaskError> {
    let _wanted = handle.entry.want();
    // It is running already, but not kept in full.
    let is_running = |state: &State| state.status == Some(TaskStatus::Running);
    let reread = {
        let state = handle.entry.state();
        is_running(&state) && state.task.is_none() && state.end.is_none()
    };
    if reread {
        handle.watcher.look_now(&handle.entry, true);
    }
    handle
        .until("running", deadline, |handle, state| match &state.end {
            Some(End::Outcome(outcome)) => {
                Some(Err(TaskError::Stopped(Box::new((**outcome).clone()))))
            }
            Some(End::NotFound) => Some(Err(handle.not_found())),
            None => state
                .task
                .as_ref()
                .filter(|_| is_running(state))
                .map(|task| Ok(task.clone())),
        })
        .await
}

pub(super) async fn stopped(handle: &TaskHandle, deadline: Duration) -> Result<Outcome, TaskError> {
    let outcome = handle
        .until("stopped", deadline, |handle, state| match &state.end {
            Some(End::Outcome(outcome)) => Some(Ok(outcome.clone())),
            Some(End::NotFound) => Some(Err(handle.not_found())),
            None => None,
        })
        .await?;
    Ok(Outcome::clone(&outcome))
}

impl TaskHandle {
    /// Waits until the state has what is looked for, a call fails for good, or the time is over.
    pub(super) async fn until<T>(
        &self,
        goal: &'static str,
        after: Duration,
        found: impl Fn(&Self, &State) -> Option<Result<T, TaskError>>,
    ) -> Result<T, TaskError> {
        // A deadline beyond all time is none.
        let end = Instant::now().checked_add(after);
        let failures = self.entry.state().failures;
        let mut is_first = true;
        loop {
            let changed = self.entry.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            {
                let state = self.entry.state();
                if let Some(result) = found(self, &state) {
                    return result;
                }
                if state.failures != failures
                    && let Some(error) = &state.error
                {
                    return Err(self.refused(error));
                }
                if is_first && state.failures > 0 && state.error.is_some() {
                    drop(state);
                    // What was refused before is asked for again, not waited for.
                    self.watcher.look_now(&self.entry, false);
                }
                is_first = false;
            }
            self.watcher.start();
            match end {
                Some(end) => {
                    if tokio::time::timeout_at(end, changed).await.is_err() {
                        return Err(self.too_late(goal, after));
                    }
                }
                None => changed.await,
            }
        }
    }

    pub(super) fn not_found(&self) -> TaskError {
        TaskError::NotFound { task: self.name() }
    }

    /// How many looks at the task have been refused.
    #[cfg(feature = "logs")]
    pub(in crate::ecs::tasks) fn refusals(&self) -> u32 {
        self.entry.state().failures
    }

    /// The refusal of the last look at the task, if it came after so many.
    #[cfg(feature = "logs")]
    pub(in crate::ecs::tasks) fn refused_since(&self, refusals: u32) -> Option<TaskError> {
        let state = self.entry.state();
        let is_new = state.failures != refusals && state.end.is_none();
        Some(self.refused(state.error.as_ref().filter(|_| is_new)?))
    }

    fn refused(&self, error: &Arc<crate::Error>) -> TaskError {
        TaskError::Call {
            task: self.name(),
            error: error.clone(),
        }
    }

    fn too_late(&self, goal: &'static str, after: Duration) -> TaskError {
        TaskError::Deadline {
            task: self.name(),
            goal,
            after,
            last: self.state(),
            error: self.entry.state().error.clone(),
        }
    }
}

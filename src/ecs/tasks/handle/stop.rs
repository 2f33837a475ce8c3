//! Stopping a task, and seeing that it has stopped.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::waits::stopped;
use super::{TaskError, TaskHandle};
use crate::ecs::StopTaskRequest;
use crate::ecs::tasks::Outcome;
use crate::error::Error;
use crate::retry::{self, RetrySettings};
use crate::transport::BoxFuture;

/// A container may have up to two minutes to end on Fargate, and its network interface has to go.
const DEADLINE: Duration = Duration::from_secs(600);

impl TaskHandle {
    /// Stops the task, waits until it has stopped, and returns what became of it.
    ///
    /// Its containers get SIGTERM, and SIGKILL after their stop timeout, 30 seconds by default. The
    /// reason, of up to 1,024 characters, shows as
    /// [`stopped_reason`](crate::ecs::Task::stopped_reason). For a task that has
    /// stopped already nothing is sent. Waits 10 minutes, unless a deadline is set; throttles and
    /// passing faults are waited out. Dropping the future after StopTask was sent leaves the task
    /// stopping.
    ///
    /// # Errors
    ///
    /// [`TaskError::Call`] if StopTask is refused, and the others of [`TaskError`].
    #[inline]
    pub fn stop(&self, reason: impl Into<String>) -> StopAndWait<'_> {
        StopAndWait {
            handle: self,
            reason: reason.into(),
            deadline: DEADLINE,
        }
    }

    /// Sends StopTask until it is answered. That the service does not know the task is for the
    /// watcher to judge.
    #[inline]
    async fn ask_to_stop(&self, reason: String, end: Option<Instant>) -> Result<(), TaskError> {
        let mut trial = 0;
        loop {
            if self.entry.state().end.is_some() {
                return Ok(());
            }
            let request = StopTaskRequest {
                cluster: Some(self.cluster().to_owned()),
                reason: Some(reason.clone()),
                ..StopTaskRequest::new(self.arn())
            };
            let error = match self.ecs.stop_task(request).await {
                Ok(_) => return Ok(()),
                Err(error) if is_unknown_task(&error) => return Ok(()),
                Err(error) => error,
            };
            let asked = error.service_error().and_then(|error| error.retry_after);
            trial += 1;
            let pause = retry::pause(&RetrySettings::default(), trial, 1.0, asked);
            let next = Instant::now().checked_add(pause);
            let in_time = next.is_some() && end.is_none_or(|end| next < Some(end));
            if !error.is_retryable() || !in_time {
                let (task, error) = (self.name(), Arc::new(error));
                return Err(TaskError::Call { task, error });
            }
            tokio::time::sleep(pause).await;
        }
    }
}

/// Whether the service says that there is no such task.
fn is_unknown_task(error: &Error) -> bool {
    matches!(error, Error::InvalidParameter(error) if error.message.contains("not found"))
}

/// A stop that is about to be made: `.await` makes it, a deadline can be given before.
#[must_use = "a stop does nothing until it is awaited"]
pub struct StopAndWait<'a> {
    handle: &'a TaskHandle,
    reason: String,
    deadline: Duration,
}

impl<'a> StopAndWait<'a> {
    /// Sets how long it may take.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    #[inline]
    async fn run(self) -> Result<Outcome, TaskError> {
        let Self {
            handle,
            reason,
            deadline,
        } = self;
        let begun = Instant::now();
        let end = begun.checked_add(deadline);
        handle.ask_to_stop(reason, end).await?;
        handle.watcher.expect(&handle.entry);
        stopped(handle, deadline.saturating_sub(begun.elapsed())).await
    }
}

impl<'a> IntoFuture for StopAndWait<'a> {
    type Output = Result<Outcome, TaskError>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    #[inline]
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for StopAndWait<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopAndWait")
            .field("task", &self.handle.arn())
            .field("reason", &self.reason)
            .field("deadline", &self.deadline)
            .finish()
    }
}

//! Why a run has no outcome.

use std::fmt;
use std::time::Duration;

use crate::ecs::tasks::LaunchFailure;
use crate::ecs::tasks::{Outcome, TaskError};
use crate::error::Seconds;

/// A run that was ended before its task came to its own end, or never had a task.
#[non_exhaustive]
pub struct RunError {
    /// Why.
    pub failure: RunFailure,
    /// The key of the launch. The same run under the same key finds what was started.
    pub key: String,
    /// What became of the task, if there was one and it was seen stopped.
    pub outcome: Option<Box<Outcome>>,
    /// The ARN of the task that may still be running: it was to be stopped, and was not seen
    /// stopped.
    pub running: Option<String>,
    /// Why it was not seen stopped.
    pub stop_error: Option<Box<TaskError>>,
}

/// Why a run was ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunFailure {
    /// No task was started, or not surely: its class tells.
    NotStarted(Box<LaunchFailure>),
    /// The caller's future ended.
    Cancelled,
    /// The deadline came.
    Deadline(Duration),
    /// The task could no longer be watched.
    Task(Box<TaskError>),
}

impl RunFailure {
    /// What ECS is told, and shows as the task's `stoppedReason`.
    pub(super) fn stop_reason(&self) -> &'static str {
        match self {
            Self::NotStarted(_) | Self::Cancelled => "The run was cancelled",
            Self::Deadline(_) => "The run's deadline came",
            Self::Task(_) => "The task could no longer be watched",
        }
    }
}

impl RunError {
    pub(super) fn of(failure: RunFailure, key: &str) -> Self {
        Self {
            failure,
            key: key.to_owned(),
            outcome: None,
            running: None,
            stop_error: None,
        }
    }

    pub(super) fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = Some(Box::new(outcome));
        self
    }

    pub(super) fn left_running(mut self, arn: &str, error: TaskError) -> Self {
        self.running = Some(arn.to_owned());
        self.stop_error = Some(Box::new(error));
        self
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.failure {
            RunFailure::NotStarted(failure) => {
                write!(f, "{failure}")?;
                if !failure.class.is_certain() {
                    write!(f, "; run again with the key {} to find out", self.key)?;
                }
            }
            RunFailure::Cancelled => f.write_str("cancelled")?,
            RunFailure::Deadline(after) => {
                write!(f, "not done within {}, the run's deadline", Seconds(*after))?;
            }
            RunFailure::Task(error) => write!(f, "{error}")?,
        }
        if let Some(outcome) = &self.outcome {
            write!(f, "; {outcome}")?;
        }
        if let Some(arn) = &self.running {
            write!(f, "; {arn} may still be running")?;
        }
        if let Some(error) = &self.stop_error {
            write!(f, ", because it could not be stopped: {error}")?;
        }
        Ok(())
    }
}

/// One line, since a `main` that returns the error prints this; `{:#?}` has everything.
impl fmt::Debug for RunError {
    #[inline] // it leads to the task's
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return f.debug_tuple("RunError").field(&self.to_string()).finish();
        }
        f.debug_struct("RunError")
            .field("failure", &self.failure)
            .field("key", &self.key)
            .field("outcome", &self.outcome)
            .field("running", &self.running)
            .field("stop_error", &self.stop_error)
            .finish()
    }
}

impl std::error::Error for RunError {}

//! What came of a launch.

use std::fmt;
use std::time::Duration;

use super::classify::FailureClass;
use crate::ecs::{Failure, Task};
use crate::error::Error;

/// What came of a launch: every task that was started, and for those that were not, why.
///
/// A program that does not look at it gets a warning:
///
/// ```compile_fail
/// #![deny(unused_must_use)]
/// # use longshore::ecs::{Client, RunTaskRequest};
/// async fn start(ecs: &Client) {
///     ecs.launch(RunTaskRequest::new("sleep360"), 25).await;
/// }
/// ```
#[derive(Debug)]
#[must_use = "tasks may not have been started; look at `failures`, or take `into_result()`"]
#[non_exhaustive]
pub struct Launched {
    /// The key of the launch. The same launch under the same key starts what is missing, and
    /// nothing twice.
    pub key: String,
    /// How many tasks were asked for.
    pub asked: u32,
    /// The tasks that were started, those included that an earlier run under the same key had
    /// started.
    pub started: Vec<Task>,
    /// The tasks that were not started, or not surely.
    pub failures: Vec<LaunchFailure>,
}

impl Launched {
    /// Whether every task was started.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.failures.is_empty()
    }

    /// The ARNs of the tasks that were started.
    pub fn arns(&self) -> impl ExactSizeIterator<Item = &str> {
        self.started.iter().map(|task| task.task_arn.as_str())
    }

    /// How many tasks were not started, or not surely.
    #[must_use]
    pub fn missing(&self) -> u32 {
        self.failures.iter().map(|failure| failure.count).sum()
    }

    /// The tasks, if all of them were started.
    ///
    /// # Errors
    ///
    /// The whole report, the started tasks included, if one is missing.
    pub fn into_result(self) -> Result<Vec<Task>, IncompleteLaunch> {
        if self.is_complete() {
            return Ok(self.started);
        }
        Err(IncompleteLaunch(Box::new(self)))
    }
}

/// A launch of which tasks are missing.
#[derive(Debug)]
pub struct IncompleteLaunch(pub Box<Launched>);

impl fmt::Display for IncompleteLaunch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let launched = &self.0;
        let (started, asked) = (launched.started.len(), launched.asked);
        write!(f, "{started} of {asked} tasks started")?;
        if let Some(failure) = launched.failures.first() {
            write!(f, "; {failure}")?;
        }
        match launched.failures.len() {
            0 | 1 => {}
            n => write!(f, "; and {} more failures", n - 1)?,
        }
        let retryable = |failure: &LaunchFailure| failure.class.is_retryable();
        if launched.failures.iter().any(retryable) {
            write!(
                f,
                "; launch again with the key {} for the rest",
                launched.key
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for IncompleteLaunch {}

/// Tasks of a launch that were not started, or not surely, and why.
#[derive(Debug)]
#[non_exhaustive]
pub struct LaunchFailure {
    /// How many tasks.
    pub count: u32,
    /// What kept them from starting.
    pub class: FailureClass,
    /// The failures of the last answer. On instances there is one for each instance, however many
    /// tasks are missing.
    pub reasons: Vec<Failure>,
    /// The last error, if there was one.
    pub error: Option<Error>,
}

impl fmt::Display for LaunchFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tasks = if self.count == 1 { "task" } else { "tasks" };
        write!(f, "{} {tasks}: {}", self.count, self.class)?;
        if let Some(failure) = self.reasons.first() {
            write!(
                f,
                ": {}",
                failure.reason.as_deref().unwrap_or("no reason given")
            )?;
            if let Some(detail) = &failure.detail {
                write!(f, " ({detail})")?;
            }
            if let Some(arn) = &failure.arn {
                write!(f, ", {arn}")?;
            }
        }
        if let Some(error) = &self.error {
            write!(f, ": {error}")?;
        }
        Ok(())
    }
}

/// How far a launch is.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct LaunchProgress<'a> {
    /// How many tasks were asked for.
    pub asked: u32,
    /// How many are known to have been started.
    pub started: u32,
    /// How many were given up.
    pub failed: u32,
    /// The tasks that became known just now.
    pub new: &'a [Task],
    /// How long the launch has been going on.
    pub elapsed: Duration,
}

/// Why a round, and with it its chunk, ended short.
#[derive(Debug)]
pub(super) struct Cause {
    pub(super) class: FailureClass,
    pub(super) reasons: Vec<Failure>,
    pub(super) error: Option<Error>,
    /// Whether an earlier request may have been carried out all the same.
    pub(super) doubt: bool,
}

impl Cause {
    pub(super) fn deadline() -> Self {
        Self::without_words(FailureClass::Deadline)
    }

    /// Refused unasked, since others of the launch were.
    pub(super) fn refused() -> Self {
        Self::without_words(FailureClass::Refused)
    }

    fn without_words(class: FailureClass) -> Self {
        Self {
            class,
            reasons: Vec::new(),
            error: None,
            doubt: false,
        }
    }

    pub(super) fn of_error(error: Error) -> Self {
        Self {
            class: FailureClass::of_error(&error),
            reasons: Vec::new(),
            error: Some(error),
            doubt: false,
        }
    }

    pub(super) fn of_failures(reasons: Vec<Failure>) -> Self {
        Self {
            class: FailureClass::of_failures(&reasons),
            reasons,
            error: None,
            doubt: false,
        }
    }

    /// When a request before may have been carried out, no later refusal changes that.
    pub(super) fn in_doubt(mut self, doubt: bool) -> Self {
        self.doubt = doubt;
        self
    }

    pub(super) fn for_tasks(self, count: u32) -> LaunchFailure {
        LaunchFailure {
            count,
            class: if self.doubt {
                FailureClass::Uncertain
            } else {
                self.class
            },
            reasons: self.reasons,
            error: self.error,
        }
    }
}

//! How a wait for an execution ends.

use std::fmt;
use std::time::Duration;

use super::state::{ExecutionState, FailedStep};
use crate::error::{Error, OneLine, Seconds};
use crate::sagemaker::{
    DescribePipelineExecutionResponse, PipelineExecutionStatus as Status, PipelineExecutionStep,
};
use crate::wait::{WaitError, WaitFailure};

/// An execution that has ended: Succeeded, Failed or Stopped.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "the execution may have failed; look at `status`, or take `into_result()`"]
#[non_exhaustive]
pub struct Ended {
    /// How it ended.
    pub status: Status,
    /// The steps that failed, with their reasons.
    pub failed_steps: Vec<FailedStep>,
    /// The execution.
    pub execution: DescribePipelineExecutionResponse,
    /// All its steps that had started, in the order in which they did.
    pub steps: Vec<PipelineExecutionStep>,
    /// How many looks it took.
    pub polls: u32,
    /// How long the wait took.
    pub elapsed: Duration,
}

impl Ended {
    pub(super) fn new(state: ExecutionState, polls: u32, elapsed: Duration) -> Self {
        Self {
            status: state.status(),
            failed_steps: state.failed_steps(),
            execution: state.execution,
            steps: state.steps,
            polls,
            elapsed,
        }
    }

    /// Whether it succeeded.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status == Status::Succeeded
    }

    /// The same, if it succeeded.
    ///
    /// # Errors
    ///
    /// The same, if it did not.
    pub fn into_result(self) -> Result<Self, Unsuccessful> {
        if self.is_success() {
            return Ok(self);
        }
        Err(Unsuccessful(Box::new(self)))
    }
}

impl fmt::Display for Ended {
    /// One line: `Failed: step Train failed: ClientError: no such image; and 1 more`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.status.fmt(f)?;
        match (self.failed_steps.first(), &self.execution.failure_reason) {
            (Some(step), _) => write!(f, ": {step}")?,
            (None, Some(reason)) => write!(f, ": {}", OneLine(reason))?,
            (None, None) => {}
        }
        match self.failed_steps.len() {
            0 | 1 => Ok(()),
            n => write!(f, "; and {} more", n - 1),
        }
    }
}

/// An execution that ended without success.
#[derive(Debug)]
pub struct Unsuccessful(pub Box<Ended>);

impl fmt::Display for Unsuccessful {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arn = self.0.execution.pipeline_execution_arn.as_deref();
        write!(f, "execution {}: {}", arn.unwrap_or("without ARN"), self.0)
    }
}

impl std::error::Error for Unsuccessful {}

/// A wait that was over before the execution was.
#[derive(Debug)]
#[non_exhaustive]
pub struct NotEnded {
    /// The execution's ARN.
    pub arn: String,
    /// Why the wait ended.
    pub failure: WaitFailure,
    /// How many looks were answered.
    pub polls: u32,
    /// How long it took.
    pub elapsed: Duration,
    /// The execution as it was seen last.
    pub last: Option<Box<ExecutionState>>,
    /// The error of the last look, if that is how it ended.
    pub last_error: Option<Box<Error>>,
}

impl NotEnded {
    pub(super) fn new(arn: &str, error: WaitError<ExecutionState>) -> Self {
        Self {
            arn: arn.to_owned(),
            failure: error.failure,
            polls: error.polls,
            elapsed: error.elapsed,
            last: error.last,
            last_error: error.last_error,
        }
    }
}

impl fmt::Display for NotEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "execution {}: ", self.arn)?;
        let status = self.last.as_ref().map(|state| state.status());
        match &self.failure {
            WaitFailure::Call => f.write_str("a call failed")?,
            failure => {
                match status {
                    Some(status) => write!(f, "still {status}")?,
                    None => f.write_str("not seen yet")?,
                }
                f.write_str(match failure {
                    WaitFailure::ScheduleEnded => " when the schedule ended",
                    _ => " when the deadline came",
                })?;
            }
        }
        let holdups = self.last.as_ref().map(|state| state.holdups());
        for (index, holdup) in holdups.iter().flatten().enumerate() {
            write!(f, "{} {holdup}", if index == 0 { ":" } else { ";" })?;
        }
        let looks = if self.polls == 1 { "look" } else { "looks" };
        write!(
            f,
            " (after {} {looks} in {})",
            self.polls,
            Seconds(self.elapsed)
        )
    }
}

impl std::error::Error for NotEnded {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.last_error.as_deref().map(|error| error as _)
    }
}

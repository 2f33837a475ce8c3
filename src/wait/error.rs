//! Why a wait failed.

use std::fmt;
use std::time::Duration;

use crate::error::{Error, Seconds};

/// A wait that failed, with what it saw last.
#[derive(Debug)]
#[non_exhaustive]
pub struct WaitError<R> {
    /// The waiter's name.
    pub waiter: &'static str,
    /// Why it ended.
    pub failure: WaitFailure,
    /// How many polls were answered.
    pub polls: u32,
    /// How long it took.
    pub elapsed: Duration,
    /// The last answer.
    pub last: Option<Box<R>>,
    /// The error of the last poll, if that is how it ended.
    pub last_error: Option<Box<Error>>,
}

/// Why a wait ended without success.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitFailure {
    /// What it was for will not come.
    Failed {
        /// What the answer was that said so.
        when: &'static str,
    },
    /// Its time was over.
    Deadline,
    /// Its schedule had no more pauses.
    ScheduleEnded,
    /// A call failed in a way that does not pass.
    Call,
}

impl<R> fmt::Display for WaitError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "waiting for {}: ", self.waiter)?;
        match &self.failure {
            WaitFailure::Failed { when } => write!(f, "failed, because {when}")?,
            WaitFailure::Deadline => f.write_str("not there when the deadline came")?,
            WaitFailure::ScheduleEnded => f.write_str("not there when the schedule ended")?,
            WaitFailure::Call => f.write_str("a call failed")?,
        }
        let polls = if self.polls == 1 { "poll" } else { "polls" };
        write!(
            f,
            " (after {} {polls} in {})",
            self.polls,
            Seconds(self.elapsed)
        )
    }
}

impl<R: fmt::Debug> std::error::Error for WaitError<R> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.last_error.as_deref().map(|error| error as _)
    }
}

//! What a worker tells of.

use std::error::Error as _;
use std::fmt;

use crate::error::Error;
use crate::sagemaker::pipelines::{Answered, InvalidCallback, QueueError};

/// Something that happened in a worker.
#[derive(Debug)]
#[non_exhaustive]
pub enum WorkerEvent {
    /// A callback message came; its handler runs as soon as there is room.
    Received {
        /// The callback token.
        token: String,
        /// The execution.
        execution_arn: String,
    },
    /// The execution of a callback that is worked on is to stop; its handler was told.
    Stopping {
        /// The callback token.
        token: String,
    },
    /// A message came again, or late, for a callback that is worked on or answered.
    Repeated {
        /// The callback token.
        token: String,
    },
    /// The service has an answer.
    Answered {
        /// The callback token.
        token: String,
        /// Whether it is the handler's.
        answered: Answered,
    },
    /// An answer did not get through, for now; it is sent again.
    AnswerDelayed {
        /// The callback token.
        token: String,
        /// Why.
        error: Error,
    },
    /// The service refused an answer. The message is left in the queue; if it comes again, so is
    /// the same answer.
    AnswerRefused {
        /// The callback token.
        token: String,
        /// Why.
        error: Error,
    },
    /// A message is none of a callback step. It is left in the queue.
    Poison {
        /// The message's id.
        message_id: String,
        /// What is wrong with it.
        problem: InvalidCallback,
    },
    /// A handler panicked. The message is left in the queue.
    Panicked {
        /// The callback token.
        token: String,
    },
    /// A callback was given back unanswered, since the worker shuts down.
    GivenBack {
        /// The callback token.
        token: String,
    },
    /// The queue failed for now, or failed to hide or to delete a message, which comes again then.
    QueueFailed {
        /// How.
        error: QueueError,
    },
}

impl fmt::Display for WorkerEvent {
    /// One line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Received {
                token,
                execution_arn,
            } => write!(f, "callback {token}: received, of {execution_arn}"),
            Self::Stopping { token } => write!(f, "callback {token}: the execution is to stop"),
            Self::Repeated { token } => write!(f, "callback {token}: a message came again"),
            Self::Answered { token, answered } => match answered {
                Answered::Accepted => write!(f, "callback {token}: answered"),
                Answered::Before => write!(f, "callback {token}: had been answered before"),
            },
            Self::AnswerDelayed { token, error } => {
                write!(f, "callback {token}: the answer is sent again: {error}")
            }
            Self::AnswerRefused { token, error } => {
                write!(f, "callback {token}: the answer was refused: {error}")
            }
            Self::Poison {
                message_id,
                problem,
            } => write!(f, "message {message_id}: {problem}"),
            Self::Panicked { token } => write!(f, "callback {token}: the handler panicked"),
            Self::GivenBack { token } => write!(f, "callback {token}: given back to the queue"),
            Self::QueueFailed { error } => {
                write!(f, "{error}")?;
                match error.source() {
                    Some(source) => write!(f, ": {source}"),
                    None => Ok(()),
                }
            }
        }
    }
}

/// What a worker has done, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerReport {
    /// Callbacks that were answered by it.
    pub answered: u64,
    /// Callbacks that turned out to have been answered before.
    pub answered_before: u64,
    /// Answers that the service refused.
    pub refused: u64,
    /// Messages that came again, or were `Stopping` of a callback that was worked on.
    pub repeated: u64,
    /// Messages that were none of a callback step.
    pub poison: u64,
    /// Handlers that panicked.
    pub panicked: u64,
    /// Callbacks that were given back unanswered at the shutdown.
    pub given_back: u64,
}

impl WorkerReport {
    pub(super) fn count(&mut self, event: &WorkerEvent) {
        let counter = match event {
            WorkerEvent::Answered { answered, .. } => match answered {
                Answered::Accepted => &mut self.answered,
                Answered::Before => &mut self.answered_before,
            },
            WorkerEvent::AnswerRefused { .. } => &mut self.refused,
            WorkerEvent::Repeated { .. } | WorkerEvent::Stopping { .. } => &mut self.repeated,
            WorkerEvent::Poison { .. } => &mut self.poison,
            WorkerEvent::Panicked { .. } => &mut self.panicked,
            WorkerEvent::GivenBack { .. } => &mut self.given_back,
            WorkerEvent::Received { .. }
            | WorkerEvent::AnswerDelayed { .. }
            | WorkerEvent::QueueFailed { .. } => return,
        };
        *counter += 1;
    }
}

impl fmt::Display for WorkerReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "callbacks answered: {}", self.answered)?;
        let others = [
            (self.answered_before, "answered before"),
            (self.refused, "answers refused"),
            (self.panicked, "handlers panicked"),
            (self.given_back, "given back"),
            (self.repeated, "messages repeated"),
            (self.poison, "messages not understood"),
        ];
        for (count, what) in others {
            if count > 0 {
                write!(f, ", {what}: {count}")?;
            }
        }
        Ok(())
    }
}

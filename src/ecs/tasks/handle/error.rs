//! Why a wait for a task failed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::TaskState;
use crate::ecs::tasks::Outcome;
use crate::error::{Error, Seconds};

/// Why a wait for a task failed.
#[derive(Clone)]
#[non_exhaustive]
pub enum TaskError {
    /// It was to run, and has stopped, before or after it ran.
    Stopped(Box<Outcome>),
    /// ECS does not know it, and it was never seen: there is no such task, or it stopped more than
    /// an hour ago.
    #[non_exhaustive]
    NotFound {
        /// Cluster and id.
        task: String,
    },
    /// The deadline came first.
    #[non_exhaustive]
    Deadline {
        /// Cluster and id.
        task: String,
        /// What it was waited for.
        goal: &'static str,
        /// The deadline.
        after: Duration,
        /// What was seen of the task last.
        last: TaskState,
        /// The error of the last call, if that is how it ended.
        error: Option<Arc<Error>>,
    },
    /// A call failed in a way that does not pass.
    #[non_exhaustive]
    Call {
        /// Cluster and id.
        task: String,
        /// How it failed.
        error: Arc<Error>,
    },
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped(outcome) => write!(f, "{outcome}"),
            Self::NotFound { task } => write!(
                f,
                "task {task} is not known to ECS: it never was, or it stopped more than an hour ago"
            ),
            Self::Deadline {
                task,
                goal,
                after,
                last,
                error: _,
            } => {
                write!(f, "task {task} is not {goal} after {}", Seconds(*after))?;
                match &last.status {
                    Some(status) => write!(f, "; it was last seen {status}"),
                    None => f.write_str("; it has not been seen"),
                }
            }
            Self::Call { task, error } => write!(f, "task {task}: {error}"),
        }
    }
}

/// One line, since a `main` that returns the error prints this.
impl fmt::Debug for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variant = match self {
            Self::Stopped(_) => "Stopped",
            Self::NotFound { .. } => "NotFound",
            Self::Deadline { .. } => "Deadline",
            Self::Call { .. } => "Call",
        };
        f.debug_tuple(variant).field(&self.to_string()).finish()
    }
}

impl std::error::Error for TaskError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Deadline { error, .. } => error.as_deref().map(|error| error as _),
            Self::Call { error, .. } => error.source(),
            _ => None,
        }
    }
}

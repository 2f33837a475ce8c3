//! A task that is being watched.

mod changes;
mod error;
mod stop;
mod waits;

use std::fmt;
use std::sync::Arc;

use super::Outcome;
use super::watch::{End, Entry, Watcher};
use crate::ecs::{Client, TaskStatus};

pub use changes::Changes;
pub use error::TaskError;
pub use stop::StopAndWait;
pub use waits::TaskWait;

/// A task that is being watched. Cheap to clone; clones, and other handles of the same task, share
/// what is known of it.
///
/// Handles come from [`Client::watch_task`], [`Client::watch`], [`Client::watch_arn`] and
/// [`Client::adopt`]. As long as one of them lives, the task is looked at until it has stopped,
/// together with up to 99 others in one call. Dropping a handle, or a future that it gave,
/// loses nothing and leaves the task alone.
#[derive(Clone)]
pub struct TaskHandle {
    ecs: Client,
    watcher: Arc<Watcher>,
    entry: Arc<Entry>,
}

/// What is known of a task at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskState {
    /// Where it is in its life; `None` until it has been seen.
    pub status: Option<TaskStatus>,
    /// Where ECS means to bring it.
    pub desired_status: TaskStatus,
    /// ECS's counter of its changes; 0 until it has been seen.
    pub version: i64,
}

impl TaskHandle {
    pub(super) fn new(ecs: Client, watcher: Arc<Watcher>, entry: Arc<Entry>) -> Self {
        watcher.start();
        Self {
            ecs,
            watcher,
            entry,
        }
    }

    /// The task's ARN, or its id if the handle was made from that.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.entry.reference
    }

    /// The task's id: what stands at the end of its ARN.
    #[must_use]
    pub fn id(&self) -> &str {
        self.entry.id()
    }

    /// The name of the cluster in which it runs.
    #[must_use]
    pub fn cluster(&self) -> &str {
        &self.watcher.cluster
    }

    /// What was seen of the task last.
    #[must_use]
    pub fn state(&self) -> TaskState {
        let state = self.entry.state();
        TaskState {
            status: state.status.clone(),
            desired_status: state.desired.clone(),
            version: state.version,
        }
    }

    /// How the task ended, if that is known; does not wait.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        match &self.entry.state().end {
            Some(End::Outcome(outcome)) => Some((**outcome).clone()),
            _ => None,
        }
    }

    /// Whether it has ended, or is not to be found.
    #[cfg(feature = "logs")]
    pub(super) fn is_over(&self) -> bool {
        self.entry.state().end.is_some()
    }

    #[cfg(feature = "logs")]
    pub(super) fn client(&self) -> &Client {
        &self.ecs
    }

    /// How to name it in a sentence.
    fn name(&self) -> String {
        format!("{}/{}", self.cluster(), self.id())
    }
}

impl Drop for TaskHandle {
    fn drop(&mut self) {
        // The last handle of all ends the watcher, and need not wait for the next look.
        if Arc::strong_count(&self.entry) == 1 {
            self.watcher.nudge();
        }
    }
}

impl fmt::Debug for TaskHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskHandle")
            .field("arn", &self.arn())
            .field("cluster", &self.cluster())
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

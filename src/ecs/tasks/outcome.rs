//! What became of a task: one word for how it ended, out of stop code, prose and exit codes.

mod causes;
mod text;
mod verdict;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use crate::ecs::{Container, Task, TaskStatus};

pub use causes::{Obstacle, StartFailure};

use text::{Label, OneLine, Signal};

/// What became of a task, and the task itself.
///
/// ECS says how a task ended in three places: a stop code, prose that is meant for people, and the
/// exit codes of the containers. Each of them can be missing, and they can contradict one another.
/// [`of`](Self::of) weighs them.
///
/// # Which container decides
///
/// A task in an answer does not tell which of its containers are essential, nor which one ended
/// first. When the first essential one ends, ECS stops the others; those then show the exit codes
/// 137 and 143, or 130, which say only that they were told to stop. So:
///
/// - The only container decides; of several, the one whose command RunTask overrode, unless its
///   own code is one of those three.
/// - Otherwise a container that ran out of memory decides, then one that exited with another code
///   than 0 and those three, then one that could not be started.
/// - Otherwise the task has exited with 0 if one of its containers did and none lacks its code.
/// - Containers that AWS adds by itself (the agent of GuardDuty, the proxy of Service Connect) do
///   not count.
///
/// These rules can be wrong: where the main container was killed and another one obeyed and exited
/// with 0, they see a success. A program that knows which containers matter, of several, does better
/// with [`of_essential`](Self::of_essential).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// The task, as it was last seen.
    pub task: Arc<Task>,
    /// How it ended.
    pub kind: OutcomeKind,
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutcomeKind {
    /// It came to its own end: a container exited, and ECS stopped what was left.
    #[non_exhaustive]
    Exited {
        /// The name of the container that decides.
        container: String,
        /// Its exit code.
        code: i32,
    },
    /// A process was killed because it used more memory than it may. The exit code can be 0 all
    /// the same: when the victim was a child of the main process.
    #[non_exhaustive]
    OutOfMemory {
        /// The name of the container, if it is known.
        container: Option<String>,
    },
    /// Its Spot capacity was taken back. An exit code of 0 does not change that: a program that
    /// ends in good order when told to has not done its work.
    SpotInterrupted,
    /// It never ran.
    #[non_exhaustive]
    FailedToStart {
        /// What was in the way.
        cause: StartFailure,
    },
    /// Someone called StopTask, whatever the exit codes are.
    StoppedByUser,
    /// Its service stopped it: a deployment, a smaller desired count, a failed health check.
    ServiceStopped,
    /// The machine under it went away: terminated, drained, deregistered or under maintenance.
    HostTerminated,
    /// It was seen before, and ECS no longer knows it. See [`Outcome::expired`].
    Expired,
    /// It stopped, and nothing tells why.
    Unknown,
}

impl Outcome {
    /// What became of this task; `None` while it has not stopped.
    ///
    /// The task may come from DescribeTasks or from an EventBridge event.
    #[must_use]
    pub fn of(task: impl Into<Arc<Task>>) -> Option<Self> {
        Self::judged(task.into(), &[])
    }

    /// As [`of`](Self::of), judged by the containers with these names alone. Names that the task
    /// does not have are passed over; if none is left, all containers count.
    #[must_use]
    pub fn of_essential<'a>(
        task: impl Into<Arc<Task>>,
        containers: impl IntoIterator<Item = &'a str>,
    ) -> Option<Self> {
        let essential: Vec<&str> = containers.into_iter().collect();
        Self::judged(task.into(), &essential)
    }

    fn judged(task: Arc<Task>, essential: &[&str]) -> Option<Self> {
        if !is_over(&task) {
            return None;
        }
        let kind = verdict::kind(&task, essential);
        Some(Self { task, kind })
    }

    /// The outcome of a task that ECS no longer knows, which it does about an hour after a task
    /// has stopped: [`Expired`](OutcomeKind::Expired), unless the task as it was last seen had
    /// stopped already and so tells more.
    #[must_use]
    pub fn expired(last_seen: impl Into<Arc<Task>>) -> Self {
        let last_seen = last_seen.into();
        let kind = if is_over(&last_seen) {
            verdict::kind(&last_seen, &[])
        } else {
            OutcomeKind::Expired
        };
        Self {
            task: last_seen,
            kind,
        }
    }

    /// The task, as it was last seen.
    #[must_use]
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// Whether the task did what it was started for: it came to its own end, with exit code 0.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self.kind, OutcomeKind::Exited { code: 0, .. })
    }

    /// Whether the same task, started again, may well succeed: it lost its Spot capacity or its
    /// host, or did not start for want of capacity or because something did not answer in time or
    /// limits the rate. An exit code, a user's stop or a wrong image is final; so is an end that
    /// nobody saw, since the work may be done.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match &self.kind {
            OutcomeKind::SpotInterrupted | OutcomeKind::HostTerminated => true,
            OutcomeKind::FailedToStart { cause } => cause.is_retryable(),
            _ => false,
        }
    }

    /// The exit code of the container that decides, if it has one. Only in an outcome of the kind
    /// [`Exited`](OutcomeKind::Exited) does it say how the task ended.
    #[must_use]
    pub fn exit_code(&self) -> Option<i32> {
        match &self.kind {
            OutcomeKind::Exited { code, .. } => Some(*code),
            OutcomeKind::OutOfMemory {
                container: Some(name),
            } => self.container(name)?.exit_code,
            _ => verdict::exit_code(&self.task),
        }
    }

    /// ECS's own words on why the task stopped, if there are any.
    #[must_use]
    pub fn stopped_reason(&self) -> Option<&str> {
        text::words(self.task.stopped_reason.as_deref())
    }

    /// Whether its end was not seen.
    pub(super) fn stopped_unseen(&self) -> bool {
        self.kind == OutcomeKind::Expired
    }

    /// The container of this name.
    fn container(&self, name: &str) -> Option<&Container> {
        self.task.containers.iter().find(|one| one.name == name)
    }

    /// The words that say most about this outcome: the deciding container's, or the task's.
    fn words(&self) -> Option<&str> {
        match &self.kind {
            OutcomeKind::Exited {
                container: name, ..
            }
            | OutcomeKind::OutOfMemory {
                container: Some(name),
            } => self
                .container(name)
                .and_then(|container| text::words(container.reason.as_deref()))
                .or_else(|| self.stopped_reason()),
            OutcomeKind::FailedToStart { .. } => verdict::start_failure(&self.task, &[]).words,
            _ => self.stopped_reason(),
        }
    }
}

fn is_over(task: &Task) -> bool {
    matches!(task.last_status, TaskStatus::Stopped | TaskStatus::Deleted)
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", Label(&self.task))?;
        match &self.kind {
            OutcomeKind::Exited { container, code } => {
                let (signal, container) = (Signal(*code), OneLine(container));
                write!(
                    f,
                    "exited with code {code}{signal} in container {container}"
                )?;
            }
            OutcomeKind::OutOfMemory { container } => {
                f.write_str("ran out of memory")?;
                if let Some(container) = container {
                    write!(f, " in container {}", OneLine(container))?;
                }
            }
            OutcomeKind::SpotInterrupted => f.write_str("lost its Spot capacity")?,
            OutcomeKind::FailedToStart { cause } => {
                write!(f, "did not start: {cause}")?;
                if matches!(cause, StartFailure::Other(_)) {
                    return Ok(());
                }
            }
            OutcomeKind::StoppedByUser => f.write_str("was stopped on request")?,
            OutcomeKind::ServiceStopped => f.write_str("was stopped by its service")?,
            OutcomeKind::HostTerminated => f.write_str("lost its host")?,
            OutcomeKind::Expired => {
                return write!(
                    f,
                    "ended unseen: ECS forgets a stopped task after about an hour; it was last \
                     seen {}",
                    OneLine(self.task.last_status.as_str())
                );
            }
            OutcomeKind::Unknown => {
                f.write_str("stopped, and ECS does not tell why")?;
                if let Some(code) = self.exit_code() {
                    write!(f, " (exit code {code}{})", Signal(code))?;
                }
            }
        }
        match self.words() {
            Some(words) => write!(f, ": {}", OneLine(words)),
            None => Ok(()),
        }
    }
}

//! Tasks at scale: what it takes beyond single calls to start tasks and see them through.

mod handle;
mod launch;
mod name;
mod outcome;
mod watch;

pub use handle::{Changes, StopAndWait, TaskError, TaskHandle, TaskState, TaskWait};
pub use launch::{FailureClass, IncompleteLaunch, Launch, LaunchFailure, LaunchProgress, Launched};
pub use outcome::{Obstacle, Outcome, OutcomeKind, StartFailure};
pub use watch::WatchSettings;

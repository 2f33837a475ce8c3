//! Tasks at scale: what it takes beyond single calls to start tasks and see them through.

mod adopt;
mod handle;
mod launch;
mod name;
mod outcome;
mod run;
mod watch;

pub use adopt::Adopt;
pub use handle::{Changes, StopAndWait, TaskError, TaskHandle, TaskState, TaskWait};
pub use launch::{FailureClass, IncompleteLaunch, Launch, LaunchFailure, LaunchProgress, Launched};
pub use outcome::{Obstacle, Outcome, OutcomeKind, StartFailure};
pub use run::{RunError, RunFailure, RunProgress, RunToCompletion};
pub use watch::WatchSettings;

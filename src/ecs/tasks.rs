//! Tasks at scale: what it takes beyond single calls to start tasks and see them through.

mod launch;
mod outcome;

pub use launch::{FailureClass, IncompleteLaunch, Launch, LaunchFailure, LaunchProgress, Launched};
pub use outcome::{Obstacle, Outcome, OutcomeKind, StartFailure};

//! Tasks at scale: what it takes beyond single calls to start tasks and see them through.

mod adopt;
mod events;
mod handle;
mod launch;
mod logs;
mod name;
mod outcome;
mod run;
mod watch;

pub use adopt::Adopt;
pub use events::{EventError, TaskStateChange};
#[cfg(feature = "sqs")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqs")))]
pub use events::{EventFeed, FeedProgress};
pub use handle::{Changes, StopAndWait, TaskError, TaskHandle, TaskState, TaskWait};
pub use launch::{FailureClass, IncompleteLaunch, Launch, LaunchFailure, LaunchProgress, Launched};
#[cfg(feature = "logs")]
#[cfg_attr(docsrs, doc(cfg(feature = "logs")))]
pub use logs::{LogError, LogLine, LogLines};
pub use logs::{LogLocation, NoLog};
pub use outcome::{Obstacle, Outcome, OutcomeKind, StartFailure};
pub use run::{RunError, RunFailure, RunProgress, RunToCompletion};
pub use watch::WatchSettings;

#[cfg(test)]
pub(crate) use name::fuzzed_arn;
#[cfg(test)]
pub(crate) use watch::fuzzed_answer;

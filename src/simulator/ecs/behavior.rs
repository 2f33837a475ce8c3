//! What containers do: the part of a simulation that its user writes.

use std::time::Duration;

/// What a container does once its task is launched, given to
/// [`Simulator::behavior`](super::super::Simulator::behavior).
///
/// Times are the account's. On SIGTERM a container exits with 143 half a second later, unless told
/// otherwise.
///
/// ```
/// use std::time::Duration;
/// use longshore::simulator::{Behavior, Simulator};
///
/// let simulator = Simulator::new();
/// simulator.behavior("import", Behavior::exits_after(Duration::from_secs(90), 0).ignoring_sigterm());
/// simulator.behavior("broken", Behavior::fails_to_start("CannotPullContainerError: not found"));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a behavior does nothing until it is given to a simulator"]
pub struct Behavior {
    pub(super) start: Start,
    pub(super) life: Life,
    pub(super) sigterm: Sigterm,
    pub(super) output: Output,
}

/// What a container writes to its log.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Output {
    pub(super) every: Option<(Duration, String)>,
    pub(super) last: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Start {
    Well,
    /// Fails once the image is to be had.
    Fails {
        reason: String,
    },
    /// The task stays in PROVISIONING, and fails there.
    Stuck {
        after: Duration,
        reason: String,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Life {
    Endless,
    Exits { after: Duration, code: i32 },
    OutOfMemory { after: Duration },
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sigterm {
    Exits { after: Duration, code: i32 },
    Ignored,
}

impl Behavior {
    fn new(start: Start, life: Life) -> Self {
        Self {
            start,
            life,
            sigterm: Sigterm::Exits {
                after: Duration::from_millis(500),
                code: 143,
            },
            output: Output::default(),
        }
    }

    /// Runs until it is stopped, as containers of unknown families do.
    pub fn runs_forever() -> Self {
        Self::new(Start::Well, Life::Endless)
    }

    /// Exits with a code, so long after it began to run.
    pub fn exits_after(after: Duration, code: i32) -> Self {
        Self::new(Start::Well, Life::Exits { after, code })
    }

    /// Is killed for want of memory, so long after it began to run.
    pub fn out_of_memory_after(after: Duration) -> Self {
        Self::new(Start::Well, Life::OutOfMemory { after })
    }

    /// Runs until it is killed: SIGTERM does nothing.
    pub fn ignores_sigterm() -> Self {
        Self::runs_forever().ignoring_sigterm()
    }

    /// Never runs; the task fails when it leaves PENDING. The reason is prose with a prefix:
    /// `CannotPullContainerError: …`, `ResourceInitializationError: …`.
    pub fn fails_to_start(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::new(Start::Fails { reason }, Life::Endless)
    }

    /// Never runs; the task stays in PROVISIONING for so long and then fails, as it does for want
    /// of capacity or of a network interface. Tasks without a network interface of their own have
    /// no PROVISIONING and fail when they leave PENDING.
    pub fn stuck_provisioning(after: Duration, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::new(Start::Stuck { after, reason }, Life::Endless)
    }

    /// Ignores SIGTERM, so that SIGKILL ends it after the stop timeout.
    pub fn ignoring_sigterm(mut self) -> Self {
        self.sigterm = Sigterm::Ignored;
        self
    }

    /// Exits so long after SIGTERM, with a code; the stop timeout still holds.
    pub fn on_sigterm(mut self, after: Duration, code: i32) -> Self {
        self.sigterm = Sigterm::Exits { after, code };
        self
    }

    /// Writes a line to the log whenever so much time has passed; `{n}` in it is the line's number,
    /// from 1. Its definition has to have the log driver `awslogs`.
    pub fn printing(mut self, every: Duration, line: impl Into<String>) -> Self {
        self.output.every = Some((every.max(Duration::from_millis(1)), line.into()));
        self
    }

    /// Writes a last line to the log when it ends, however it ends.
    pub fn last_words(mut self, line: impl Into<String>) -> Self {
        self.output.last = Some(line.into());
        self
    }

    /// Why the task cannot start, if it cannot.
    pub(super) fn obstacle(&self) -> Option<&str> {
        match &self.start {
            Start::Well => None,
            Start::Fails { reason } | Start::Stuck { reason, .. } => Some(reason),
        }
    }
}

//! One step of an execution.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::sagemaker::StepStatus;

/// A step of an execution.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) state: State,
    pub(super) attempts: i32,
    pub(super) started: Duration,
    pub(super) ended: Option<Duration>,
    pub(super) failure_reason: Option<String>,
    pub(super) outputs: BTreeMap<String, String>,
    /// Of a callback step that runs or ran.
    pub(super) token: Option<String>,
    /// Of a condition that was decided.
    pub(super) outcome: Option<bool>,
    /// When it next changes by itself.
    pub(super) due: Option<(Duration, Change)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum State {
    /// It has not started.
    Waiting,
    /// It is not to be run; what it gave out comes from an earlier execution.
    Reused,
    Is(StepStatus),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    Runs,
    Succeeds,
    Fails(String),
    TimesOut(String),
    Stops,
}

impl Step {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            state: State::Waiting,
            attempts: 0,
            started: Duration::ZERO,
            ended: None,
            failure_reason: None,
            outputs: BTreeMap::new(),
            token: None,
            outcome: None,
            due: None,
        }
    }

    /// Whether it has started and not ended.
    pub(super) fn runs(&self) -> bool {
        matches!(
            self.state,
            State::Is(StepStatus::Starting | StepStatus::Executing | StepStatus::Stopping)
        )
    }

    /// Whether it waits for the answer of its token.
    pub(super) fn is_open(&self) -> bool {
        self.token.is_some() && self.runs()
    }

    /// Whether what depends on it may start.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.state, State::Reused | State::Is(StepStatus::Succeeded))
    }

    pub(super) fn end(&mut self, now: Duration, status: StepStatus) {
        self.state = State::Is(status);
        self.ended = Some(now);
        self.due = None;
    }
}

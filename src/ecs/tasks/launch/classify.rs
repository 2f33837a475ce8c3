//! What it means that a task did not start: one classification of all forms it comes in.

use std::fmt;

use crate::ecs::Failure;
use crate::error::{Error, ServiceError};

/// Why tasks were not started, in the terms that decide what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FailureClass {
    /// There is no room: Fargate lacks capacity, no instance has the CPU, memory, ports, GPUs or
    /// network interfaces, or a quota of running tasks is used up.
    Capacity,
    /// The cluster has as many tasks in PROVISIONING as it may have.
    Provisioning,
    /// The agents of the instances that have room are not connected.
    Agent,
    /// No instance is one on which these tasks may run, by its attributes, its location or its
    /// state, or by the request's constraints.
    Placement,
    /// The service asks for fewer requests.
    Throttled,
    /// The service could not be reached. Nothing was sent.
    Unreachable,
    /// Nobody knows whether the tasks were started: requests were sent, and no answer that tells
    /// came back. The same launch under the same key finds out.
    Uncertain,
    /// The key was used with another request, and the tasks of that are not this launch's.
    Conflict,
    /// The request was refused, by the service or on the way there, and would be again.
    Refused,
    /// The deadline came before the service was asked for these tasks.
    Deadline,
    /// A reason that is not known here.
    Unknown,
}

impl FailureClass {
    /// Whether the same may well succeed later. A launch tries these again itself until its
    /// deadline.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        match self {
            Self::Capacity
            | Self::Provisioning
            | Self::Agent
            | Self::Throttled
            | Self::Unreachable
            | Self::Uncertain
            | Self::Deadline => true,
            Self::Placement | Self::Conflict | Self::Refused | Self::Unknown => false,
        }
    }

    /// Whether this launch surely did not start the tasks. An earlier one under the same key may
    /// have, if this one could not ask.
    #[must_use]
    pub fn is_certain(self) -> bool {
        self != Self::Uncertain
    }

    /// Whether it is about room that has to come free, which takes longer than a throttle does.
    pub(super) fn is_about_room(self) -> bool {
        matches!(self, Self::Capacity | Self::Provisioning | Self::Agent)
    }

    /// The class of a failure in an answer, of `RunTask` or `StartTask`.
    #[must_use]
    pub fn of_failure(failure: &Failure) -> Self {
        let reason = failure.reason.as_deref().unwrap_or_default().trim();
        let detail = failure.detail.as_deref().unwrap_or_default();
        let says = |signs: &[&str]| {
            let says_one = |sign: &&str| reason.contains(sign) || detail.contains(sign);
            signs.iter().any(says_one)
        };
        match reason {
            "AGENT" => Self::Agent,
            "LOCATION" | "ATTRIBUTE" | "INACTIVE" | "MISSING" => Self::Placement,
            _ if reason.starts_with("RESOURCE:") => Self::Capacity,
            _ if says(&["Rate exceeded", "RequestLimitExceeded", "Throttling"]) => Self::Throttled,
            _ if says(&["PROVISIONING"]) => Self::Provisioning,
            _ if says(&[
                "Capacity is unavailable",
                "reached the limit on the number of",
            ]) =>
            {
                Self::Capacity
            }
            _ if says(&["placement constraint"]) => Self::Placement,
            _ => Self::Unknown,
        }
    }

    /// The class of all the failures of one answer. Each instance can have a reason of its own;
    /// when one of them may pass, so may the whole.
    #[must_use]
    pub fn of_failures(failures: &[Failure]) -> Self {
        let classes = || failures.iter().map(Self::of_failure);
        classes()
            .filter(|class| class.is_retryable())
            .min()
            .or_else(|| classes().min())
            .unwrap_or(Self::Unknown)
    }

    /// The class of an error that a launch was answered with, or that kept the answer away.
    #[must_use]
    pub fn of_error(error: &Error) -> Self {
        match error {
            Error::Throttled(_) => Self::Throttled,
            Error::Conflict { .. } => Self::Conflict,
            Error::Timeout(error) if error.attempts == 0 => Self::Deadline,
            Error::Timeout(_) | Error::Decode(_) => Self::Uncertain,
            Error::Transport(error) => {
                match (error.cause.was_not_sent(), error.cause.is_transient()) {
                    (true, true) => Self::Unreachable,
                    (true, false) => Self::Refused,
                    (false, _) => Self::Uncertain,
                }
            }
            other => (other.service_error()).map_or(Self::Refused, Self::of_service_error),
        }
    }

    fn of_service_error(error: &ServiceError) -> Self {
        let says = |sign: &str| error.message.contains(sign);
        if error.is_throttle() {
            Self::Throttled
        } else if says("PROVISIONING") {
            Self::Provisioning
        } else if error.is_about_room() {
            Self::Capacity
        } else if (500..600).contains(&error.status)
            || ["RequestTimeout", "RequestTimeoutException"].contains(&error.code.as_str())
        {
            Self::Uncertain
        } else {
            Self::Refused
        }
    }
}

impl fmt::Display for FailureClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Capacity => "no capacity",
            Self::Provisioning => "too many tasks in PROVISIONING",
            Self::Agent => "agent not connected",
            Self::Placement => "no instance fits",
            Self::Throttled => "throttled",
            Self::Unreachable => "service not reached",
            Self::Uncertain => "may have been started",
            Self::Conflict => "key used with another request",
            Self::Refused => "refused",
            Self::Deadline => "not asked for before the deadline",
            Self::Unknown => "not started",
        })
    }
}

#[cfg(test)]
mod tests;

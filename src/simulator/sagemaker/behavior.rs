//! What steps do: the part of a simulation that its user writes.

use std::collections::BTreeMap;
use std::time::Duration;

/// The longest that a Lambda function runs for a lambda step: 10 minutes
/// ([reference](https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-lambda)).
const LAMBDA_LIMIT: Duration = Duration::from_secs(600);

/// What a step of a pipeline does once it runs, given to
/// [`Simulator::step_behavior`](super::super::Simulator::step_behavior).
///
/// Times are the account's. A callback step waits for its answer, whatever its behavior; a
/// condition and a Fail step need none.
///
/// ```
/// use std::time::Duration;
/// use longshore::simulator::{Simulator, StepBehavior};
///
/// let simulator = Simulator::new();
/// simulator.step_behavior("nightly", "Train", StepBehavior::takes(Duration::from_secs(900)));
/// let failing = StepBehavior::fails_after(Duration::from_secs(5), "ClientError: no such image");
/// simulator.step_behavior("nightly", "Evaluate", failing);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a behavior does nothing until it is given to a simulator"]
pub struct StepBehavior {
    pub(super) takes: Duration,
    pub(super) failure: Option<String>,
    pub(super) outputs: BTreeMap<String, String>,
    pub(super) time_limit: Duration,
    pub(super) stops_in: Duration,
}

impl StepBehavior {
    /// Succeeds, so long after it began to run.
    ///
    /// Where nothing is set, a job takes 60 seconds and a Lambda function 5.
    pub fn takes(time: Duration) -> Self {
        Self {
            takes: time,
            failure: None,
            outputs: BTreeMap::new(),
            time_limit: LAMBDA_LIMIT,
            stops_in: Duration::from_secs(5),
        }
    }

    /// Fails, so long after it began to run.
    pub fn fails_after(time: Duration, reason: impl Into<String>) -> Self {
        Self {
            failure: Some(reason.into()),
            ..Self::takes(time)
        }
    }

    /// Adds an output parameter of a lambda step.
    pub fn output(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.outputs.insert(name.into(), value.into());
        self
    }

    /// Sets how long a lambda step waits for its function before it fails; 10 minutes, as the
    /// service does, unless set.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Sets how long a job takes to stop; 5 seconds unless set. A lambda step is not stopped but
    /// waited for.
    pub fn stops_in(mut self, time: Duration) -> Self {
        self.stops_in = time;
        self
    }
}

//! What an execution is like at one time, and what that says.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use futures_core::Stream;

use crate::call::Call;
use crate::error::{Error, OneLine};
use crate::sagemaker::{
    Client, DescribePipelineExecutionResponse, ListPipelineExecutionStepsRequest,
    PipelineExecutionStatus as Status, PipelineExecutionStep, SortOrder, StepStatus,
};

/// An execution as it was when it was looked at.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ExecutionState {
    /// Its description.
    pub execution: DescribePipelineExecutionResponse,
    /// The steps that had started, in the order in which they did. While
    /// [`wait`](super::Execution::wait) waits for the end and nobody wants to know of its
    /// progress, they are not asked for.
    pub steps: Vec<PipelineExecutionStep>,
}

impl ExecutionState {
    /// How far it is.
    #[must_use]
    pub fn status(&self) -> Status {
        let status = self.execution.pipeline_execution_status.clone();
        status.unwrap_or_default()
    }

    /// Whether it has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(
            self.execution.pipeline_execution_status,
            Some(
                Status::Succeeded
                    | Status::Failed
                    | Status::Stopped
                    | Status::CompletedWithFailures
            )
        )
    }

    /// The steps that have started and not ended: what a stop waits for.
    #[must_use]
    pub fn holdups(&self) -> Vec<Holdup> {
        self.steps.iter().filter_map(Holdup::of).collect()
    }

    /// The steps that failed.
    #[must_use]
    pub fn failed_steps(&self) -> Vec<FailedStep> {
        let failed = |step: &&PipelineExecutionStep| step.step_status == Some(StepStatus::Failed);
        let failed = self.steps.iter().filter(failed);
        failed
            .map(|step| FailedStep {
                step: step.step_name.clone().unwrap_or_default(),
                reason: step.failure_reason.clone(),
            })
            .collect()
    }

    /// What shows that something has happened.
    pub(super) fn traits(&self) -> Traits {
        let steps = self.steps.iter();
        let steps = steps.map(|step| {
            let metadata = step.metadata.as_ref();
            let callback = metadata.and_then(|metadata| metadata.callback.as_ref());
            (
                step.step_name.clone(),
                step.step_status.clone(),
                step.attempt_count,
                callback.and_then(|callback| callback.callback_token.clone()),
            )
        });
        (self.status(), steps.collect())
    }
}

type StepTraits = (
    Option<String>,
    Option<StepStatus>,
    Option<i32>,
    Option<String>,
);
pub(super) type Traits = (Status, Vec<StepTraits>);

/// How far a wait is, given to its hook.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ExecutionProgress<'a> {
    /// The execution as it is now.
    pub state: &'a ExecutionState,
    /// How long the wait has been going on.
    pub elapsed: Duration,
    /// Which poll it was, from 1.
    pub poll: u32,
}

/// A step that has not ended, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holdup {
    /// The step's name.
    pub step: String,
    /// Why it has not ended.
    pub reason: HoldupReason,
}

/// Why a step has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HoldupReason {
    /// It waits for the answer to its callback, for however long that takes.
    Callback {
        /// The token to answer with, once the step has sent it.
        token: Option<String>,
        /// The queue that its messages went to.
        queue_url: Option<String>,
    },
    /// Its Lambda function runs, which cannot be stopped; for 10 minutes at most.
    Lambda {
        /// The function.
        function_arn: Option<String>,
    },
    /// It runs, and ends by itself once it is stopped.
    Running,
}

impl Holdup {
    fn of(step: &PipelineExecutionStep) -> Option<Self> {
        if !matches!(
            step.step_status,
            Some(StepStatus::Starting | StepStatus::Executing | StepStatus::Stopping)
        ) {
            return None;
        }
        let metadata = step.metadata.as_ref();
        let callback = metadata.and_then(|metadata| metadata.callback.as_ref());
        let lambda = metadata.and_then(|metadata| metadata.lambda.as_ref());
        let reason = match (callback, lambda) {
            (Some(callback), _) => HoldupReason::Callback {
                token: callback.callback_token.clone(),
                queue_url: callback.sqs_queue_url.clone(),
            },
            (None, Some(lambda)) => HoldupReason::Lambda {
                function_arn: lambda.arn.clone(),
            },
            (None, None) => HoldupReason::Running,
        };
        Some(Self {
            step: step.step_name.clone().unwrap_or_default(),
            reason,
        })
    }
}

impl fmt::Display for Holdup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {} ", self.step)?;
        match &self.reason {
            HoldupReason::Callback { token, queue_url } => {
                f.write_str("waits for the answer to its callback")?;
                match token {
                    Some(token) => write!(f, " (token {token}")?,
                    None => f.write_str(" (not sent yet")?,
                }
                if let Some(url) = queue_url {
                    write!(f, ", queue {url}")?;
                }
                f.write_str(")")
            }
            HoldupReason::Lambda { function_arn } => {
                f.write_str("waits for its Lambda function to end")?;
                match function_arn {
                    Some(arn) => write!(f, " ({arn})"),
                    None => Ok(()),
                }
            }
            HoldupReason::Running => f.write_str("is running"),
        }
    }
}

/// A step that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailedStep {
    /// The step's name.
    pub step: String,
    /// Why, in the service's words.
    pub reason: Option<String>,
}

impl fmt::Display for FailedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.reason.as_deref().unwrap_or("no reason given");
        write!(f, "step {} failed: {}", self.step, OneLine(reason))
    }
}

#[inline]
pub(super) fn list_steps<'a>(
    client: &'a Client,
    arn: &str,
) -> Call<'a, ListPipelineExecutionStepsRequest> {
    let request = ListPipelineExecutionStepsRequest::default()
        .pipeline_execution_arn(arn)
        .max_results(100)
        .sort_order(SortOrder::Ascending);
    client.list_pipeline_execution_steps(request)
}

/// All that a stream gives, up to its first error.
#[inline]
pub(super) async fn all<T>(
    mut items: impl Stream<Item = Result<T, Error>> + Unpin,
) -> Result<Vec<T>, Error> {
    let mut all = Vec::new();
    while let Some(item) = poll_fn(|cx| Pin::new(&mut items).poll_next(cx)).await {
        all.push(item?);
    }
    Ok(all)
}

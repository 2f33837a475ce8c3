//! Asking for a stop.

use std::fmt;

use super::execution::Execution;
use crate::error::Error;
use crate::sagemaker::{PipelineExecutionStatus as Status, StopPipelineExecutionRequest};
use crate::transport::BoxFuture;

/// What asking for a stop came to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopAnswer {
    /// The service took the request; the execution is stopping.
    Asked,
    /// It was stopping before.
    AlreadyStopping,
    /// It had ended before, with this status.
    AlreadyEnded(Status),
}

impl fmt::Display for StopAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => f.write_str("asked to stop"),
            Self::AlreadyStopping => f.write_str("was stopping already"),
            Self::AlreadyEnded(status) => write!(f, "had ended already: {status}"),
        }
    }
}

/// A stop that is about to be asked for: `.await` asks.
///
/// The service refuses to stop what is not Executing; then a look at the execution tells what the
/// refusal means. An execution that is not there is
/// [`Error::ResourceNotFound`](crate::Error::ResourceNotFound).
#[must_use = "nothing is stopped until this is awaited"]
#[derive(Debug)]
pub struct StopCall<'a> {
    execution: &'a Execution,
    request: StopPipelineExecutionRequest,
    attempts: Option<u32>,
}

impl<'a> StopCall<'a> {
    #[inline]
    pub(super) fn new(execution: &'a Execution) -> Self {
        Self {
            execution,
            request: StopPipelineExecutionRequest::new(execution.arn()),
            attempts: None,
        }
    }

    /// Sets the idempotency token, of 32 to 128 characters; a random one unless set.
    ///
    /// A token of one's own must not be used again after a
    /// [`retry`](Execution::retry): the service would take the second stop for a repetition of the
    /// first, and stop nothing.
    #[inline]
    pub fn idempotency_token(mut self, token: impl Into<String>) -> Self {
        self.request.client_request_token = Some(token.into());
        self
    }

    /// Tries each call once.
    #[inline]
    pub(super) fn once(mut self) -> Self {
        self.attempts = Some(1);
        self
    }

    #[inline]
    async fn run(self) -> Result<StopAnswer, Error> {
        let mut stop = self
            .execution
            .client()
            .stop_pipeline_execution(self.request);
        let mut describe = self.execution.describe();
        if let Some(attempts) = self.attempts {
            stop = stop.max_attempts(attempts);
            describe = describe.max_attempts(attempts);
        }
        let refusal = match stop.await {
            Ok(_) => return Ok(StopAnswer::Asked),
            Err(error @ (Error::Conflict { .. } | Error::Validation(_))) => error,
            Err(error) => return Err(error),
        };
        let described = match describe.await {
            Ok(described) => described,
            Err(error) if error.is_retryable() => return Err(error),
            // What the stop was refused for says more.
            Err(_) => return Err(refusal),
        };
        match described.pipeline_execution_status {
            Some(Status::Stopping) => Ok(StopAnswer::AlreadyStopping),
            None | Some(Status::Executing | Status::Unknown(_)) => Err(refusal),
            Some(status) => Ok(StopAnswer::AlreadyEnded(status)),
        }
    }
}

impl<'a> IntoFuture for StopCall<'a> {
    type Output = Result<StopAnswer, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    #[inline]
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

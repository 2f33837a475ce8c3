//! A handle of one execution.

use std::fmt;
use std::sync::Arc;

use super::state::{self, ExecutionState};
use super::stop::StopCall;
use super::wait::ExecutionWait;
use crate::call::Call;
use crate::error::Error;
use crate::sagemaker::{
    Client, DescribePipelineExecutionRequest, ListPipelineParametersForExecutionRequest, Parameter,
    PipelineExecutionStatus, PipelineExecutionStep, PipelineExecutionSummary,
    RetryPipelineExecutionRequest,
};

impl Client {
    /// An execution that is there already, by its ARN. Nothing is asked of the service.
    #[must_use]
    pub fn execution(&self, arn: impl Into<Arc<str>>) -> Execution {
        Execution {
            client: self.clone(),
            arn: arn.into(),
        }
    }
}

/// An execution of a pipeline. Cheap to clone.
///
/// It is a name with a client, not a lease: when it is dropped, the execution goes on.
#[derive(Clone)]
pub struct Execution {
    client: Client,
    arn: Arc<str>,
}

impl Execution {
    /// The execution of an entry of
    /// [`list_pipeline_executions`](Client::list_pipeline_executions); none if the entry has no
    /// ARN.
    ///
    /// ```
    /// # use longshore::sagemaker::{Client, ListPipelineExecutionsRequest};
    /// # use longshore::sagemaker::pipelines::Execution;
    /// # async fn example(sagemaker: Client) -> Result<(), longshore::Error> {
    /// let request = ListPipelineExecutionsRequest::new("nightly");
    /// let list = sagemaker.list_pipeline_executions(request).await?;
    /// for summary in &list.pipeline_execution_summaries {
    ///     if let Some(execution) = Execution::of_summary(&sagemaker, summary) {
    ///         execution.stop().await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn of_summary(client: &Client, summary: &PipelineExecutionSummary) -> Option<Self> {
        let arn = summary.pipeline_execution_arn.as_deref()?;
        Some(client.execution(arn))
    }

    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// The client that it is called by.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// DescribePipelineExecution.
    #[inline]
    pub fn describe(&self) -> Call<'_, DescribePipelineExecutionRequest> {
        let request = DescribePipelineExecutionRequest::new(self.arn());
        self.client.describe_pipeline_execution(request)
    }

    /// How far it is.
    ///
    /// # Errors
    ///
    /// As DescribePipelineExecution: [`Error::ResourceNotFound`] if there is no such execution.
    #[inline]
    pub async fn status(&self) -> Result<PipelineExecutionStatus, Error> {
        let described = self.describe().await?;
        Ok(described.pipeline_execution_status.unwrap_or_default())
    }

    /// The steps that have started so far, in the order in which they did.
    ///
    /// # Errors
    ///
    /// As ListPipelineExecutionSteps: [`Error::ResourceNotFound`] if there is no such execution.
    #[inline]
    pub async fn steps(&self) -> Result<Vec<PipelineExecutionStep>, Error> {
        state::all(state::list_steps(&self.client, &self.arn).items()).await
    }

    /// Description and steps at once.
    ///
    /// # Errors
    ///
    /// As of either call.
    #[inline]
    pub async fn state(&self) -> Result<ExecutionState, Error> {
        Ok(ExecutionState {
            execution: self.describe().await?,
            steps: self.steps().await?,
        })
    }

    /// The values of its parameters, defaults included.
    ///
    /// # Errors
    ///
    /// As ListPipelineParametersForExecution: [`Error::ResourceNotFound`] if there is no such
    /// execution.
    #[inline]
    pub async fn parameters(&self) -> Result<Vec<Parameter>, Error> {
        let request = ListPipelineParametersForExecutionRequest::new(self.arn());
        let call = self.client.list_pipeline_parameters_for_execution(request);
        state::all(call.items()).await
    }

    /// Waits until it has ended, however it does.
    #[inline]
    pub fn wait(&self) -> ExecutionWait<'_> {
        ExecutionWait::for_end(self)
    }

    /// StopPipelineExecution, which returns at once; what comes of it shows later. See
    /// [`stop_and_wait`](Self::stop_and_wait).
    #[inline]
    pub fn stop(&self) -> StopCall<'_> {
        StopCall::new(self)
    }

    /// Stops it and waits until it has ended: Stopped, or Failed where a lambda step reached its
    /// time limit. One that has ended before stays as it is, and is returned.
    ///
    /// A callback step has to be answered before it ends, by somebody; where that is you, see
    /// [`CallbackWorker`](super::CallbackWorker).
    ///
    /// Nothing is lost if this is dropped: the execution is stopping or is not, and another
    /// `stop_and_wait` goes on from there.
    #[inline]
    pub fn stop_and_wait(&self) -> ExecutionWait<'_> {
        ExecutionWait::stopping(self)
    }

    /// RetryPipelineExecution: has an execution that is Failed or Stopped go on under the same ARN,
    /// from the steps that did not succeed.
    #[inline]
    pub fn retry(&self) -> Call<'_, RetryPipelineExecutionRequest> {
        let request = RetryPipelineExecutionRequest::new(self.arn());
        self.client.retry_pipeline_execution(request)
    }
}

impl PartialEq for Execution {
    fn eq(&self, other: &Self) -> bool {
        self.arn == other.arn
    }
}

impl Eq for Execution {}

impl fmt::Display for Execution {
    /// The ARN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arn)
    }
}

impl fmt::Debug for Execution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Execution").field(&self.arn).finish()
    }
}

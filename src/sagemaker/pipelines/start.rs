//! Starting an execution.

use std::fmt;

use super::execution::Execution;
use crate::error::{DecodeError, Error};
use crate::sagemaker::{Client, Parameter, StartPipelineExecutionRequest};
use crate::transport::BoxFuture;

impl Client {
    /// Starts an execution of a pipeline, by its name or ARN.
    ///
    /// The idempotency token is filled in, so that the execution is started once however often the
    /// network makes the call be sent. A program that must not start a second one after a crash
    /// either sets [a token](ExecutionStart::idempotency_token) of its own.
    #[inline]
    pub fn start_execution(&self, pipeline: impl Into<String>) -> ExecutionStart<'_> {
        ExecutionStart {
            client: self,
            request: StartPipelineExecutionRequest::new(pipeline),
        }
    }
}

/// An execution that is about to be started: `.await` starts it, settings can be given before.
#[must_use = "nothing is started until this is awaited"]
pub struct ExecutionStart<'a> {
    client: &'a Client,
    request: StartPipelineExecutionRequest,
}

impl<'a> ExecutionStart<'a> {
    /// Sets a parameter; those that are not set have their defaults.
    #[inline]
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let parameters = self.request.pipeline_parameters.get_or_insert_default();
        parameters.push(Parameter::new(name, value));
        self
    }

    /// Sets the name that people see, of up to 82 letters, digits and hyphens.
    #[inline]
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.request.pipeline_execution_display_name = Some(name.into());
        self
    }

    /// Says what it is for, in up to 3072 characters.
    #[inline]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.request.pipeline_execution_description = Some(text.into());
        self
    }

    /// Sets the idempotency token, of 32 to 128 characters; a random one unless set.
    #[inline]
    pub fn idempotency_token(mut self, token: impl Into<String>) -> Self {
        self.request.client_request_token = Some(token.into());
        self
    }

    /// Changes other members of the request: version, parallelism, selected steps.
    ///
    /// ```
    /// # async fn example(sagemaker: longshore::sagemaker::Client) -> Result<(), longshore::Error> {
    /// let execution = sagemaker
    ///     .start_execution("nightly")
    ///     .with(|request| request.pipeline_version_id(3))
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn with(
        mut self,
        change: impl FnOnce(StartPipelineExecutionRequest) -> StartPipelineExecutionRequest,
    ) -> Self {
        self.request = change(self.request);
        self
    }

    #[inline]
    async fn run(self) -> Result<Execution, Error> {
        let answer = self.client.start_pipeline_execution(self.request).await?;
        match answer.pipeline_execution_arn {
            Some(arn) => Ok(self.client.execution(arn)),
            None => Err(Error::Decode(Box::new(DecodeError {
                operation: "StartPipelineExecution".into(),
                status: 200,
                request_id: None,
                attempts: 1,
                problem: "the answer has no ARN of an execution".to_owned(),
            }))),
        }
    }
}

impl<'a> IntoFuture for ExecutionStart<'a> {
    type Output = Result<Execution, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    #[inline]
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for ExecutionStart<'_> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ExecutionStart")
            .field(&self.request)
            .finish()
    }
}

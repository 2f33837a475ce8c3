//! Answering a callback step, once.

use super::message::CallbackMessage;
use crate::error::Error;
use crate::hash::fnv;
use crate::sagemaker::{
    Client, OutputParameter, SendPipelineExecutionStepFailureRequest,
    SendPipelineExecutionStepSuccessRequest,
};

/// The longest reason that the service takes, in characters
/// ([reference](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SendPipelineExecutionStepFailure.html)).
const LONGEST_REASON: usize = 256;

/// The answer to a callback.
#[derive(Debug, Clone, PartialEq)]
pub enum CallbackAnswer {
    /// The step succeeds, with its output parameters: 50 at most
    /// ([reference](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SendPipelineExecutionStepSuccess.html)).
    Succeed(Vec<OutputParameter>),
    /// The step fails, for this reason. Of a longer one the first 255 characters are sent.
    Fail(String),
}

impl CallbackAnswer {
    /// Success with output parameters.
    ///
    /// ```
    /// use longshore::sagemaker::OutputParameter;
    /// use longshore::sagemaker::pipelines::CallbackAnswer;
    ///
    /// let answer = CallbackAnswer::succeed([OutputParameter::new("rows", "17")]);
    /// ```
    pub fn succeed(outputs: impl IntoIterator<Item = OutputParameter>) -> Self {
        Self::Succeed(outputs.into_iter().collect())
    }

    /// Failure for a reason.
    pub fn fail(reason: impl Into<String>) -> Self {
        Self::Fail(reason.into())
    }
}

/// What came of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answered {
    /// The service took it, or had taken the very same before.
    Accepted,
    /// The step had been answered before, in another way or by another program. That answer counts.
    Before,
}

impl CallbackMessage {
    /// Lets the step succeed.
    ///
    /// The idempotency token is derived from the callback's, so that an answer that is repeated,
    /// after a crash or by a message that came twice, is taken once.
    ///
    /// # Errors
    ///
    /// [`Error::ResourceNotFound`] if no step has the token, [`Error::Validation`] for outputs that
    /// cannot be, and those of every call.
    #[inline]
    pub async fn succeed(
        &self,
        client: &Client,
        outputs: impl IntoIterator<Item = OutputParameter>,
    ) -> Result<Answered, Error> {
        self.answer(client, &CallbackAnswer::succeed(outputs)).await
    }

    /// Lets the step fail, for a reason of up to 256 characters; of a longer one the first 255 are
    /// sent.
    ///
    /// # Errors
    ///
    /// [`Error::ResourceNotFound`] if no step has the token, and those of every call.
    #[inline]
    pub async fn fail(
        &self,
        client: &Client,
        reason: impl Into<String>,
    ) -> Result<Answered, Error> {
        self.answer(client, &CallbackAnswer::fail(reason)).await
    }

    /// Sends an answer.
    ///
    /// # Errors
    ///
    /// As [`succeed`](Self::succeed) and [`fail`](Self::fail).
    #[inline]
    pub async fn answer(
        &self,
        client: &Client,
        answer: &CallbackAnswer,
    ) -> Result<Answered, Error> {
        let token = request_token(&self.execution_arn, &self.token);
        let result = match answer {
            CallbackAnswer::Succeed(outputs) => {
                let request = SendPipelineExecutionStepSuccessRequest::new(&self.token)
                    .output_parameters(outputs.iter().cloned())
                    .client_request_token(token);
                let answer = client.send_pipeline_execution_step_success(request).await;
                answer.map(|_| Answered::Accepted)
            }
            CallbackAnswer::Fail(reason) => {
                let request = SendPipelineExecutionStepFailureRequest::new(&self.token)
                    .failure_reason(cut(reason))
                    .client_request_token(token);
                let answer = client.send_pipeline_execution_step_failure(request).await;
                answer.map(|_| Answered::Accepted)
            }
        };
        match result {
            Err(Error::Conflict { .. }) => Ok(Answered::Before),
            other => other,
        }
    }
}

/// One of 51 characters for each callback; the service takes 32 to 128. Tokens outlive programs:
/// this form may never change.
fn request_token(execution_arn: &str, token: &str) -> String {
    let hash = fnv(format!("{execution_arn}/{token}").as_bytes());
    format!("longshore-callback-{hash:032x}")
}

fn cut(reason: &str) -> String {
    if reason.chars().count() <= LONGEST_REASON {
        return reason.to_owned();
    }
    let mut cut: String = reason.chars().take(LONGEST_REASON - 1).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_never_change() {
        let arn = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p/execution/e";
        let token = request_token(arn, "ka1bZ2cY3d");
        assert_eq!(token, "longshore-callback-9d339381e248c5f1c205c8213cfab426");
        assert!((32..=128).contains(&token.len()));
        assert_ne!(token, request_token(arn, "ka1bZ2cY3e"));
        assert_ne!(token, request_token(&arn.replace("/e", "/f"), "ka1bZ2cY3d"));
    }

    #[test]
    fn long_reasons_are_cut() {
        assert_eq!(cut("short"), "short");
        assert_eq!(cut(&"ü".repeat(256)), "ü".repeat(256));
        assert_eq!(cut(&"ü".repeat(257)), format!("{}…", "ü".repeat(255)));
    }
}

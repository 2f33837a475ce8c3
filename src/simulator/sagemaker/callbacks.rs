//! Answers of callback steps.

use std::collections::BTreeMap;

use super::{SageMaker, conflict, invalid, not_found};
use crate::sagemaker::{
    SendPipelineExecutionStepFailureRequest, SendPipelineExecutionStepFailureResponse,
    SendPipelineExecutionStepSuccessRequest, SendPipelineExecutionStepSuccessResponse,
};
use crate::simulator::refusal::Refusal;
use crate::simulator::world::World;

/// Outputs that a step can have
/// ([reference](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SendPipelineExecutionStepSuccess.html)).
const MOST_OUTPUTS: usize = 50;
/// Characters of a failure reason
/// ([reference](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SendPipelineExecutionStepFailure.html)).
const MOST_REASON: usize = 256;

impl SageMaker {
    pub(super) fn send_pipeline_execution_step_success(
        &mut self,
        world: &mut World,
        request: SendPipelineExecutionStepSuccessRequest,
    ) -> Result<SendPipelineExecutionStepSuccessResponse, Refusal> {
        let outputs = request.output_parameters.unwrap_or_default();
        if outputs.len() > MOST_OUTPUTS {
            return Err(invalid("A step has at most 50 output parameters."));
        }
        let outputs: BTreeMap<_, _> = outputs
            .into_iter()
            .map(|output| (output.name, output.value))
            .collect();
        let arn = self.answer(world, &request.callback_token, Ok(outputs))?;
        Ok(SendPipelineExecutionStepSuccessResponse {
            pipeline_execution_arn: Some(arn),
        })
    }

    pub(super) fn send_pipeline_execution_step_failure(
        &mut self,
        world: &mut World,
        request: SendPipelineExecutionStepFailureRequest,
    ) -> Result<SendPipelineExecutionStepFailureResponse, Refusal> {
        let reason = request.failure_reason.unwrap_or_default();
        if reason.chars().count() > MOST_REASON {
            return Err(invalid("FailureReason has at most 256 characters."));
        }
        let arn = self.answer(world, &request.callback_token, Err(reason))?;
        Ok(SendPipelineExecutionStepFailureResponse {
            pipeline_execution_arn: Some(arn),
        })
    }

    /// Hands an answer to the step that waits for it; returns its execution.
    fn answer(
        &mut self,
        world: &mut World,
        token: &str,
        answer: Result<BTreeMap<String, String>, String>,
    ) -> Result<String, Refusal> {
        if token.len() != 10 || !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(invalid("CallbackToken must be 10 letters and digits."));
        }
        let steps = (self.executions.values())
            .flat_map(|execution| execution.steps.iter().map(move |step| (execution, step)));
        let mut own = steps.filter(|(_, step)| step.token.as_deref() == Some(token));
        let Some((execution, step)) = own.next() else {
            return Err(not_found("A callback step with the token", token));
        };
        if !step.is_open() {
            return Err(conflict(format!(
                "The callback step with the token {token} has ended."
            )));
        }
        let arn = execution.arn.clone();
        let now = world.now;
        self.execution(&arn)?.answer(token, now, answer);
        self.settle(world, &arn, now);
        Ok(arn)
    }
}

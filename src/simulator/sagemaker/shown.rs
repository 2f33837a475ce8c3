//! Executions in the form that the service shows them in.

use std::collections::BTreeMap;

use super::definition::{Kind, StepDefinition};
use super::execution::Execution;
use super::step::{State, Step};
use super::{SageMaker, lists, page, values};
use crate::sagemaker::{
    CallbackStepMetadata, ConditionOutcome, ConditionStepMetadata,
    DescribePipelineDefinitionForExecutionRequest, DescribePipelineDefinitionForExecutionResponse,
    DescribePipelineExecutionRequest, DescribePipelineExecutionResponse, FailStepMetadata,
    LambdaStepMetadata, ListPipelineExecutionStepsRequest, ListPipelineExecutionStepsResponse,
    ListPipelineParametersForExecutionRequest, ListPipelineParametersForExecutionResponse,
    OutputParameter, Parameter, PipelineExecutionStep, PipelineExecutionStepMetadata,
    ProcessingJobStepMetadata, SelectiveExecutionResult, SortOrder, TrainingJobStepMetadata,
};
use crate::simulator::refusal::Refusal;
use crate::simulator::world::World;

impl SageMaker {
    pub(super) fn describe_pipeline_execution(
        &mut self,
        world: &mut World,
        request: DescribePipelineExecutionRequest,
    ) -> Result<DescribePipelineExecutionResponse, Refusal> {
        let execution = self.execution(&request.pipeline_execution_arn)?;
        let mut shown = DescribePipelineExecutionResponse {
            pipeline_execution_arn: Some(execution.arn.clone()),
            pipeline_execution_display_name: execution.display_name.clone(),
            pipeline_execution_status: Some(execution.status.clone()),
            pipeline_execution_description: execution.description.clone(),
            failure_reason: execution.failure_reason.clone(),
            creation_time: Some(world.date(execution.created)),
            last_modified_time: Some(world.date(execution.modified)),
            parallelism_configuration: execution.parallelism.clone(),
            selective_execution_config: execution.selective.clone(),
            pipeline_version_id: Some(execution.version),
            ..DescribePipelineExecutionResponse::default()
        };
        let (name, version) = (execution.pipeline.clone(), execution.version);
        let pipeline = self.pipeline(&name)?;
        shown.pipeline_arn = Some(pipeline.arn.clone());
        shown.role_arn = Some(pipeline.role_arn.clone());
        shown
            .pipeline_version_aliases
            .clone_from(&pipeline.version(Some(version), None)?.aliases);
        Ok(shown)
    }

    pub(super) fn describe_pipeline_definition_for_execution(
        &mut self,
        world: &mut World,
        request: DescribePipelineDefinitionForExecutionRequest,
    ) -> Result<DescribePipelineDefinitionForExecutionResponse, Refusal> {
        let execution = self.execution(&request.pipeline_execution_arn)?;
        let (name, version) = (execution.pipeline.clone(), execution.version);
        let version = self.pipeline(&name)?.version(Some(version), None)?;
        Ok(DescribePipelineDefinitionForExecutionResponse {
            pipeline_definition: Some(version.text.clone()),
            creation_time: Some(world.date(version.created)),
        })
    }

    pub(super) fn list_pipeline_parameters_for_execution(
        &mut self,
        _: &mut World,
        request: ListPipelineParametersForExecutionRequest,
    ) -> Result<ListPipelineParametersForExecutionResponse, Refusal> {
        let execution = self.execution(&request.pipeline_execution_arn)?;
        let parameters = execution.parameters.iter();
        let parameters =
            parameters.map(|(name, value)| (name.clone(), Parameter::new(name, value)));
        let (token, size) = (request.next_token.as_deref(), request.max_results);
        let order = Some(&SortOrder::Ascending);
        let (pipeline_parameters, next_token) = page(parameters.collect(), token, size, order)?;
        Ok(ListPipelineParametersForExecutionResponse {
            pipeline_parameters,
            next_token,
        })
    }

    pub(super) fn list_pipeline_execution_steps(
        &mut self,
        world: &mut World,
        request: ListPipelineExecutionStepsRequest,
    ) -> Result<ListPipelineExecutionStepsResponse, Refusal> {
        let arn = request.pipeline_execution_arn.unwrap_or_default();
        let execution = &*self.execution(&arn)?;
        let steps = execution
            .steps
            .iter()
            .zip(&execution.definition.steps)
            .enumerate();
        let steps = steps.filter_map(|(index, (step, definition))| {
            let key = lists::time_key(step.started, &format!("{index:06}"));
            Some((key, shown(world, execution, step, definition)?))
        });
        let token = request.next_token.as_deref();
        let order = request.sort_order.as_ref();
        let (shown, next_token) = page(steps.collect(), token, request.max_results, order)?;
        Ok(ListPipelineExecutionStepsResponse {
            pipeline_execution_steps: shown,
            next_token,
        })
    }
}

/// A step as it is shown, once it has started.
fn shown(
    world: &World,
    execution: &Execution,
    step: &Step,
    definition: &StepDefinition,
) -> Option<PipelineExecutionStep> {
    let State::Is(status) = &step.state else {
        return None;
    };
    let source = execution.selective.as_ref();
    Some(PipelineExecutionStep {
        step_name: Some(step.name.clone()),
        step_display_name: definition.display_name.clone(),
        step_description: definition.description.clone(),
        start_time: Some(world.date(step.started)),
        end_time: step.ended.map(|at| world.date(at)),
        step_status: Some(status.clone()),
        failure_reason: step.failure_reason.clone(),
        metadata: Some(metadata(world, execution, step, definition)),
        attempt_count: Some(step.attempts),
        selective_execution_result: source.map(|source| SelectiveExecutionResult {
            source_pipeline_execution_arn: source.source_pipeline_execution_arn.clone(),
        }),
        ..PipelineExecutionStep::default()
    })
}

fn metadata(
    world: &World,
    execution: &Execution,
    step: &Step,
    definition: &StepDefinition,
) -> PipelineExecutionStepMetadata {
    let mut shown = PipelineExecutionStepMetadata::default();
    match definition.kind {
        Kind::Callback => {
            shown.callback = Some(CallbackStepMetadata {
                callback_token: step.token.clone(),
                sqs_queue_url: execution.queue_url(definition),
                output_parameters: outputs(&step.outputs),
            });
        }
        Kind::Lambda => {
            shown.lambda = Some(LambdaStepMetadata {
                arn: definition.text("FunctionArn").map(str::to_owned),
                output_parameters: match step.state {
                    State::Is(crate::sagemaker::StepStatus::Succeeded) => outputs(&step.outputs),
                    _ => Vec::new(),
                },
            });
        }
        Kind::Condition => {
            let outcome = step.outcome.map(|holds| match holds {
                true => ConditionOutcome::True,
                false => ConditionOutcome::False,
            });
            shown.condition = Some(ConditionStepMetadata { outcome });
        }
        Kind::Fail => {
            let error_message = definition.argument("ErrorMessage").and_then(values::text);
            let error_message = step.failure_reason.clone().or(error_message);
            shown.fail = Some(FailStepMetadata { error_message });
        }
        Kind::Job => {
            let run = execution.arn.rsplit('/').next().unwrap_or_default();
            let job = format!("pipelines-{run}-{}", step.name);
            match definition.text("Type") {
                Some("Training") => {
                    let arn = Some(world.arn("sagemaker", &format!("training-job/{job}")));
                    shown.training_job = Some(TrainingJobStepMetadata { arn });
                }
                Some("Processing") => {
                    let arn = Some(world.arn("sagemaker", &format!("processing-job/{job}")));
                    shown.processing_job = Some(ProcessingJobStepMetadata { arn });
                }
                _ => {}
            }
        }
    }
    shown
}

fn outputs(outputs: &BTreeMap<String, String>) -> Vec<OutputParameter> {
    outputs
        .iter()
        .map(|(name, value)| OutputParameter::new(name, value))
        .collect()
}

//! The pipelines of Amazon SageMaker: their state, and which operation does what.

mod behavior;
mod callbacks;
mod controls;
mod definition;
mod execution;
mod executions;
mod lists;
mod message;
mod pipelines;
mod shown;
mod step;
mod tokens;
mod values;
mod versions;

use std::collections::BTreeMap;
use std::time::Duration;

pub use behavior::StepBehavior;
pub(super) use message::Message;

use super::pages::{self, BadWish, Wish};
use super::refusal::Refusal;
use super::world::World;
use crate::operation::Operation;
use crate::sagemaker::SERVICE;
use crate::wire::{self, Decode, Encode};
use execution::{Behaviors, Execution};
use pipelines::Pipeline;
use tokens::Tokens;

/// What stands before the operation's name in `X-Amz-Target`.
pub(super) const PREFIX: &str = SERVICE.target_prefix;
/// The name of the service in signatures.
pub(super) const SIGNING_NAME: &str = SERVICE.signing_name;

/// All that SageMaker knows.
#[derive(Debug, Default)]
pub(super) struct SageMaker {
    /// By name.
    pipelines: BTreeMap<String, Pipeline>,
    /// By ARN.
    executions: BTreeMap<String, Execution>,
    /// What steps do, by pipeline.
    behaviors: BTreeMap<String, Behaviors>,
    tokens: Tokens,
    /// What callback steps have to send and have not yet.
    outbox: Vec<Message>,
    /// What callback steps have sent so far.
    sent: Vec<Message>,
}

impl SageMaker {
    /// Lets happen what is due, and returns the messages that are to be sent.
    pub(super) fn advance(&mut self, world: &mut World) -> Vec<Message> {
        while let Some((at, arn)) = self.next().filter(|(at, _)| *at <= world.now) {
            self.settle(world, &arn, at);
        }
        let mut messages = std::mem::take(&mut self.outbox);
        messages.sort_by_key(|message| message.at);
        self.sent.extend_from_slice(&messages);
        messages
    }

    /// The execution that changes next by itself, and when.
    fn next(&self) -> Option<(Duration, String)> {
        let due = self.executions.values();
        let due = due.filter_map(|execution| Some((execution.next()?, &execution.arn)));
        due.min().map(|(at, arn)| (at, arn.clone()))
    }

    /// Lets happen what is due in one execution.
    fn settle(&mut self, world: &mut World, arn: &str, at: Duration) {
        let none = Behaviors::new();
        if let Some(execution) = self.executions.get_mut(arn) {
            let behaviors = self.behaviors.get(&execution.pipeline).unwrap_or(&none);
            execution.settle(world, at, behaviors, &mut self.outbox);
        }
    }

    /// Carries out an operation: from JSON to JSON.
    pub(super) fn carry_out(
        &mut self,
        world: &mut World,
        operation: &str,
        body: &str,
    ) -> Result<Vec<u8>, Refusal> {
        match operation {
            "CreatePipeline" => self.call(world, body, Self::create_pipeline),
            "UpdatePipeline" => self.call(world, body, Self::update_pipeline),
            "DeletePipeline" => self.call(world, body, Self::delete_pipeline),
            "DescribePipeline" => self.call(world, body, Self::describe_pipeline),
            "ListPipelines" => self.call(world, body, Self::list_pipelines),
            "ListPipelineVersions" => self.call(world, body, Self::list_pipeline_versions),
            "UpdatePipelineVersion" => self.call(world, body, Self::update_pipeline_version),
            "StartPipelineExecution" => self.call(world, body, Self::start_pipeline_execution),
            "StopPipelineExecution" => self.call(world, body, Self::stop_pipeline_execution),
            "RetryPipelineExecution" => self.call(world, body, Self::retry_pipeline_execution),
            "UpdatePipelineExecution" => self.call(world, body, Self::update_pipeline_execution),
            "DescribePipelineExecution" => {
                self.call(world, body, Self::describe_pipeline_execution)
            }
            "DescribePipelineDefinitionForExecution" => self.call(
                world,
                body,
                Self::describe_pipeline_definition_for_execution,
            ),
            "ListPipelineExecutions" => self.call(world, body, Self::list_pipeline_executions),
            "ListPipelineExecutionSteps" => {
                self.call(world, body, Self::list_pipeline_execution_steps)
            }
            "ListPipelineParametersForExecution" => {
                self.call(world, body, Self::list_pipeline_parameters_for_execution)
            }
            "SendPipelineExecutionStepSuccess" => {
                self.call(world, body, Self::send_pipeline_execution_step_success)
            }
            "SendPipelineExecutionStepFailure" => {
                self.call(world, body, Self::send_pipeline_execution_step_failure)
            }
            other => Err(Refusal::new(
                "UnsupportedOperationException",
                format!("the simulator does not model {other} of SageMaker"),
            )),
        }
    }

    /// Reads a request, answers it as its idempotency token was answered before, or carries it out.
    fn call<O>(
        &mut self,
        world: &mut World,
        body: &str,
        act: impl FnOnce(&mut Self, &mut World, O) -> Result<O::Response, Refusal>,
    ) -> Result<Vec<u8>, Refusal>
    where
        O: Operation + Decode,
        O::Response: Encode,
    {
        let unreadable =
            |error: serde_json::Error| Refusal::new("SerializationException", error.to_string());
        let request: O =
            wire::from_json(if body.is_empty() { "{}" } else { body }).map_err(unreadable)?;
        request
            .check()
            .map_err(|missing| invalid(format!("{missing} is required and may not be empty")))?;
        let name = O::INFO.name;
        let json = wire::to_json(&request).map_err(unreadable)?;
        let json = serde_json::from_slice(&json).map_err(unreadable)?;
        let token = tokens::of_request(name, &json)?;
        if let Some(token) = &token
            && let Some(answer) = self.tokens.find(name, token, &json, world.now)?
        {
            return Ok(answer);
        }
        let response = act(self, world, request)?;
        let response = wire::to_json(&response).map_err(unreadable)?;
        if let Some(token) = token {
            self.tokens.keep(name, token, json, &response, world.now);
        }
        Ok(response)
    }
}

/// `ValidationException`.
fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new("ValidationException", message)
}

/// `ResourceNotFound`.
fn not_found(what: &str, name: &str) -> Refusal {
    Refusal::new(
        "ResourceNotFound",
        format!("{what} '{name}' does not exist."),
    )
}

/// `ConflictException`.
fn conflict(message: impl Into<String>) -> Refusal {
    Refusal::new("ConflictException", message)
}

/// A page of a list.
fn page<T>(
    items: Vec<(String, T)>,
    token: Option<&str>,
    size: Option<i32>,
    order: Option<&crate::sagemaker::SortOrder>,
) -> Result<(Vec<T>, Option<String>), Refusal> {
    let wish = Wish {
        token,
        size,
        // What the service does where nothing is said: the latest first.
        descending: order != Some(&crate::sagemaker::SortOrder::Ascending),
    };
    pages::page(items, &wish).map_err(|problem| match problem {
        BadWish::Size => invalid("MaxResults must be between 1 and 100."),
        BadWish::Token => invalid("The NextToken is not one of this list."),
    })
}

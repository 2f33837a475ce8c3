//! Pipelines: executions started, waited for and stopped, and their callbacks answered.

#![cfg(feature = "sagemaker-pipelines")]
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use longshore::sagemaker::pipelines::Execution;
use longshore::sagemaker::{Client, CreatePipelineRequest, PipelineExecutionStep};
use longshore::simulator::{Simulator, StepBehavior};
use serde_json::{Value, json};

#[path = "pipelines/callbacks.rs"]
mod callbacks;
#[path = "pipelines/executions.rs"]
mod executions;
#[path = "pipelines/orders.rs"]
mod orders;
#[path = "pipelines/relay.rs"]
mod relay;
#[path = "pipelines/service.rs"]
mod service;
#[path = "pipelines/shutdown.rs"]
mod shutdown;
#[cfg(feature = "sqs")]
#[path = "pipelines/sqs.rs"]
mod sqs;
#[path = "pipelines/stopping.rs"]
mod stopping;
#[path = "pipelines/worker.rs"]
mod worker;

const ROLE: &str = "arn:aws:iam::123456789012:role/pipelines";
const QUEUE: &str = "https://sqs.us-east-1.amazonaws.com/123456789012/callbacks";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:work";

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

async fn sleep(secs: f64) {
    tokio::time::sleep(Duration::from_secs_f64(secs)).await;
}

fn client(simulator: &Simulator) -> Client {
    Client::new(&simulator.config()).unwrap()
}

fn job(name: &str) -> Value {
    json!({"Name": name, "Type": "Training", "Arguments": {}})
}

fn lambda(name: &str) -> Value {
    json!({"Name": name, "Type": "Lambda", "FunctionArn": FUNCTION, "Arguments": {}})
}

fn callback(name: &str) -> Value {
    json!({"Name": name, "Type": "Callback", "SqsQueueUrl": QUEUE, "Arguments": {"n": 1},
        "OutputParameters": [{"OutputName": "rows", "OutputType": "String"}]})
}

/// The step, after another.
fn after(mut step: Value, other: &str) -> Value {
    step["DependsOn"] = json!([other]);
    step
}

fn definition(steps: &[Value]) -> String {
    let parameters = json!([{"Name": "rows", "Type": "Integer", "DefaultValue": 10}]);
    json!({"Version": "2020-12-01", "Parameters": parameters, "Steps": steps}).to_string()
}

/// Creates the pipeline `nightly`.
async fn create(sagemaker: &Client, steps: &[Value]) {
    let request = CreatePipelineRequest::new("nightly", ROLE);
    let request = request.pipeline_definition(definition(steps));
    sagemaker.create_pipeline(request).await.unwrap();
}

/// An execution of a new pipeline `nightly`.
async fn started(simulator: &Simulator, steps: &[Value]) -> Execution {
    let sagemaker = client(simulator);
    create(&sagemaker, steps).await;
    sagemaker.start_execution("nightly").await.unwrap()
}

/// `Train:Executing Work:Stopped`.
fn shown(steps: &[PipelineExecutionStep]) -> String {
    let steps = steps.iter().map(|step| {
        let name = step.step_name.as_deref().unwrap();
        format!("{name}:{}", step.step_status.as_ref().unwrap())
    });
    steps.collect::<Vec<_>>().join(" ")
}

fn takes(simulator: &Simulator, step: &str, time: u64) {
    simulator.step_behavior("nightly", step, StepBehavior::takes(secs(time)));
}

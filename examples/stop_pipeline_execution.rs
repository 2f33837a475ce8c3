//! Starts an execution with a callback and a lambda step, stops it, and says what holds the stop up
//! until it is Stopped.
//!
//! ```text
//! cargo run --example stop_pipeline_execution --features sagemaker-pipelines,sqs
//!     on the embedded simulator, where a pipeline is created and its callback answered
//! … -- --endpoint URL --pipeline nightly    on a server that speaks the API
//! … -- --aws --pipeline nightly             in the account of the environment
//! … -- --aws --execution ARN                to stop an execution that is there
//! ```
//!
//! Elsewhere than on the simulator, a callback step is answered by whoever owns its queue; the
//! example `callback_worker` is such a program.

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use longshore::sagemaker::pipelines::{CallbackAnswer, CallbackWorker, ExecutionState, SqsQueue};
use longshore::sagemaker::{Client, CreatePipelineRequest};
use longshore::simulator::{Simulator, StepBehavior};
use longshore::wait::Schedule;
use serde_json::json;

#[path = "support/service.rs"]
mod service;

use service::Service;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("stop_pipeline_execution: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut service = Service::of_arguments().await?;
    let pipeline = service.option("--pipeline")?;
    let arn = service.option("--execution")?;
    service.no_more()?;
    let sagemaker = Client::new(&service.config)?;
    let pipeline = pipeline.unwrap_or_else(|| "nightly".to_owned());
    if let Some(simulator) = &service.simulator {
        prepare(&service, simulator, &sagemaker, &pipeline).await?;
    }

    let execution = match arn {
        Some(arn) => sagemaker.execution(arn),
        None => sagemaker.start_execution(&pipeline).await?,
    };
    println!("execution {execution}");
    let pause = match &service.simulator {
        Some(_) => Duration::from_millis(100),
        None => Duration::from_secs(5),
    };
    if service.simulator.is_some() {
        // So that there is something to stop.
        tokio::time::sleep(pause * 3).await;
    }

    println!("stopping");
    let mut shown = BTreeMap::new();
    let ended = execution
        .stop_and_wait()
        .schedule(Schedule::fixed(pause)?)
        .deadline(Duration::from_secs(1800))
        .on_progress(|progress| show(progress.state, &mut shown))
        .await?;
    println!("{ended}");
    Ok(())
}

/// Prints a line for each step that is another one than before.
fn show(state: &ExecutionState, shown: &mut BTreeMap<String, String>) {
    let holdups = state.holdups();
    for step in &state.steps {
        let name = step.step_name.clone().unwrap_or_default();
        let status = step.step_status.clone().unwrap_or_default();
        let line = match holdups.iter().find(|holdup| holdup.step == name) {
            Some(holdup) => format!("{status}: {holdup}"),
            None => format!("{status}: step {name} has ended"),
        };
        if shown.insert(name, line.clone()).as_ref() != Some(&line) {
            println!("  {line}");
        }
    }
}

/// Makes the simulator have a pipeline, and answer its callback once it is told to stop.
async fn prepare(
    service: &Service,
    simulator: &Simulator,
    sagemaker: &Client,
    pipeline: &str,
) -> Result<(), Box<dyn Error>> {
    let queue_url = simulator.create_queue("callbacks");
    let definition = json!({
        "Version": "2020-12-01",
        "Steps": [
            {"Name": "Approve", "Type": "Callback", "SqsQueueUrl": queue_url,
                "Arguments": {"model": "churn"}, "OutputParameters": []},
            {"Name": "Count", "Type": "Lambda", "Arguments": {},
                "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:count"},
            {"Name": "Train", "Type": "Training", "Arguments": {}},
        ],
    });
    let request = CreatePipelineRequest::new(pipeline, "arn:aws:iam::123456789012:role/pipelines");
    let request = request.pipeline_definition(definition.to_string());
    sagemaker.create_pipeline(request).await?;
    simulator.step_behavior(
        pipeline,
        "Count",
        StepBehavior::takes(Duration::from_secs(10)),
    );

    let sqs = longshore::sqs::Client::new(&service.config)?;
    let worker = CallbackWorker::new(sagemaker.clone(), SqsQueue::new(sqs, queue_url));
    tokio::spawn(worker.run(async |_, context| {
        context.stopping().await;
        tokio::time::sleep(Duration::from_millis(1500)).await; // cleaning up
        CallbackAnswer::fail("the execution is to stop")
    }));
    Ok(())
}

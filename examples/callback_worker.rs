//! Answers the callback steps of pipelines: takes their messages from a queue, works on several at
//! a time, stops work whose execution is to stop, and ends at Ctrl-C when all is answered.
//!
//! ```text
//! cargo run --example callback_worker --features sagemaker-pipelines,sqs
//!     on the embedded simulator, with three executions of which one is stopped
//! … -- --endpoint URL --queue URL    on a server that speaks the API
//! … -- --aws --queue URL             in the account of the environment
//! ```

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use longshore::sagemaker::pipelines::{
    CallbackAnswer, CallbackContext, CallbackMessage, CallbackWorker, Execution, SqsQueue,
};
use longshore::sagemaker::{Client, CreatePipelineRequest, OutputParameter};
use longshore::simulator::Simulator;
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
            eprintln!("callback_worker: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut service = Service::of_arguments().await?;
    let queue_url = service.option("--queue")?;
    service.no_more()?;
    let sagemaker = Client::new(&service.config)?;
    let sqs = longshore::sqs::Client::new(&service.config)?;
    let (queue_url, executions) = match (&service.simulator, queue_url) {
        (Some(simulator), _) => prepare(simulator, &sagemaker).await?,
        (None, Some(url)) => (url, Vec::new()),
        (None, None) => return Err("--queue is needed, with the URL of a queue".into()),
    };

    let worker = CallbackWorker::new(sagemaker, SqsQueue::new(sqs, queue_url))
        .concurrency(4)
        .on_event(|event| println!("{event}"));
    let report = worker.run_until(work, shutdown(executions)).await?;
    println!("{report}");
    Ok(())
}

/// What a callback step asks for: here, counting for two seconds.
async fn work(message: CallbackMessage, context: CallbackContext) -> CallbackAnswer {
    tokio::select! {
        () = tokio::time::sleep(Duration::from_secs(2)) => {
            let rows = message.arguments["rows"].to_string();
            CallbackAnswer::succeed([OutputParameter::new("rows", rows)])
        }
        () = context.stopping() => CallbackAnswer::fail("the execution is to stop"),
    }
}

/// Ctrl-C; on the simulator, the end of what was started there.
async fn shutdown(executions: Vec<Execution>) {
    if executions.is_empty() {
        // Without a handler for Ctrl-C, it ends the program as usual.
        return match tokio::signal::ctrl_c().await {
            Ok(()) => {}
            Err(_) => std::future::pending().await,
        };
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    for (index, execution) in executions.iter().enumerate() {
        let wait = match index {
            0 => execution.stop_and_wait(),
            _ => execution.wait(),
        };
        let pauses = Schedule::fixed(Duration::from_millis(100));
        let wait = match pauses {
            Ok(pauses) => wait.schedule(pauses),
            Err(_) => wait,
        };
        match wait.await {
            Ok(ended) => println!("{execution}: {ended}"),
            Err(error) => println!("{error}"),
        }
    }
}

/// Makes the simulator have a pipeline, and starts three executions of it.
async fn prepare(
    simulator: &Simulator,
    sagemaker: &Client,
) -> Result<(String, Vec<Execution>), Box<dyn Error>> {
    let queue_url = simulator.create_queue("callbacks");
    let definition = json!({
        "Version": "2020-12-01",
        "Parameters": [{"Name": "rows", "Type": "Integer", "DefaultValue": 10}],
        "Steps": [{"Name": "Count", "Type": "Callback", "SqsQueueUrl": queue_url,
            "Arguments": {"rows": {"Get": "Parameters.rows"}},
            "OutputParameters": [{"OutputName": "rows", "OutputType": "String"}]}],
    });
    let request = CreatePipelineRequest::new("nightly", "arn:aws:iam::123456789012:role/pipelines");
    let request = request.pipeline_definition(definition.to_string());
    sagemaker.create_pipeline(request).await?;
    let mut executions = Vec::new();
    for rows in ["10", "100", "1000"] {
        executions.push(
            sagemaker
                .start_execution("nightly")
                .parameter("rows", rows)
                .await?,
        );
    }
    Ok((queue_url, executions))
}

//! One ECS task, from RunTask to its outcome.
//!
//! ```text
//! cargo run --example quickstart                    on the embedded simulator, over HTTP
//! cargo run --example quickstart -- --endpoint URL  on a server that speaks the API
//! cargo run --example quickstart -- --aws           in the account of the environment
//! ```

use std::error::Error;
use std::process::ExitCode;

use longshore::ecs::{Client, RunTaskRequest};

#[path = "support/service.rs"]
mod service;

use service::Service;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let service = Service::of_arguments().await?;
    service.no_more()?;
    let ecs = Client::new(&service.config)?;

    let request = RunTaskRequest::new("sleep360:1")
        .cluster("default")
        .started_by("quickstart");
    let answer = ecs.run_task(request).await?;
    for failure in &answer.failures {
        let reason = failure.reason.as_deref();
        println!("not started: {}", reason.unwrap_or("no reason given"));
    }
    let task = answer.tasks.first().ok_or("RunTask started no task")?;
    println!("started {}", task.task_arn);

    let task = ecs.watch_task(task);
    let running = task.running().await?;
    println!("{}", running.last_status);

    println!("stopping it");
    let outcome = task.stop("the quickstart is over").await?;
    println!("{outcome}");
    for container in &outcome.task.containers {
        match container.exit_code {
            Some(code) => println!("container {} exited with code {code}", container.name),
            None => println!("container {} never ran", container.name),
        }
    }
    Ok(())
}

//! One job on ECS, as if it ran here: its progress is printed, its exit code becomes this
//! program's own, and Ctrl-C stops it.
//!
//! ```text
//! cargo run --example run_to_completion                    on the embedded simulator
//! cargo run --example run_to_completion -- --exit-code 3   with a job that fails there
//! cargo run --example run_to_completion -- --endpoint URL  on a server that speaks the API
//! cargo run --example run_to_completion -- --aws --cluster jobs --task-definition report \
//!     --subnet subnet-0123 --key report-2026-11
//! ```
//!
//! With a `--key`, a program that is started again takes up the task that is there already.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use longshore::ecs::Client;
use longshore::ecs::tasks::RunProgress;
use longshore::simulator::Behavior;

#[path = "support/service.rs"]
mod service;
#[path = "support/template.rs"]
mod template;

use service::Service;

const FAMILY: &str = "sleep360-fargate";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("run_to_completion: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<u8, Box<dyn Error>> {
    let mut service = Service::of_arguments().await?;
    let request = template::template(&mut service, FAMILY)?;
    let key = service.option("--key")?;
    let exit_code = service.option("--exit-code")?.map(|code| code.parse());
    service.no_more()?;
    if let Some(simulator) = &service.simulator {
        let code = exit_code.transpose()?.unwrap_or(0);
        simulator.behavior(FAMILY, Behavior::exits_after(Duration::from_secs(30), code));
    }

    let ecs = Client::new(&service.config)?;
    let mut run = ecs
        .run_to_completion(request)
        .deadline(Duration::from_secs(3600))
        .cancel_on(async {
            // Where signals cannot be had, there is no Ctrl-C to wait for.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
        .attempts(3)
        .on_progress(|progress| match progress {
            RunProgress::Started(task) => println!("started {}", task.task_arn),
            RunProgress::Changed(task) => println!("{}", task.last_status),
            RunProgress::Stopping { reason, .. } => println!("stopping it: {reason}"),
            RunProgress::Retrying { after, .. } => println!("again in {after:?}"),
            _ => {}
        });
    if let Some(key) = key {
        run = run.key(key);
    }
    let outcome = run.await?;
    println!("{outcome}");
    let code = outcome.exit_code().unwrap_or(1);
    Ok(if outcome.is_success() {
        0
    } else {
        u8::try_from(code).unwrap_or(1).max(1)
    })
}

//! Runs one task, and says so: the program whose build is measured.

use longshore::ecs::{Client, RunTaskRequest};

#[tokio::main]
async fn main() -> Result<(), longshore::Error> {
    let ecs = Client::from_env()?;
    let ran = ecs
        .run_task(RunTaskRequest::new("sleep360:1").cluster("default"))
        .await?;
    for task in &ran.tasks {
        println!("{} {}", task.task_arn, task.last_status);
    }
    Ok(())
}

//! The same with a task that is run.

use longshore::ecs::{Client, RunTaskRequest};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let answer = reqwest::get("https://example.com/").await?.text().await?;
    let value: serde_json::Value = serde_json::from_str(&answer)?;
    println!("{value}");
    let ecs = Client::from_env()?;
    let ran = ecs
        .run_task(RunTaskRequest::new("sleep360:1").cluster("default"))
        .await?;
    for task in &ran.tasks {
        println!("{} {}", task.task_arn, task.last_status);
    }
    Ok(())
}

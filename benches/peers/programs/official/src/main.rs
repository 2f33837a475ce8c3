//! Runs one task, and says so: the program whose build is measured.

use aws_config::BehaviorVersion;
use aws_sdk_ecs::{Client, Error};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let ecs = Client::new(&config);
    let ran = ecs
        .run_task()
        .task_definition("sleep360:1")
        .cluster("default")
        .send()
        .await?;
    for task in ran.tasks() {
        println!("{:?} {:?}", task.task_arn(), task.last_status());
    }
    Ok(())
}

//! The simulator behaves as the service does.

#![cfg(feature = "ecs-tasks")]
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use longshore::ecs::{
    AwsVpcConfiguration, Client, ContainerDefinition, DescribeTasksRequest, LaunchType,
    NetworkConfiguration, RegisterTaskDefinitionRequest, RunTaskRequest, Task,
};
use longshore::pacing::Pacing;
use longshore::simulator::{Simulator, Timing};

#[cfg(feature = "sqs")]
#[path = "simulator/events.rs"]
mod events;
#[path = "simulator/faults.rs"]
mod faults;
#[path = "simulator/launches.rs"]
mod launches;
#[path = "simulator/lifecycle.rs"]
mod lifecycle;
#[cfg(feature = "logs")]
#[path = "simulator/logs.rs"]
mod logs;
#[cfg(feature = "sqs")]
#[path = "simulator/queues.rs"]
mod queues;
#[path = "simulator/resources.rs"]
mod resources;
#[path = "simulator/server.rs"]
mod server;
#[path = "simulator/signatures.rs"]
mod signatures;
#[path = "simulator/throttles.rs"]
mod throttles;

/// A simulator whose times are exact.
fn steady() -> Simulator {
    Simulator::builder().timing(Timing::steady()).build()
}

/// A client that tries once and does not hold back.
fn client(simulator: &Simulator) -> Client {
    Client::new(&simulator.config().max_attempts(1).pacing(Pacing::off())).unwrap()
}

fn network() -> NetworkConfiguration {
    NetworkConfiguration::default().awsvpc_configuration(AwsVpcConfiguration::new(["subnet-1"]))
}

fn on_fargate(definition: &str) -> RunTaskRequest {
    RunTaskRequest::new(definition)
        .launch_type(LaunchType::Fargate)
        .network_configuration(network())
}

async fn launched(ecs: &Client, request: RunTaskRequest) -> Task {
    let mut answer = ecs.run_task(request).await.unwrap();
    assert_eq!(answer.failures, []);
    answer.tasks.remove(0)
}

async fn described(ecs: &Client, arn: &str) -> Task {
    let mut answer = ecs
        .describe_tasks(DescribeTasksRequest::new([arn]))
        .await
        .unwrap();
    assert_eq!(answer.failures, [], "{arn}");
    answer.tasks.remove(0)
}

async fn sleep(secs: f64) {
    tokio::time::sleep(Duration::from_secs_f64(secs)).await;
}

fn container(name: &str) -> ContainerDefinition {
    ContainerDefinition::default()
        .name(name)
        .image("busybox")
        .cpu(256)
        .memory(512)
}

/// Registers a family for instances, without interfaces of the tasks' own.
async fn bridge(ecs: &Client, family: &str, containers: Vec<ContainerDefinition>) {
    ecs.register_task_definition(RegisterTaskDefinitionRequest::new(family, containers))
        .await
        .unwrap();
}

/// The code and message that a call is refused with.
fn refusal<T: std::fmt::Debug>(answer: Result<T, longshore::Error>) -> (String, String) {
    let error = answer.unwrap_err();
    let shown = || error.to_string();
    (
        error
            .code()
            .unwrap_or_else(|| panic!("{}", shown()))
            .to_owned(),
        error.message().unwrap_or_default().to_owned(),
    )
}

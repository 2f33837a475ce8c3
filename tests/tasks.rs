//! Tasks under watch: seen running, stopped and lost, by as few calls as it takes.

#![cfg(feature = "ecs-tasks")]
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use longshore::ecs::tasks::TaskHandle;
use longshore::ecs::{
    AwsVpcConfiguration, Client, LaunchType, NetworkConfiguration, RunTaskRequest,
};
use longshore::simulator::{Behavior, Simulator, Timing};

#[path = "tasks/adopting.rs"]
mod adopting;
#[path = "tasks/completing.rs"]
mod completing;
#[cfg(feature = "sqs")]
#[path = "tasks/events.rs"]
mod events;
#[cfg(feature = "logs")]
#[path = "tasks/logs.rs"]
mod logs;
#[path = "tasks/scale.rs"]
mod scale;
#[path = "tasks/stopping.rs"]
mod stopping;
#[path = "tasks/watching.rs"]
mod watching;

const FAMILY: &str = "sleep360-fargate";

fn simulator(seed: u64) -> Simulator {
    let builder = Simulator::builder().seed(seed).timing(Timing::steady());
    builder.build()
}

fn client(simulator: &Simulator) -> Client {
    Client::new(&simulator.config()).unwrap()
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn on_fargate() -> RunTaskRequest {
    let network = NetworkConfiguration::default()
        .awsvpc_configuration(AwsVpcConfiguration::new(["subnet-1"]));
    RunTaskRequest::new(FAMILY)
        .launch_type(LaunchType::Fargate)
        .network_configuration(network)
}

/// Starts one task that does this.
async fn start(simulator: &Simulator, ecs: &Client, behavior: Behavior) -> TaskHandle {
    simulator.behavior(FAMILY, behavior);
    let answer = ecs.run_task(on_fargate()).await.unwrap();
    ecs.watch_task(&answer.tasks[0])
}

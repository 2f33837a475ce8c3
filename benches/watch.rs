//! What it takes to wait for many tasks: calls, throttles, how late their ends are noticed, and
//! memory. In simulated time, against the simulator with the published quotas:
//!
//! ```text
//! cargo bench --bench watch
//! ```
//!
//! With `N` tasks there are `N / 100` groups, and half of the quota is 10 calls a second; so a
//! round takes `max(5 s, N / 1000 s)`. A task that stops at any time within it is noticed half a
//! round later on average, and a round later at worst, plus the time of a call.

#![allow(missing_docs, clippy::unwrap_used)]

use std::alloc::System;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use longshore::ecs::tasks::TaskHandle;
use longshore::ecs::{
    AwsVpcConfiguration, Client, LaunchType, NetworkConfiguration, RunTaskRequest, Task,
};
use longshore::pacing::Pacing;
use longshore::simulator::{Behavior, Simulator};
use longshore::wire::Timestamp;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const FAMILY: &str = "sleep360-fargate";

fn main() {
    println!("   tasks    calls  throttles  late: mean    worst  formula: mean    worst  B/task");
    for count in [1_000, 10_000, 100_000] {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let figures = runtime.block_on(measure(count));
        println!("{figures}");
    }
}

async fn measure(count: usize) -> String {
    let simulator = Simulator::new();
    // The client's own pacing is not what keeps the quota.
    let ecs = Client::new(&simulator.config().pacing(Pacing::off())).unwrap();
    let round = (count as f64 / 1000.0).max(5.0);
    // Their ends are spread over four rounds, after two in which nothing happens.
    let first = 300.0 + 2.0 * round;
    let handles = start(&simulator, &ecs, count, first, 4.0 * round).await;
    simulator.clear_requests();

    let mut waits: FuturesUnordered<_> = handles
        .iter()
        .map(|task| task.stopped().into_future())
        .collect();
    let quiet = Duration::from_secs_f64(60.0 + 2.0 * round);
    assert!(tokio::time::timeout(quiet, waits.next()).await.is_err());
    let memory = memory(&simulator, &handles, waits).await;

    let mut waits: FuturesUnordered<_> = handles
        .iter()
        .map(|task| task.stopped().into_future())
        .collect();
    let mut late = Vec::new();
    while let Some(outcome) = waits.next().await {
        let stopped_at = outcome.unwrap().task.stopped_at.unwrap();
        late.push(Timestamp::from(simulator.date()).as_secs_f64() - stopped_at.as_secs_f64());
    }
    let mean = late.iter().sum::<f64>() / late.len() as f64;
    let worst = late.iter().copied().fold(0.0, f64::max);
    let requests = simulator.requests();
    let throttles = requests
        .iter()
        .filter(|request| request.status != Some(200));
    format!(
        "{count:8} {:8} {:10} {mean:10.1} s {worst:6.1} s {:13.1} s {round:6.1} s {memory:7.0}",
        requests.len(),
        throttles.count(),
        round / 2.0,
    )
}

/// What a waiting task takes: what is free again when as many waits, and as many handles, are
/// dropped.
async fn memory<W>(simulator: &Simulator, handles: &[TaskHandle], waits: W) -> f64 {
    let count = handles.len();
    let with = live();
    drop(waits);
    let for_waits = with - live();

    // Another client has another watcher, whose handles nobody else holds.
    let other = Client::new(&simulator.config().pacing(Pacing::off())).unwrap();
    let others = handles.iter().map(|task| other.watch_arn(task.arn()));
    let others: Vec<TaskHandle> = others.map(Result::unwrap).collect();
    // Until each has been seen.
    let round = Duration::from_secs_f64((count as f64 / 1000.0).max(5.0));
    tokio::time::sleep(2 * round).await;
    let with = live();
    drop(others);
    tokio::time::sleep(Duration::from_millis(1)).await;
    let for_handles = with - live();
    (for_waits + for_handles) as f64 / count as f64
}

fn live() -> isize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated as isize - stats.bytes_deallocated as isize
}

async fn start(
    simulator: &Simulator,
    ecs: &Client,
    count: usize,
    first: f64,
    spread: f64,
) -> Vec<TaskHandle> {
    let network = NetworkConfiguration::default()
        .awsvpc_configuration(AwsVpcConfiguration::new(["subnet-1"]));
    let request = RunTaskRequest::new(FAMILY)
        .launch_type(LaunchType::Fargate)
        .network_configuration(network);
    simulator.set_throttling(false);
    let mut started: Vec<Task> = Vec::new();
    let batch = 100;
    for done in (0..count).step_by(batch) {
        let after = first + spread * done as f64 / count as f64;
        let behavior = Behavior::exits_after(Duration::from_secs_f64(after), 0);
        simulator.behavior(FAMILY, behavior);
        let launched = ecs.launch(request.clone(), batch as u32).await;
        started.extend(launched.into_result().unwrap());
        simulator.clear_requests();
    }
    simulator.set_throttling(true);
    ecs.watch(&started)
}

//! Waits for many tasks, by the official waiter or by longshore's watcher, against longshore's
//! simulator with the published quotas: `waiting official|official-again|ours TASKS SEED`.
//!
//! A wait of `official` that fails is left at that; `official-again` calls the waiter again, after
//! the waiter's own shortest delay, until it has seen the task stopped.
//!
//! Both sides call the simulator over HTTP, under tokio's paused clock, which stands still while a
//! request is under way: so an hour of waiting takes as long as its calls do, each delay is what it
//! would be, and the network adds nothing to it. Tasks are started at the rate that Fargate admits,
//! 20 a second, run for ten minutes, and are waited for from the moment that they are started.

mod connector;
mod hold;
mod transport;

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_ecs::client::Waiters as _;
use aws_smithy_async::time::TimeSource;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use longshore::ecs::tasks::TaskHandle;
use longshore::ecs::{
    AwsVpcConfiguration, Client, LaunchType, NetworkConfiguration, RunTaskRequest, Task,
};
use longshore::simulator::{Behavior, Server, Simulator};
use longshore::wire::Timestamp;
use tokio::task::JoinHandle;

use hold::Hold;
use transport::Holding;

const FAMILY: &str = "sleep360-fargate";
const RUNS_FOR: Duration = Duration::from_secs(600);
const BATCH: usize = 10;
const SHORTEST: Duration = Duration::from_secs(6);
const LONGEST: Duration = Duration::from_secs(4 * 3600);

/// What became of the waits for one task.
struct Noticed {
    /// How late the end was noticed, in seconds.
    late: Option<f64>,
    failures: u32,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [side, tasks, seed] = args.as_slice() else {
        panic!("usage: waiting official|official-again|ours TASKS SEED");
    };
    let tasks = tasks.parse().expect("a number of tasks");
    let seed = seed.parse().expect("a seed");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build();
    let told = runtime.expect("a runtime").block_on(async {
        let simulator = Simulator::builder().seed(seed).build();
        simulator.behavior(FAMILY, Behavior::exits_after(RUNS_FOR, 0));
        let server = simulator.serve().await.expect("a server");
        let hold = Hold::default();
        let client = || {
            let config = simulator.config_for(&server);
            Client::new(&config.transport(Holding::new(hold.clone()))).expect("a client")
        };
        let noticed = match side.as_str() {
            "official" | "official-again" => {
                let ecs = official(&simulator, &server, hold.clone());
                let again = side == "official-again";
                wait(client(), tasks, |task| {
                    tokio::spawn(official_wait(ecs.clone(), simulator.clone(), task, again))
                })
                .await
            }
            "ours" => {
                let ecs = client();
                wait(client(), tasks, |task| {
                    tokio::spawn(our_wait(ecs.watch_task(task), simulator.clone()))
                })
                .await
            }
            other => panic!("there is no side `{other}`"),
        };
        tell(&simulator, &noticed)
    });
    println!("{told}");
}

/// Starts tasks and has each waited for; returns when all waits have ended.
async fn wait(
    starter: Client,
    count: usize,
    mut waiting: impl FnMut(&Task) -> JoinHandle<Noticed>,
) -> Vec<Noticed> {
    let network = NetworkConfiguration::default()
        .awsvpc_configuration(AwsVpcConfiguration::new(["subnet-1"]));
    let mut waits = FuturesUnordered::new();
    let mut left = count;
    while left > 0 {
        let batch = left.min(BATCH);
        let request = RunTaskRequest::new(FAMILY)
            .launch_type(LaunchType::Fargate)
            .network_configuration(network.clone())
            .count(i32::try_from(batch).expect("a small number"));
        let ran = starter.run_task(request).await.expect("an answer");
        assert_eq!(ran.tasks.len(), batch, "{:?}", ran.failures);
        waits.extend(ran.tasks.iter().map(&mut waiting));
        left -= batch;
        tokio::time::sleep(Duration::from_secs_f64(batch as f64 / 20.0)).await;
    }
    let mut noticed = Vec::new();
    while let Some(one) = waits.next().await {
        noticed.push(one.expect("no wait panics"));
    }
    noticed
}

async fn our_wait(task: TaskHandle, simulator: Simulator) -> Noticed {
    let outcome = task.stopped().await.ok();
    let stopped_at = outcome.and_then(|outcome| outcome.task.stopped_at);
    Noticed {
        late: stopped_at.map(|at| late(&simulator, at.as_secs_f64())),
        failures: u32::from(stopped_at.is_none()),
    }
}

/// The waiter as its users call it: one for each task, with the delays that it has.
fn official_wait(
    ecs: aws_sdk_ecs::Client,
    simulator: Simulator,
    task: &Task,
    again: bool,
) -> impl Future<Output = Noticed> + use<> {
    let arn = task.task_arn.clone();
    async move {
        let mut failures = 0;
        loop {
            let waited = ecs
                .wait_until_tasks_stopped()
                .tasks(&arn)
                .wait(LONGEST)
                .await;
            let answer = waited.ok().and_then(|waited| waited.into_result().ok());
            if let Some(answer) = answer {
                let stopped_at = answer.tasks().first().and_then(|task| task.stopped_at());
                let late = stopped_at.map(|at| late(&simulator, at.as_secs_f64()));
                return Noticed { late, failures };
            }
            failures += 1;
            if !again {
                return Noticed {
                    late: None,
                    failures,
                };
            }
            tokio::time::sleep(SHORTEST).await;
        }
    }
}

fn late(simulator: &Simulator, stopped_at: f64) -> f64 {
    Timestamp::from(simulator.date()).as_secs_f64() - stopped_at
}

/// The official client with all its defaults, but for time and where the service is.
fn official(simulator: &Simulator, server: &Server, hold: Hold) -> aws_sdk_ecs::Client {
    let config = aws_sdk_ecs::Config::builder()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .region(aws_config::Region::new("us-east-1"))
        .credentials_provider(Credentials::from_keys("AKIDSIMULATOR", "secret", None))
        .retry_config(aws_config::retry::RetryConfig::standard())
        .time_source(Time(simulator.clone()))
        .endpoint_url(server.url())
        .http_client(connector::client(hold))
        .build();
    aws_sdk_ecs::Client::from_conf(config)
}

#[derive(Debug)]
struct Time(Simulator);

impl TimeSource for Time {
    fn now(&self) -> SystemTime {
        self.0.date()
    }
}

fn tell(simulator: &Simulator, noticed: &[Noticed]) -> serde_json::Value {
    let requests = simulator.requests();
    let polls = requests
        .iter()
        .filter(|request| request.operation == "DescribeTasks");
    let (answered, refused): (Vec<_>, Vec<_>) =
        polls.partition(|request| request.status == Some(200));
    let late: Vec<f64> = noticed.iter().filter_map(|one| one.late).collect();
    serde_json::json!({
        "tasks": noticed.len(),
        "calls": answered.len() + refused.len(),
        "throttles": refused.len(),
        "failed": noticed.iter().map(|one| one.failures).sum::<u32>(),
        "late_mean_s": late.iter().sum::<f64>() / late.len() as f64,
        "late_worst_s": late.iter().copied().fold(0.0, f64::max),
    })
}

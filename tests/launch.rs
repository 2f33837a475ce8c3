//! Launches of any count: complete, adopted, and never twice.

#![cfg(feature = "ecs-tasks")]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::time::Duration;

use longshore::ecs::tasks::{Launch, Launched};
use longshore::ecs::{
    AwsVpcConfiguration, Client, LaunchType, NetworkConfiguration, RunTaskRequest,
};
use longshore::simulator::{Behavior, Simulator, Timing};

#[path = "launch/chaos.rs"]
mod chaos;
#[path = "launch/replay.rs"]
mod replay;
#[path = "launch/trouble.rs"]
mod trouble;

const FAMILY: &str = "sleep360-fargate";

/// A simulator whose tasks run on.
fn simulator(seed: u64) -> Simulator {
    let builder = Simulator::builder().seed(seed).timing(Timing::steady());
    let simulator = builder.build();
    simulator.behavior(FAMILY, Behavior::runs_forever());
    simulator
}

fn client(simulator: &Simulator) -> Client {
    Client::new(&simulator.config()).unwrap()
}

fn on_fargate() -> RunTaskRequest {
    let network = NetworkConfiguration::default()
        .awsvpc_configuration(AwsVpcConfiguration::new(["subnet-1"]));
    RunTaskRequest::new(FAMILY)
        .launch_type(LaunchType::Fargate)
        .network_configuration(network)
}

fn launch(ecs: &Client, count: u32) -> Launch<'_> {
    ecs.launch(on_fargate(), count).key("job-42")
}

/// The ARNs of a report, of which none may be there twice.
fn arns(launched: &Launched) -> BTreeSet<String> {
    let arns: BTreeSet<String> = launched.arns().map(str::to_owned).collect();
    assert_eq!(arns.len(), launched.started.len(), "a task reported twice");
    arns
}

/// The ARNs of what was really started.
fn real(simulator: &Simulator) -> BTreeSet<String> {
    let tasks = simulator.tasks().into_iter();
    tasks.map(|task| task.task_arn).collect()
}

/// All is there, and nothing else.
fn assert_complete(simulator: &Simulator, launched: &Launched, count: u32) {
    assert!(launched.is_complete(), "{launched:?}");
    assert_eq!(launched.started.len(), count as usize);
    assert_eq!(arns(launched), real(simulator));
}

/// What is not a failure is there, and what is there is not overlooked.
fn assert_accounted(simulator: &Simulator, launched: &Launched, count: u32) {
    let known = arns(launched);
    let real = real(simulator);
    assert!(known.is_subset(&real));
    let started = u32::try_from(known.len()).unwrap();
    assert_eq!(started + launched.missing(), count, "{launched:?}");
    let uncertain: u32 = (launched.failures.iter())
        .filter(|failure| !failure.class.is_certain())
        .map(|failure| failure.count)
        .sum();
    assert!(real.len() <= (started + uncertain) as usize, "{launched:?}");
}

#[tokio::test(start_paused = true)]
async fn every_count_from_0_to_100() {
    for count in 0..=100 {
        let simulator = simulator(u64::from(count));
        let launched = launch(&client(&simulator), count).await;
        assert_complete(&simulator, &launched, count);
        let calls = count.div_ceil(10) as usize;
        assert_eq!(simulator.count("RunTask"), calls);
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_tasks_without_a_throttle() {
    let simulator = simulator(1);
    let ecs = client(&simulator);
    let mut seen = 0;
    let launched = launch(&ecs, 1000)
        .on_progress(|progress| {
            seen += progress.new.len();
            assert_eq!(progress.started as usize, seen);
            assert_eq!((progress.asked, progress.failed), (1000, 0));
        })
        .await;
    assert_complete(&simulator, &launched, 1000);
    assert_eq!(seen, 1000);
    // 100 at once and 20 a second thereafter take 45 seconds, and no call more than needed.
    assert_eq!(simulator.count("RunTask"), 100);
    let took = simulator.elapsed();
    assert!((45.0..46.0).contains(&took.as_secs_f64()), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn the_key_is_the_callers_or_the_requests_or_random() {
    let simulator = simulator(1);
    let ecs = client(&simulator);
    let token = |launched: Launched| {
        assert!(launched.is_complete());
        let request = simulator.requests().pop().unwrap();
        (
            launched.key,
            request.body["clientToken"].as_str().unwrap().to_owned(),
        )
    };
    let request = || on_fargate().client_token("mine").count(7);
    let own = token(ecs.launch(request(), 1).key("job-42").await);
    assert_eq!(own, ("job-42".to_owned(), "job-42.0.0".to_owned()));
    let of_request = token(ecs.launch(request(), 1).await);
    assert_eq!(of_request, ("mine".to_owned(), "mine.0.0".to_owned()));
    let (first, _) = token(ecs.launch(on_fargate(), 1).await);
    let (second, _) = token(ecs.launch(on_fargate(), 1).await);
    assert_ne!(first, second);
    assert_eq!(simulator.tasks().len(), 4);
}

/// A wrong key, and what can be asked of a report.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_launched() {
    let simulator = simulator(1);
    let ecs = client(&simulator);
    let launched = ecs.launch(on_fargate(), 12).key("job 42").await;
    assert_eq!((launched.missing(), launched.arns().len()), (12, 0));
    assert_eq!(
        launched.into_result().unwrap_err().to_string(),
        "0 of 12 tasks started; 12 tasks: refused: RunTask: the key of the launch may have \
         visible ASCII characters only; nothing was sent"
    );
    assert_eq!(simulator.requests(), []);

    let request = on_fargate().cluster("nowhere");
    let launched = ecs.launch(request, 1000).key("job-42").await;
    assert_eq!(launched.missing(), 1000);
    // Once eight are refused and nothing is there, the others are not asked for.
    assert_eq!(simulator.count("RunTask"), 8);
    let error = launched.failures[0].error.as_ref().unwrap();
    assert_eq!(error.code(), Some("ClusterNotFoundException"));

    let seconds = Duration::from_secs;
    let begun = simulator.elapsed();
    simulator.limit_capacity(Some(0));
    let launched = launch(&ecs, 3).deadline(seconds(60)).await;
    assert_eq!(
        launched.into_result().unwrap_err().to_string(),
        "0 of 3 tasks started; 3 tasks: no capacity: Capacity is unavailable at this time. \
         Please try again later or in a different availability zone; launch again with the key \
         job-42 for the rest"
    );
    assert!(simulator.elapsed() - begun <= seconds(60));
}

//! Ten thousand tasks inside the quota.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use longshore::ecs::{Client, Task};
use longshore::simulator::{Behavior, Simulator, Timing};

use super::{FAMILY, on_fargate, secs};

/// How late the ends of tasks were noticed.
#[derive(Debug)]
struct Late {
    mean: Duration,
    worst: Duration,
}

/// Starts so many tasks whose ends are spread over `spread` and waits for them all.
async fn wait_for(simulator: &Simulator, ecs: &Client, count: usize, spread: u64) -> Late {
    let mut started: Vec<Task> = Vec::new();
    simulator.set_throttling(false);
    for batch in 0..count.div_ceil(100) {
        let after = 120 + spread * batch as u64 * 100 / count as u64;
        simulator.behavior(FAMILY, Behavior::exits_after(secs(after), 0));
        let fast = ecs.launch(on_fargate(), 100).without_fargate_pacing();
        started.extend(fast.await.into_result().unwrap());
    }
    simulator.set_throttling(true);
    simulator.clear_requests();
    let handles = ecs.watch(&started);
    drop(started);
    let mut waits: FuturesUnordered<_> = handles
        .iter()
        .map(|task| task.stopped().into_future())
        .collect();
    let mut late = Vec::new();
    while let Some(outcome) = waits.next().await {
        let stopped_at = outcome.unwrap().task.stopped_at.unwrap();
        let now = longshore::wire::Timestamp::from(simulator.date());
        late.push(now.as_secs_f64() - stopped_at.as_secs_f64());
    }
    assert_eq!(late.len(), count);
    let worst = late.iter().copied().fold(0.0, f64::max);
    let mean = late.iter().sum::<f64>() / late.len() as f64;
    Late {
        mean: Duration::from_secs_f64(mean),
        worst: Duration::from_secs_f64(worst),
    }
}

fn no_throttle(simulator: &Simulator) {
    let requests = simulator.requests();
    assert!(requests.iter().all(|request| request.status == Some(200)));
}

#[tokio::test(start_paused = true)]
async fn ten_thousand() {
    let simulator = Simulator::builder().timing(Timing::default()).build();
    // The client's own pacing is not what keeps the quota.
    let ecs = Client::new(&simulator.config().pacing(longshore::pacing::Pacing::off())).unwrap();
    let late = wait_for(&simulator, &ecs, 10_000, 120).await;
    no_throttle(&simulator);
    println!(
        "10,000 tasks: {late:?}, {} calls",
        simulator.count("DescribeTasks")
    );
    assert!(late.mean <= secs(6) && late.worst <= secs(15), "{late:?}");
}

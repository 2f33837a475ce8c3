//! Tasks that are taken up again.

use longshore::ecs::TaskStatus;
use longshore::simulator::Behavior;

use super::{FAMILY, client, on_fargate, secs, simulator};

#[tokio::test(start_paused = true)]
async fn by_what_they_were_started_with() {
    let simulator = simulator(1);
    let ecs = client(&simulator);
    simulator.behavior(FAMILY, Behavior::runs_forever());
    let mine = on_fargate().started_by("nightly").group("reports");
    let mine = ecs.launch(mine, 120).await.into_result().unwrap();
    let others = ecs.launch(on_fargate().started_by("hourly"), 15).await;
    tokio::time::sleep(secs(5)).await;

    let restarted = client(&simulator);
    let found = restarted
        .adopt("default")
        .started_by("nightly")
        .await
        .unwrap();
    assert_eq!(found.len(), mine.len());
    assert!(found.iter().all(|task| task.state().status.is_some()));
    let count = async |adopt: longshore::ecs::tasks::Adopt<'_>| adopt.await.unwrap().len();
    assert_eq!(count(restarted.adopt("default").family(FAMILY)).await, 135);
    assert_eq!(
        count(restarted.adopt("default").group("reports")).await,
        120
    );
    let none = restarted
        .adopt("default")
        .group("reports")
        .started_by("hourly");
    assert_eq!(count(none).await, 0);
    assert_eq!(count(restarted.adopt("default").service("web")).await, 0);

    // Those that have stopped are found on demand.
    let stopped = ecs.watch_task(&others.started[0]);
    stopped.stop("enough").await.unwrap();
    let hourly = || restarted.adopt("default").started_by("hourly");
    assert_eq!(count(hourly()).await, 14);
    let all = hourly().with_stopped().await.unwrap();
    assert_eq!(all.len(), 15);
    let stopped = all.iter().filter(|task| task.outcome().is_some());
    assert_eq!(stopped.count(), 1);
    let running = all[0].running().await;
    assert!(running.is_err() || running.unwrap().last_status == TaskStatus::Running);
}

#[tokio::test(start_paused = true)]
async fn an_empty_condition_is_refused() {
    let simulator = simulator(2);
    let ecs = client(&simulator);
    let error = ecs.adopt("default").started_by("").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "ListTasks: the condition `startedBy` is empty; nothing was sent"
    );
}

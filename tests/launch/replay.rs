//! The same launch again.

use std::time::Duration;

use longshore::ecs::tasks::FailureClass;
use longshore::simulator::Fault;

use crate::{arns, assert_complete, client, launch, on_fargate, real, simulator};

#[tokio::test(start_paused = true)]
async fn the_same_launch_again_adopts() {
    let simulator = simulator(1);
    let first = launch(&client(&simulator), 37).await;
    let second = launch(&client(&simulator), 37).await;
    assert_eq!(arns(&first), arns(&second));
    assert_complete(&simulator, &second, 37);
    let other = client(&simulator);
    let third = other.launch(on_fargate(), 37).key("job-43").await;
    assert!(arns(&third).is_disjoint(&arns(&first)));
}

/// The rounds that capacity forced upon the first run are gone through again.
#[tokio::test(start_paused = true)]
async fn rounds_are_adopted_too() {
    for room in 0..=25 {
        let simulator = simulator(room);
        let ecs = client(&simulator);
        simulator.limit_capacity(Some(room as usize));
        let first = launch(&ecs, 25).deadline(Duration::from_secs(60)).await;
        assert_eq!(first.started.len(), room as usize);
        // One more comes free, over and over, in several rounds of the same chunk.
        for more in [1, 2, 5] {
            simulator.limit_capacity(Some((room + more) as usize));
            let next = launch(&ecs, 25).deadline(Duration::from_secs(60)).await;
            assert_eq!(next.started.len(), (room + more).min(25) as usize);
            assert!(arns(&next).is_superset(&arns(&first)));
            assert_eq!(arns(&next), real(&simulator));
        }
        simulator.limit_capacity(None);
        for _ in 0..2 {
            let last = launch(&client(&simulator), 25).await;
            assert_complete(&simulator, &last, 25);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer() {
    let simulator = simulator(1);
    let ecs = client(&simulator);
    for fault in [
        Fault::reset_after(),
        Fault::cut_body(),
        Fault::truncated_body(),
        Fault::status_after(),
        Fault::slow(Duration::from_secs(300)),
    ] {
        let before = real(&simulator).len();
        simulator.inject(fault.on("RunTask").times(5));
        let launched = ecs.launch(on_fargate(), 30).await;
        assert!(launched.is_complete(), "{launched:?}");
        assert_eq!(real(&simulator).len(), before + 30);
        simulator.clear_faults();
    }
}

#[tokio::test(start_paused = true)]
async fn no_answer_until_the_deadline() {
    let simulator = simulator(1);
    let ecs = client(&simulator);
    simulator.inject(Fault::reset_after().on("RunTask").always());
    let launched = launch(&ecs, 15).deadline(Duration::from_secs(60)).await;
    assert_eq!((launched.started.len(), launched.missing()), (0, 15));
    for failure in &launched.failures {
        assert_eq!(failure.class, FailureClass::Uncertain);
    }
    assert_eq!(real(&simulator).len(), 15);
    // A throttle tells nothing of what was lost before.
    simulator.clear_faults();
    simulator.inject(Fault::reset_after().on("RunTask"));
    simulator.inject(Fault::throttle().on("RunTask").always());
    let throttled = launch(&ecs, 1)
        .key("other")
        .deadline(Duration::from_secs(60))
        .await;
    assert_eq!(throttled.failures[0].class, FailureClass::Uncertain);
    simulator.clear_faults();

    let again = launch(&ecs, 15).await;
    assert_eq!(again.started.len(), 15);
    assert_eq!(real(&simulator).len(), 16);
}

#[tokio::test(start_paused = true)]
async fn the_same_key_with_another_count() {
    let simulator = simulator(1);
    let ecs = client(&simulator);
    let few = launch(&ecs, 13).await;
    let more = launch(&ecs, 18).await;
    assert!(arns(&more).is_superset(&arns(&few)));
    assert_complete(&simulator, &more, 18);
    // Fewer than there are: nothing is started, and the 3 of the round that had 1 to start are named.
    let fewer = launch(&ecs, 11).await;
    assert_eq!((fewer.is_complete(), fewer.started.len()), (true, 13));
    assert_eq!(real(&simulator).len(), 18);
}

#[tokio::test(start_paused = true)]
async fn the_same_key_with_another_request() {
    let simulator = simulator(1);
    let ecs = client(&simulator);
    launch(&ecs, 12).await.into_result().unwrap();
    let request = on_fargate().started_by("somebody-else");
    let launched = ecs.launch(request, 12).key("job-42").await;
    assert_eq!((launched.started.len(), launched.missing()), (0, 12));
    for failure in &launched.failures {
        assert_eq!(failure.class, FailureClass::Conflict);
        let error = failure.error.as_ref().unwrap();
        assert_eq!(error.code(), Some("ConflictException"));
    }
    // Another parameter that leaves the marks alone.
    let request = on_fargate().enable_execute_command(true);
    let launched = ecs.launch(request, 12).key("job-42").await;
    assert_complete(&simulator, &launched, 12);
}

/// Chunks that wait for room do not keep those from being found that are there already.
#[tokio::test(start_paused = true)]
async fn what_is_there_is_named_though_there_is_no_room() {
    let simulator = simulator(1);
    let ecs = client(&simulator);
    // The first eighty are refused for want of capacity; the last twenty start.
    simulator.inject(
        Fault::error("ClientException", "Capacity is unavailable")
            .on("RunTask")
            .times(8),
    );
    let life = std::time::Duration::from_secs(1);
    let job = launch(&ecs, 100).into_future();
    assert!(
        tokio::time::timeout(life, job).await.is_err(),
        "crashed while it waited"
    );
    assert_eq!(real(&simulator).len(), 20);
    simulator.limit_capacity(Some(0));
    let launched = launch(&ecs, 100).deadline(Duration::from_secs(60)).await;
    assert_eq!(arns(&launched), real(&simulator));
    assert_eq!((launched.started.len(), launched.missing()), (20, 80));
}

/// A refusal does not keep what was started from being found either.
#[tokio::test(start_paused = true)]
async fn what_is_there_is_named_though_the_rest_is_refused() {
    let simulator = simulator(1);
    let ecs = client(&simulator);
    simulator.limit_capacity(Some(193));
    let first = launch(&ecs, 200).deadline(Duration::from_secs(30)).await;
    assert_eq!(first.started.len(), 193);
    simulator.inject(Fault::status(400).on("RunTask").times(1));
    let second = launch(&ecs, 200).deadline(Duration::from_secs(30)).await;
    assert_eq!(second.missing(), 17);
    assert_eq!(second.failures[0].class, FailureClass::Refused);
}

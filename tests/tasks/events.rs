//! Tasks whose changes are told instead of asked for.

use std::time::Duration;

use longshore::ecs::tasks::{FeedProgress, TaskStateChange};
use longshore::simulator::{Behavior, Delivery, Fault, Simulator};
use longshore::sqs;

use super::{FAMILY, client, on_fargate, secs, simulator};

fn queue(simulator: &Simulator) -> (sqs::Client, String) {
    let url = simulator.create_queue("task-events");
    simulator.send_task_events_to(&url);
    (sqs::Client::new(&simulator.config()).unwrap(), url)
}

#[tokio::test(start_paused = true)]
async fn events_spare_the_looking() {
    let simulator = simulator(1);
    let ecs = client(&simulator);
    let (sqs, url) = queue(&simulator);
    simulator.behavior(FAMILY, Behavior::exits_after(secs(600), 0));
    let launched = ecs.launch(on_fargate(), 30).await;
    let tasks = ecs.watch(&launched.started);
    let mut news = 0;
    let feed = ecs.feed_from(&sqs, &url).on_message(|progress| {
        let FeedProgress::Event { is_news, .. } = progress else {
            panic!("{progress:?}");
        };
        news += usize::from(is_news);
    });
    let waits =
        futures_util::future::join_all(tasks.iter().map(|task| task.stopped().into_future()));
    let outcomes = tokio::select! {
        outcomes = waits => outcomes,
        error = feed.into_future() => panic!("{error}"),
    };
    assert!(
        outcomes
            .into_iter()
            .all(|outcome| outcome.unwrap().is_success())
    );
    // 618 seconds: by looking alone there would be a hundred calls.
    let late = simulator.elapsed() - secs(618);
    assert!(late < secs(2), "{late:?}");
    assert!(
        simulator.count("DescribeTasks") < 25,
        "{}",
        simulator.count("DescribeTasks")
    );
    assert!(news > 30 * 5, "{news}");
    // Of tasks that have ended nothing more is asked.
    let calls = simulator.count("DescribeTasks");
    tokio::time::sleep(secs(600)).await;
    assert_eq!(simulator.count("DescribeTasks"), calls);
}

#[tokio::test(start_paused = true)]
async fn what_gets_lost_is_seen_all_the_same() {
    for seed in 0..20 {
        let simulator = simulator(100 + seed);
        let ecs = client(&simulator);
        let (sqs, url) = queue(&simulator);
        simulator.set_delivery(Delivery::new().lost(0.5).twice(0.3).late(secs(30)));
        simulator.inject(Fault::status(500).on("ReceiveMessage").probability(0.1));
        simulator.inject(
            Fault::reset_after()
                .on("DeleteMessageBatch")
                .probability(0.1),
        );
        simulator.behavior(FAMILY, Behavior::exits_after(secs(200), 7));
        let launched = ecs.launch(on_fargate(), 20).await;
        let tasks = ecs.watch(&launched.started);
        let feed = ecs.feed_from(&sqs, &url).into_future();
        let waits =
            futures_util::future::join_all(tasks.iter().map(|task| task.stopped().into_future()));
        let outcomes = tokio::select! {
            outcomes = waits => outcomes,
            error = feed => panic!("{error}"),
        };
        for outcome in outcomes {
            assert_eq!(outcome.unwrap().exit_code(), Some(7));
        }
        // The safety net has a minute.
        let late = simulator.elapsed() - secs(218);
        assert!(late < secs(65), "{late:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn strays_stay_in_the_queue() {
    let simulator = simulator(2);
    let ecs = client(&simulator);
    let (sqs, url) = queue(&simulator);
    let dead = simulator.create_queue("dead");
    simulator.set_redrive(&url, &dead, 2);
    simulator.send_message(&url, "hello");
    let mut strays = Vec::new();
    let feed = ecs.feed_from(&sqs, &url).on_message(|progress| {
        if let FeedProgress::Stray { error, .. } = progress {
            strays.push(error.to_string());
        }
    });
    assert!(
        tokio::time::timeout(secs(120), feed.into_future())
            .await
            .is_err()
    );
    assert_eq!(strays.len(), 2);
    assert_eq!(
        strays[0],
        "no event: expected value at line 1 column 1; it begins `hello`"
    );
    assert_eq!(simulator.messages(&dead), ["hello"]);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_not_there_ends_the_feed() {
    let simulator = simulator(3);
    let ecs = client(&simulator);
    let sqs = sqs::Client::new(&simulator.config()).unwrap();
    let url = "https://sqs.us-east-1.amazonaws.com/123456789012/none";
    let error = ecs.feed_from(&sqs, url).await;
    assert!(
        matches!(error, longshore::Error::QueueDoesNotExist(_)),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn events_are_the_api_tasks() {
    let simulator = simulator(4);
    let ecs = client(&simulator);
    let url = simulator.create_queue("task-events");
    simulator.send_task_events_to(&url);
    simulator.behavior(FAMILY, Behavior::exits_after(secs(10), 0));
    let answer = ecs.run_task(on_fargate()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let events: Vec<TaskStateChange> = simulator
        .messages(&url)
        .iter()
        .map(|text| TaskStateChange::parse(text).unwrap())
        .collect();
    let versions: Vec<i64> = events.iter().map(|event| event.task.version).collect();
    assert!(
        versions.windows(2).all(|pair| pair[0] < pair[1]),
        "{versions:?}"
    );
    let last = events.last().unwrap();
    let request = longshore::ecs::DescribeTasksRequest::new([&answer.tasks[0].task_arn]);
    let described = ecs.describe_tasks(request).await.unwrap();
    assert_eq!(last.task, described.tasks[0]);
}

//! The published quotas.

use longshore::ecs::{ListTasksRequest, RegisterTaskDefinitionRequest};
use longshore::simulator::Simulator;

use crate::{client, container, on_fargate, refusal, sleep, steady};

#[tokio::test(start_paused = true)]
async fn reads_of_cluster_resources() {
    let simulator = steady();
    let ecs = client(&simulator);
    let list = || ecs.list_tasks(ListTasksRequest::default());
    for _ in 0..100 {
        list().await.unwrap();
    }
    let (code, message) = refusal(list().await);
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("ThrottlingException", "Rate exceeded")
    );
    // The other quotas are not used up, and what has none is not throttled.
    ecs.list_clusters(Default::default()).await.unwrap();
    ecs.run_task(on_fargate("sleep360-fargate")).await.unwrap();
    sleep(1.0).await;
    for _ in 0..20 {
        list().await.unwrap();
    }
    assert!(list().await.unwrap_err().is_throttle());
    simulator.set_throttling(false);
    list().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn registrations() {
    let simulator = steady();
    let ecs = client(&simulator);
    let register = || {
        ecs.register_task_definition(RegisterTaskDefinitionRequest::new("f", [container("main")]))
    };
    for _ in 0..20 {
        register().await.unwrap();
    }
    assert!(register().await.unwrap_err().is_throttle());
    sleep(1.0).await;
    register().await.unwrap();
    assert!(register().await.unwrap_err().is_throttle());
}

#[tokio::test(start_paused = true)]
async fn fargate_has_its_own() {
    let simulator = steady();
    let ecs = client(&simulator);
    for _ in 0..10 {
        ecs.run_task(on_fargate("sleep360-fargate").count(10))
            .await
            .unwrap();
    }
    assert!(
        ecs.run_task(on_fargate("sleep360-fargate"))
            .await
            .unwrap_err()
            .is_throttle()
    );
    sleep(0.5).await;
    ecs.run_task(on_fargate("sleep360-fargate").count(10))
        .await
        .unwrap();
    assert_eq!(simulator.tasks().len(), 110);

    let simulator = steady();
    let ecs = client(&simulator);
    for _ in 0..20 {
        ecs.run_task(on_fargate("sleep360-fargate")).await.unwrap();
    }
    assert!(
        ecs.run_task(on_fargate("sleep360-fargate"))
            .await
            .unwrap_err()
            .is_throttle()
    );
}

#[tokio::test(start_paused = true)]
async fn quotas_do_not_run_faster() {
    let simulator = Simulator::builder().speed(1000.0).build();
    let ecs = client(&simulator);
    for _ in 0..100 {
        ecs.list_tasks(ListTasksRequest::default()).await.unwrap();
    }
    sleep(0.05).await;
    ecs.list_tasks(ListTasksRequest::default()).await.unwrap();
    assert!(
        ecs.list_tasks(ListTasksRequest::default())
            .await
            .unwrap_err()
            .is_throttle()
    );
}

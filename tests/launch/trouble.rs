//! What is waited out, and what is not.

use std::time::Duration;

use longshore::ecs::tasks::FailureClass;
use longshore::ecs::{CapacityProviderStrategyItem, RunTaskRequest};
use longshore::simulator::Fault;
use longshore::wait::Schedule;

use crate::{assert_complete, client, launch, on_fargate, simulator};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn capacity_that_comes_free() {
    let simulator = simulator(1);
    let ecs = client(&simulator);
    simulator.limit_capacity(Some(14));
    let freed = async {
        for room in [20, 21, 34] {
            tokio::time::sleep(MINUTE).await;
            simulator.limit_capacity(Some(room));
        }
        std::future::pending::<()>().await;
    };
    let launched = tokio::select! {
        launched = launch(&ecs, 34) => launched,
        () = freed => unreachable!(),
    };
    assert_complete(&simulator, &launched, 34);
    let took = simulator.elapsed();
    assert!(took >= 3 * MINUTE && took < 4 * MINUTE, "{took:?}");

    // Now that there is room for all, the tries that found none start nothing more.
    simulator.limit_capacity(None);
    let again = launch(&client(&simulator), 34).await;
    assert_complete(&simulator, &again, 34);
}

#[tokio::test(start_paused = true)]
async fn no_more_than_there_is_room_for() {
    let simulator = simulator(1);
    let ecs = client(&simulator);
    simulator.limit_capacity(Some(14));
    let schedule = Schedule::fixed(Duration::from_secs(10)).unwrap();
    let launched = launch(&ecs, 34).deadline(MINUTE).schedule(schedule).await;
    assert_eq!((launched.started.len(), launched.missing()), (14, 20));
    for failure in &launched.failures {
        assert_eq!(failure.class, FailureClass::Capacity);
        assert!(failure.class.is_retryable());
        assert_eq!(failure.reasons.len(), failure.count as usize);
    }
    let took = simulator.elapsed();
    assert!(took > MINUTE * 5 / 6 && took <= MINUTE, "{took:?}");

    // A schedule that ends, ends it.
    simulator.clear_requests();
    let schedule = Schedule::custom([Duration::from_secs(1); 2]);
    let launched = ecs.launch(on_fargate(), 5).schedule(schedule).await;
    assert_eq!(launched.missing(), 5);
    assert_eq!(simulator.count("RunTask"), 3);
}

#[tokio::test(start_paused = true)]
async fn the_provisioning_quota() {
    let simulator = simulator(1);
    let ecs = client(&simulator);
    simulator.limit_provisioning(Some(12));
    let launched = launch(&ecs, 60).await;
    assert_complete(&simulator, &launched, 60);

    simulator.limit_provisioning(Some(0));
    let launched = ecs.launch(on_fargate(), 3).deadline(MINUTE).await;
    assert_eq!(launched.failures[0].class, FailureClass::Provisioning);
    assert!(launched.failures[0].error.is_some());
}

#[tokio::test(start_paused = true)]
async fn throttles_are_waited_out() {
    for fault in [Fault::throttle(), Fault::hidden_throttle()] {
        let simulator = simulator(1);
        let ecs = client(&simulator);
        simulator.inject(fault.clone().on("RunTask").times(40));
        let launched = launch(&ecs, 45).await;
        assert_complete(&simulator, &launched, 45);

        simulator.inject(fault.on("RunTask").always());
        let launched = ecs.launch(on_fargate(), 5).deadline(MINUTE).await;
        let failure = &launched.failures[0];
        assert_eq!(failure.class, FailureClass::Throttled);
        assert!(failure.error.as_ref().unwrap().is_throttle());
    }
}

/// Quotas that others use up as well: the launch slows down and ends all the same.
#[tokio::test(start_paused = true)]
async fn several_launches_share_an_account() {
    let simulator = simulator(1);
    let clients: Vec<_> = (0..4).map(|_| client(&simulator)).collect();
    let deadline = 10 * MINUTE;
    let (a, b, c, d) = tokio::join!(
        async {
            clients[0]
                .launch(on_fargate(), 200)
                .deadline(deadline)
                .await
        },
        async {
            clients[1]
                .launch(on_fargate(), 200)
                .deadline(deadline)
                .await
        },
        async {
            clients[2]
                .launch(on_fargate(), 200)
                .deadline(deadline)
                .await
        },
        async {
            clients[3]
                .launch(on_fargate(), 200)
                .without_fargate_pacing()
                .await
        },
    );
    for launched in [a, b, c, d] {
        assert_eq!(launched.into_result().unwrap().len(), 200);
    }
    assert_eq!(simulator.tasks().len(), 800);
}

#[tokio::test(start_paused = true)]
async fn spot_and_on_demand_have_quotas_each() {
    let simulator = simulator(1);
    let ecs = client(&simulator);
    let cluster = longshore::ecs::CreateClusterRequest::default()
        .cluster_name("mixed")
        .capacity_providers(["FARGATE", "FARGATE_SPOT"]);
    ecs.create_cluster(cluster).await.unwrap();
    let item = |name: &str| CapacityProviderStrategyItem::new(name).weight(1);
    let request = RunTaskRequest {
        launch_type: None,
        ..on_fargate()
    };
    let request = request
        .cluster("mixed")
        .capacity_provider_strategy([item("FARGATE"), item("FARGATE_SPOT")]);
    let begun = simulator.elapsed();
    let launched = ecs.launch(request, 600).await;
    assert_complete(&simulator, &launched, 600);
    assert_eq!(simulator.count("RunTask"), 60);
    let took = (simulator.elapsed() - begun).as_secs_f64();
    assert!((10.0..11.0).contains(&took), "{took}");
}

/// One failure an instance, not one a task; the remainder is what was not started.
#[tokio::test(start_paused = true)]
async fn on_instances() {
    let simulator = simulator(1);
    let ecs = client(&simulator);
    let cluster = longshore::ecs::CreateClusterRequest::default().cluster_name("own");
    ecs.create_cluster(cluster).await.unwrap();
    let request = RunTaskRequest::new("sleep360").cluster("own");
    // No instance yet.
    let launched = ecs.launch(request.clone(), 3).deadline(MINUTE).await;
    let failure = &launched.failures[0];
    assert_eq!(
        (failure.class, failure.count),
        (FailureClass::Capacity, 3),
        "{failure}"
    );

    let instance = simulator.add_container_instance("own", 1024, 1024);
    simulator.set_agent_connected(&instance, false);
    let launched = ecs.launch(request.clone(), 3).deadline(MINUTE).await;
    assert_eq!(
        launched.failures[0].class,
        FailureClass::Agent,
        "{launched:?}"
    );

    simulator.set_agent_connected(&instance, true);
    let first = ecs
        .launch(request.clone(), 100)
        .key("all")
        .deadline(MINUTE)
        .await;
    assert!(!first.started.is_empty() && !first.is_complete());
    assert_eq!(first.started.len() + first.missing() as usize, 100);
    assert_eq!(first.failures[0].class, FailureClass::Capacity);
    for _ in 0..30 {
        simulator.add_container_instance("own", 16_384, 65_536);
    }
    let second = ecs.launch(request, 100).key("all").await;
    assert_complete(&simulator, &second, 100);
}

//! RunTask and StartTask: idempotency, placement, and what is refused.

use longshore::Error;
use longshore::ecs::{
    CapacityProviderStrategyItem, ContainerOverride, CreateClusterRequest, Failure, LaunchType,
    RunTaskRequest, StartTaskRequest, StopTaskRequest, Tag, TaskOverride,
};
use longshore::simulator::Simulator;

use crate::{bridge, client, container, launched, network, on_fargate, refusal, sleep, steady};

#[tokio::test(start_paused = true)]
async fn the_same_token_with_the_same_parameters() {
    let simulator = steady();
    let ecs = client(&simulator);
    let request = on_fargate("sleep360-fargate")
        .count(3)
        .client_token("token-1");
    let first = ecs.run_task(request.clone()).await.unwrap();
    sleep(20.0).await;
    let second = ecs.run_task(request).await.unwrap();
    let arns = |answer: &longshore::ecs::RunTaskResponse| {
        answer
            .tasks
            .iter()
            .map(|task| task.task_arn.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(arns(&first), arns(&second));
    assert_eq!(second.tasks[0].last_status, "RUNNING");
    assert_eq!(simulator.tasks().len(), 3);

    launched(&ecs, on_fargate("sleep360-fargate").client_token("token-2")).await;
    assert_eq!(simulator.tasks().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn the_same_token_with_other_parameters() {
    let simulator = steady();
    let ecs = client(&simulator);
    let request = on_fargate("sleep360-fargate").client_token("token-1");
    let task = launched(&ecs, request.clone()).await;
    match ecs.run_task(request.clone().count(2)).await.unwrap_err() {
        Error::Conflict {
            resource_ids,
            error,
        } => {
            assert_eq!(resource_ids, [task.task_arn]);
            assert_eq!(error.code, "ConflictException");
        }
        other => panic!("{other}"),
    }
    assert_eq!(simulator.tasks().len(), 1);

    // A day later the token is free again.
    simulator.advance(std::time::Duration::from_secs(24 * 60 * 60));
    launched(&ecs, request.started_by("another")).await;
}

#[tokio::test(start_paused = true)]
async fn a_token_of_a_launch_that_started_nothing_is_free() {
    let simulator = steady();
    let ecs = client(&simulator);
    let request = on_fargate("sleep360-fargate").client_token("token-1");
    simulator.limit_capacity(Some(0));
    assert!(
        ecs.run_task(request.clone())
            .await
            .unwrap()
            .tasks
            .is_empty()
    );
    simulator.limit_capacity(None);
    launched(&ecs, request).await;
}

#[tokio::test(start_paused = true)]
async fn instances_with_and_without_room() {
    let simulator = steady();
    let ecs = client(&simulator);
    let cluster = CreateClusterRequest::default().cluster_name("own");
    ecs.create_cluster(cluster).await.unwrap();
    bridge(&ecs, "small", vec![container("main")]).await;
    let answer = ecs
        .run_task(RunTaskRequest::new("small").cluster("own"))
        .await;
    let (code, message) = refusal(answer);
    assert_eq!(code, "InvalidParameterException");
    assert_eq!(
        message,
        "No Container Instances were found in your cluster."
    );

    let instance = simulator.add_container_instance("own", 1024, 1024);
    let answer = ecs
        .run_task(RunTaskRequest::new("small").cluster("own").count(3))
        .await
        .unwrap();
    assert_eq!(answer.tasks.len(), 2);
    assert_eq!(
        answer.tasks[0].container_instance_arn.as_ref(),
        Some(&instance)
    );
    let failure = |reason: &str| {
        let mut failure = Failure::default();
        failure.arn = Some(instance.clone());
        failure.reason = Some(reason.to_owned());
        failure
    };
    assert_eq!(answer.failures, [failure("RESOURCE:MEMORY")]);

    bridge(&ecs, "busy", vec![container("main").cpu(2048).memory(16)]).await;
    let answer = ecs
        .run_task(RunTaskRequest::new("busy").cluster("own"))
        .await
        .unwrap();
    assert_eq!(answer.failures, [failure("RESOURCE:CPU")]);

    // A task that has ended gives its room back.
    let first = simulator.tasks().remove(0).task_arn;
    ecs.stop_task(StopTaskRequest::new(first).cluster("own"))
        .await
        .unwrap();
    assert_eq!(
        ecs.run_task(RunTaskRequest::new("small").cluster("own"))
            .await
            .unwrap()
            .failures
            .len(),
        1
    );
    sleep(10.0).await;
    launched(&ecs, RunTaskRequest::new("small").cluster("own")).await;

    assert!(simulator.set_agent_connected(&instance, false));
    let answer = ecs
        .run_task(RunTaskRequest::new("small").cluster("own"))
        .await
        .unwrap();
    assert_eq!(answer.failures, [failure("AGENT")]);
}

#[tokio::test(start_paused = true)]
async fn start_task_on_named_instances() {
    let simulator = steady();
    let ecs = client(&simulator);
    let first = simulator.add_container_instance("default", 1024, 512);
    let second = simulator.add_container_instance("default", 1024, 128);
    bridge(&ecs, "small", vec![container("main")]).await;
    let request = StartTaskRequest::new([first.as_str(), &second, "unknown"], "small");
    let answer = ecs.start_task(request).await.unwrap();
    assert_eq!(answer.tasks.len(), 1);
    assert_eq!(answer.tasks[0].container_instance_arn, Some(first));
    let reasons: Vec<_> = answer
        .failures
        .iter()
        .filter_map(|failure| failure.reason.as_deref())
        .collect();
    assert_eq!(reasons, ["RESOURCE:MEMORY", "MISSING"]);
    assert_eq!(answer.failures[0].arn, Some(second));
    assert!(
        answer.failures[1]
            .arn
            .as_ref()
            .unwrap()
            .ends_with(":container-instance/default/unknown")
    );
}

#[tokio::test(start_paused = true)]
async fn fargate_without_capacity() {
    let simulator = steady();
    let ecs = client(&simulator);
    simulator.limit_capacity(Some(2));
    let answer = ecs
        .run_task(on_fargate("sleep360-fargate").count(5))
        .await
        .unwrap();
    assert_eq!((answer.tasks.len(), answer.failures.len()), (2, 3));
    assert_eq!(answer.failures[0].arn, None);
    assert!(
        answer.failures[0]
            .reason
            .as_ref()
            .unwrap()
            .starts_with("Capacity is unavailable at this time.")
    );

    simulator.limit_capacity(None);
    simulator.limit_provisioning(Some(3));
    let error = ecs
        .run_task(on_fargate("sleep360-fargate").count(2))
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("ClientException"));
    assert!(error.is_capacity());
    sleep(6.0).await;
    launched(&ecs, on_fargate("sleep360-fargate").count(2)).await;
}

#[tokio::test(start_paused = true)]
async fn tags_from_everywhere() {
    let simulator = steady();
    let ecs = client(&simulator);
    simulator.add_container_instance("default", 1024, 1024);
    let tag = |key: &str, value: &str| Tag::default().key(key).value(value);
    let definition =
        longshore::ecs::RegisterTaskDefinitionRequest::new("tagged", [container("main")])
            .tags([tag("team", "a"), tag("cost", "b")]);
    ecs.register_task_definition(definition).await.unwrap();
    let request = RunTaskRequest::new("tagged")
        .propagate_tags(longshore::ecs::PropagateTags::TaskDefinition)
        .enable_ecs_managed_tags(true)
        .tags([tag("team", "c")]);
    let tags = launched(&ecs, request).await.tags;
    assert_eq!(
        tags,
        [
            tag("team", "c"),
            tag("cost", "b"),
            tag("aws:ecs:clusterName", "default")
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn refused_launches() {
    let simulator = Simulator::new();
    let ecs = client(&simulator);
    bridge(&ecs, "bridge", vec![container("main")]).await;
    let name = longshore::ecs::DeregisterTaskDefinitionRequest::new("gone:1");
    bridge(&ecs, "gone", vec![container("main")]).await;
    ecs.deregister_task_definition(name).await.unwrap();

    let invalid = "InvalidParameterException";
    let fargate = || on_fargate("sleep360-fargate");
    let spot = || [CapacityProviderStrategyItem::new("FARGATE_SPOT")];
    let other = |name: &str| {
        TaskOverride::default().container_overrides([ContainerOverride::default().name(name)])
    };
    let cases = [
        (fargate().count(0), invalid, "between 1 and 10"),
        (fargate().count(11), invalid, "between 1 and 10"),
        (fargate().count(-1), invalid, "between 1 and 10"),
        (
            fargate().cluster("nowhere"),
            "ClusterNotFoundException",
            "Cluster not found.",
        ),
        (
            on_fargate("nothing"),
            "ClientException",
            "TaskDefinition not found.",
        ),
        (
            on_fargate("sleep360-fargate:2"),
            "ClientException",
            "TaskDefinition not found.",
        ),
        (
            on_fargate("gone:1"),
            "ClientException",
            "TaskDefinition is inactive",
        ),
        (
            on_fargate("gone"),
            "ClientException",
            "TaskDefinition not found.",
        ),
        (fargate().started_by("x".repeat(129)), invalid, "startedBy"),
        (
            fargate().client_token("x".repeat(65)),
            invalid,
            "client token",
        ),
        (
            fargate().capacity_provider_strategy(spot()),
            invalid,
            "Specifying both",
        ),
        (
            fargate().overrides(other("nobody")),
            invalid,
            "named nobody",
        ),
        (
            fargate().platform_version("9.9"),
            "PlatformUnknownException",
            "",
        ),
        (
            RunTaskRequest::new("sleep360-fargate").launch_type(LaunchType::Fargate),
            invalid,
            "Network Configuration must",
        ),
        (
            RunTaskRequest::new("bridge").launch_type(LaunchType::Fargate),
            invalid,
            "does not support launch_type FARGATE",
        ),
        (
            RunTaskRequest::new("bridge").network_configuration(network()),
            invalid,
            "not valid for the given networkMode",
        ),
        (
            fargate().launch_type(LaunchType::External),
            "UnsupportedOperationException",
            "EXTERNAL",
        ),
        (
            fargate().tags([Tag::default().key("aws:x")]),
            invalid,
            "reserved",
        ),
    ];
    for (request, expected, part) in cases {
        let (code, message) = refusal(ecs.run_task(request).await);
        assert_eq!(code, expected, "{message}");
        assert!(message.contains(part), "{message}");
    }
    assert!(simulator.tasks().is_empty());
    let longest = fargate()
        .started_by("x".repeat(128))
        .client_token("x".repeat(64))
        .overrides(other("sleep"));
    launched(&ecs, longest).await;
}

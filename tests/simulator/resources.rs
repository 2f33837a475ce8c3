//! Clusters, task definitions, instances, lists, tags; and what is not modelled.

use longshore::ecs::{
    ContainerInstanceStatus, CreateClusterRequest, DeleteClusterRequest,
    DeregisterTaskDefinitionRequest, DescribeClustersRequest, DescribeContainerInstancesRequest,
    DescribeServicesRequest, DescribeTaskDefinitionRequest, DescribeTasksRequest, DesiredStatus,
    LaunchType, ListContainerInstancesRequest, ListTagsForResourceRequest,
    ListTaskDefinitionFamiliesRequest, ListTaskDefinitionsRequest, ListTasksRequest,
    RegisterContainerInstanceRequest, RegisterTaskDefinitionRequest, Resource, RunTaskRequest,
    SortOrder, StopTaskRequest, Tag, TagResourceRequest, TaskDefinitionFamilyStatus,
    TaskDefinitionStatus, UntagResourceRequest,
};

use crate::{bridge, client, container, launched, on_fargate, refusal, sleep, steady};

#[tokio::test(start_paused = true)]
async fn clusters() {
    let simulator = steady();
    let ecs = client(&simulator);
    let all = ecs
        .describe_clusters(DescribeClustersRequest::default())
        .await
        .unwrap();
    assert_eq!(
        (
            all.clusters[0].cluster_name.as_str(),
            all.clusters[0].status.as_str()
        ),
        ("default", "ACTIVE")
    );

    let request = CreateClusterRequest::default().cluster_name("jobs");
    let made = ecs
        .create_cluster(request.clone())
        .await
        .unwrap()
        .cluster
        .unwrap();
    assert_eq!(
        made.cluster_arn,
        "arn:aws:ecs:us-east-1:123456789012:cluster/jobs"
    );
    assert_eq!(
        ecs.create_cluster(request).await.unwrap().cluster.unwrap(),
        made
    );
    let listed = ecs.list_clusters(Default::default()).await.unwrap();
    assert_eq!(listed.cluster_arns.len(), 2);

    let task = launched(
        &ecs,
        on_fargate("sleep360-fargate").cluster(&made.cluster_arn),
    )
    .await;
    assert_eq!(task.cluster_arn, made.cluster_arn);
    sleep(12.0).await;
    let known = ecs
        .describe_clusters(DescribeClustersRequest::default().clusters(["jobs", "none"]))
        .await
        .unwrap();
    assert_eq!(known.clusters[0].running_tasks_count, Some(1));
    assert_eq!(known.failures[0].reason.as_deref(), Some("MISSING"));
    let delete = || ecs.delete_cluster(DeleteClusterRequest::new("jobs"));
    assert_eq!(refusal(delete().await).0, "ClusterContainsTasksException");

    // A task of one cluster is not one of another.
    let elsewhere = ecs
        .describe_tasks(DescribeTasksRequest::new([&task.task_arn]))
        .await;
    assert_eq!(refusal(elsewhere).0, "InvalidParameterException");

    ecs.stop_task(StopTaskRequest::new(&task.task_arn).cluster("jobs"))
        .await
        .unwrap();
    sleep(10.0).await;
    assert_eq!(delete().await.unwrap().cluster.unwrap().status, "INACTIVE");
    assert_eq!(refusal(delete().await).0, "ClusterNotFoundException");
    let bad = CreateClusterRequest::default().cluster_name("no spaces");
    assert_eq!(
        refusal(ecs.create_cluster(bad).await).0,
        "InvalidParameterException"
    );
}

#[tokio::test(start_paused = true)]
async fn task_definitions() {
    let simulator = steady();
    let ecs = client(&simulator);
    for _ in 0..11 {
        bridge(&ecs, "many", vec![container("main")]).await;
        sleep(1.0).await;
    }
    let newest = ecs
        .describe_task_definition(DescribeTaskDefinitionRequest::new("many"))
        .await
        .unwrap();
    let newest = newest.task_definition.unwrap();
    assert_eq!(newest.revision, Some(11));
    assert_eq!(newest.status, Some(TaskDefinitionStatus::Active));
    assert_eq!(newest.container_definitions[0].essential, Some(true));
    let gone = ecs
        .deregister_task_definition(DeregisterTaskDefinitionRequest::new("many:11"))
        .await
        .unwrap();
    assert_eq!(
        gone.task_definition.unwrap().status,
        Some(TaskDefinitionStatus::Inactive)
    );
    let newest = ecs
        .describe_task_definition(DescribeTaskDefinitionRequest::new("many"))
        .await
        .unwrap();
    assert_eq!(newest.task_definition.unwrap().revision, Some(10));

    let list = ListTaskDefinitionsRequest::default().family_prefix("many");
    let arns = ecs
        .list_task_definitions(list.clone().sort(SortOrder::Desc).max_results(2))
        .await
        .unwrap();
    let ends: Vec<_> = arns
        .task_definition_arns
        .iter()
        .filter_map(|arn| arn.rsplit(':').next())
        .collect();
    assert_eq!(ends, ["10", "9"]);
    assert!(arns.next_token.is_some());
    let inactive = ecs
        .list_task_definitions(list.status(TaskDefinitionStatus::Inactive))
        .await
        .unwrap();
    assert_eq!(inactive.task_definition_arns.len(), 1);
    let families = ecs
        .list_task_definition_families(ListTaskDefinitionFamiliesRequest::default())
        .await
        .unwrap();
    assert_eq!(families.families, ["many", "sleep360", "sleep360-fargate"]);
    let none =
        ListTaskDefinitionFamiliesRequest::default().status(TaskDefinitionFamilyStatus::Inactive);
    assert!(
        ecs.list_task_definition_families(none)
            .await
            .unwrap()
            .families
            .is_empty()
    );

    let unknown = ecs
        .describe_task_definition(DescribeTaskDefinitionRequest::new("none"))
        .await;
    assert_eq!(
        refusal(unknown),
        (
            "ClientException".into(),
            "Unable to describe task definition.".into()
        )
    );
    let wrong = [
        RegisterTaskDefinitionRequest::new("no spaces", [container("main")]),
        RegisterTaskDefinitionRequest::new("f", [container("main"), container("main")]),
        RegisterTaskDefinitionRequest::new("f", [container("main").essential(false)]),
        RegisterTaskDefinitionRequest::new("f", [container("")]),
        RegisterTaskDefinitionRequest::new("f", [container("main")]).cpu("much"),
        RegisterTaskDefinitionRequest::new("f", [container("main")])
            .requires_compatibilities([longshore::ecs::Compatibility::Fargate]),
    ];
    for request in wrong {
        sleep(1.0).await;
        assert_eq!(
            refusal(ecs.register_task_definition(request).await).0,
            "ClientException"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn container_instances() {
    let simulator = steady();
    let ecs = client(&simulator);
    let cluster = CreateClusterRequest::default().cluster_name("own");
    ecs.create_cluster(cluster).await.unwrap();
    let amount = |name: &str, value: i32| {
        Resource::default()
            .name(name)
            .r#type("INTEGER")
            .integer_value(value)
    };
    let request = RegisterContainerInstanceRequest::default()
        .cluster("own")
        .total_resources([amount("CPU", 1024), amount("MEMORY", 2048)]);
    let made = ecs
        .register_container_instance(request)
        .await
        .unwrap()
        .container_instance
        .unwrap();
    let list = ListContainerInstancesRequest::default()
        .cluster("own")
        .status(ContainerInstanceStatus::Active);
    let listed = ecs.list_container_instances(list).await.unwrap();
    assert_eq!(
        listed.container_instance_arns,
        std::slice::from_ref(&made.container_instance_arn)
    );

    bridge(&ecs, "small", vec![container("main")]).await;
    let task = launched(&ecs, RunTaskRequest::new("small").cluster("own")).await;
    sleep(10.0).await;
    let request =
        DescribeContainerInstancesRequest::new([made.container_instance_arn.as_str(), "none"])
            .cluster("own");
    let answer = ecs.describe_container_instances(request).await.unwrap();
    let instance = &answer.container_instances[0];
    assert_eq!(instance.running_tasks_count, Some(1));
    assert_eq!(instance.remaining_resources[0].integer_value, Some(768));
    assert_eq!(instance.registered_resources[1].integer_value, Some(2048));
    assert_eq!(answer.failures[0].reason.as_deref(), Some("MISSING"));
    let here = ListTasksRequest::default()
        .cluster("own")
        .container_instance(&made.container_instance_arn);
    assert_eq!(
        ecs.list_tasks(here).await.unwrap().task_arns,
        [task.task_arn]
    );
}

#[tokio::test(start_paused = true)]
async fn lists_of_tasks() {
    let simulator = steady();
    let ecs = client(&simulator);
    simulator.add_container_instance("default", 4096, 8192);
    bridge(&ecs, "small", vec![container("main")]).await;
    for _ in 0..3 {
        ecs.run_task(on_fargate("sleep360-fargate").count(10).started_by("me"))
            .await
            .unwrap();
    }
    let other = launched(&ecs, RunTaskRequest::new("small").group("service:web")).await;
    sleep(2.0).await;
    let mut request = ListTasksRequest::default().max_results(7).started_by("me");
    let mut seen = Vec::new();
    loop {
        let answer = ecs.list_tasks(request.clone()).await.unwrap();
        seen.extend(answer.task_arns);
        request.next_token = answer.next_token;
        if request.next_token.is_none() {
            break;
        }
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((all, seen.len()), (30, 30));

    let only = |request: ListTasksRequest| {
        let (ecs, other) = (ecs.clone(), other.task_arn.clone());
        async move { assert_eq!(ecs.list_tasks(request).await.unwrap().task_arns, [other]) }
    };
    only(ListTasksRequest::default().family("small")).await;
    only(ListTasksRequest::default().launch_type(LaunchType::Ec2)).await;
    only(ListTasksRequest::default().service_name("web")).await;
    ecs.stop_task(StopTaskRequest::new(&other.task_arn))
        .await
        .unwrap();
    only(ListTasksRequest::default().desired_status(DesiredStatus::Stopped)).await;

    let wrong = ListTasksRequest::default().next_token("xyz");
    assert_eq!(
        refusal(ecs.list_tasks(wrong).await).0,
        "InvalidParameterException"
    );
    let wrong = ListTasksRequest::default().max_results(101);
    assert_eq!(
        refusal(ecs.list_tasks(wrong).await).0,
        "InvalidParameterException"
    );
}

#[tokio::test(start_paused = true)]
async fn tasks_that_are_not_there() {
    let simulator = steady();
    let ecs = client(&simulator);
    let unknown = ecs
        .stop_task(StopTaskRequest::new("0123456789abcdef0123456789abcdef"))
        .await;
    assert_eq!(
        refusal(unknown),
        (
            "InvalidParameterException".into(),
            "The referenced task was not found.".into()
        )
    );
    let many = ecs
        .describe_tasks(DescribeTasksRequest::new((0..101).map(|n| n.to_string())))
        .await;
    assert_eq!(refusal(many).0, "InvalidParameterException");
    let named = ecs
        .call_by_name("DescribeTasks", serde_json::json!({"tasks": []}))
        .await;
    assert_eq!(refusal(named).0, "InvalidParameterException");
    let odd = [
        "",
        "arn:",
        "arn:aws:ecs:us-east-1:123456789012:task/",
        "/",
        "é",
        "arn:aws:ecs:us-east-1:1:task/default/x",
    ];
    let answer = ecs
        .describe_tasks(DescribeTasksRequest::new(odd))
        .await
        .unwrap();
    assert_eq!(answer.failures.len(), odd.len());
}

#[tokio::test(start_paused = true)]
async fn tags() {
    let simulator = steady();
    let ecs = client(&simulator);
    let task = launched(&ecs, on_fargate("sleep360-fargate")).await;
    let cluster = "arn:aws:ecs:us-east-1:123456789012:cluster/default";
    for arn in [
        task.task_arn.as_str(),
        cluster,
        task.task_definition_arn.as_str(),
    ] {
        let tag = |value: &str| Tag::default().key("k").value(value);
        ecs.tag_resource(TagResourceRequest::new(arn, [tag("1")]))
            .await
            .unwrap();
        ecs.tag_resource(TagResourceRequest::new(
            arn,
            [tag("2"), Tag::default().key("l")],
        ))
        .await
        .unwrap();
        let tags = ecs
            .list_tags_for_resource(ListTagsForResourceRequest::new(arn))
            .await
            .unwrap()
            .tags;
        assert_eq!(tags, [tag("2"), Tag::default().key("l")]);
        ecs.untag_resource(UntagResourceRequest::new(arn, ["k"]))
            .await
            .unwrap();
        let tags = ecs
            .list_tags_for_resource(ListTagsForResourceRequest::new(arn))
            .await
            .unwrap()
            .tags;
        assert_eq!(tags.len(), 1);
    }
    let unknown = ecs
        .list_tags_for_resource(ListTagsForResourceRequest::new("arn:aws:ecs:x"))
        .await;
    assert_eq!(refusal(unknown).0, "ResourceNotFoundException");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_modelled() {
    let simulator = steady();
    let ecs = client(&simulator);
    let (code, message) = refusal(
        ecs.describe_services(DescribeServicesRequest::new(["web"]))
            .await,
    );
    assert_eq!(code, "UnsupportedOperationException");
    assert_eq!(message, "the simulator does not model DescribeServices");
    let (code, _) = refusal(ecs.call_by_name("MakeCoffee", serde_json::json!({})).await);
    assert_eq!(code, "UnknownOperationException");
    let wrong = ecs
        .call_by_name("ListTasks", serde_json::json!({"maxResults": "ten"}))
        .await;
    assert_eq!(refusal(wrong).0, "SerializationException");
    assert_eq!(simulator.count("MakeCoffee"), 1);
    let request = &simulator.requests()[2];
    assert_eq!(request.operation, "ListTasks");
    assert_eq!(request.body["maxResults"], "ten");
    assert_eq!(request.status, Some(400));
    assert!(!request.carried_out);
    simulator.clear_requests();
    assert!(simulator.requests().is_empty());
}

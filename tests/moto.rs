//! Interop with `moto_server`, an implementation of the API that we did not write, over HTTP.
//!
//! `LONGSHORE_MOTO` is its URL; `.ci/run` starts one. Without it these tests say so and pass.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use longshore::ecs::{
    AwsVpcConfiguration, Client, Compatibility, ContainerDefinition, CreateClusterRequest,
    DescribeClustersRequest, DescribeTaskDefinitionRequest, DescribeTasksRequest, KeyValuePair,
    LaunchType, ListTagsForResourceRequest, ListTasksRequest, NetworkConfiguration, NetworkMode,
    RegisterTaskDefinitionRequest, RunTaskRequest, StopTaskRequest, Tag, TagResourceRequest,
    TaskStatus, UntagResourceRequest,
};
use longshore::transport::{HttpSettings, ReqwestTransport, Transport as _};
use longshore::wait::Schedule;
use longshore::{Config, Error};

fn client() -> Option<Client> {
    let Ok(url) = std::env::var("LONGSHORE_MOTO") else {
        println!("LONGSHORE_MOTO is not set: interop with moto is not tested here");
        return None;
    };
    let config = Config::new()
        .region("us-east-1")
        .access_key("testing", "testing")
        .endpoint_url(url);
    Some(Client::new(&config).unwrap())
}

/// A name that no other test uses: moto keeps one account for all.
fn name(test: &str) -> String {
    format!("{test}-{}", std::process::id())
}

async fn family(ecs: &Client, name: &str) -> String {
    let container = ContainerDefinition::default()
        .name("main")
        .image("busybox")
        .command(["sleep", "360"])
        .memory(128)
        .environment([KeyValuePair::default()
            .name("KEY")
            .value("a \"quoted\" ünïcode value")]);
    let request = RegisterTaskDefinitionRequest::new(name, [container])
        .network_mode(NetworkMode::Awsvpc)
        .requires_compatibilities([Compatibility::Fargate])
        .cpu("256")
        .memory("512")
        .tags([Tag::default().key("team").value("harbour")]);
    let definition = ecs
        .register_task_definition(request)
        .await
        .unwrap()
        .task_definition
        .unwrap();
    format!("{name}:{}", definition.revision.unwrap())
}

/// A subnet that moto has: it refuses any other, and EC2's API is not one of ours.
async fn subnet() -> String {
    let url = std::env::var("LONGSHORE_MOTO").unwrap();
    let request = http::Request::post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/ec2/aws4_request",
        )
        .body("Action=DescribeSubnets&Version=2016-11-15".into())
        .unwrap();
    let http = ReqwestTransport::new(&HttpSettings::default()).unwrap();
    let answer = http.send(request).await.unwrap().into_body();
    let answer = String::from_utf8(answer.to_vec()).unwrap();
    let (_, rest) = answer.split_once("<subnetId>").unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

async fn run(definition: &str, cluster: &str) -> RunTaskRequest {
    // moto fails inside where the security groups, which are optional, are not there.
    let vpc = AwsVpcConfiguration::new([subnet().await]).security_groups([] as [&str; 0]);
    let network = NetworkConfiguration::default().awsvpc_configuration(vpc);
    RunTaskRequest::new(definition)
        .cluster(cluster)
        .launch_type(LaunchType::Fargate)
        .network_configuration(network)
}

#[tokio::test]
async fn register_run_describe_list_stop() {
    let Some(ecs) = client() else { return };
    let cluster = name("lifecycle");
    let created = ecs
        .create_cluster(CreateClusterRequest::default().cluster_name(&cluster))
        .await
        .unwrap();
    assert_eq!(created.cluster.unwrap().cluster_name, cluster);
    let described = ecs
        .describe_clusters(DescribeClustersRequest::default().clusters([&cluster]))
        .await
        .unwrap();
    assert_eq!(described.clusters[0].status, "ACTIVE");

    let definition = family(&ecs, &name("family")).await;
    let described = ecs
        .describe_task_definition(DescribeTaskDefinitionRequest::new(&definition))
        .await
        .unwrap();
    let container = &described.task_definition.unwrap().container_definitions[0];
    let environment = container.environment.as_ref().unwrap();
    assert_eq!(
        environment[0].value.as_deref(),
        Some("a \"quoted\" ünïcode value")
    );

    let ran = ecs
        .run_task(
            run(&definition, &cluster)
                .await
                .count(2)
                .started_by("longshore"),
        )
        .await
        .unwrap();
    assert_eq!((ran.tasks.len(), ran.failures.len()), (2, 0));
    let task = &ran.tasks[0];
    assert!(
        task.task_arn.starts_with("arn:aws:ecs:us-east-1:"),
        "{}",
        task.task_arn
    );
    assert_eq!(task.started_by.as_deref(), Some("longshore"));

    let listed: Vec<String> = ecs
        .list_tasks(ListTasksRequest::default().cluster(&cluster))
        .items()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed.contains(&task.task_arn));

    let stop = StopTaskRequest::new(&task.task_arn)
        .cluster(&cluster)
        .reason("the test is over");
    let stopped = ecs.stop_task(stop).await.unwrap().task.unwrap();
    assert_eq!(stopped.desired_status, TaskStatus::Stopped);
    // moto moves a task on by one state each time that it is described.
    let waited = ecs
        .wait_until_tasks_stopped(DescribeTasksRequest::new([&task.task_arn]).cluster(&cluster))
        .schedule(Schedule::fixed(Duration::from_millis(1)).unwrap())
        .deadline(Duration::from_secs(10))
        .await
        .unwrap();
    let task = &waited.response.unwrap().tasks[0];
    assert_eq!(task.last_status, TaskStatus::Stopped);
    assert_eq!(task.stopped_reason.as_deref(), Some("the test is over"));
}

#[tokio::test]
async fn tags() {
    let Some(ecs) = client() else { return };
    let cluster = name("tags");
    let tag = |key: &str, value: &str| Tag::default().key(key).value(value);
    let created = ecs
        .create_cluster(
            CreateClusterRequest::default()
                .cluster_name(&cluster)
                .tags([tag("a", "1")]),
        )
        .await
        .unwrap();
    let arn = created.cluster.unwrap().cluster_arn;
    ecs.tag_resource(TagResourceRequest::new(&arn, [tag("b", "2"), tag("c", "")]))
        .await
        .unwrap();
    ecs.untag_resource(UntagResourceRequest::new(&arn, ["a"]))
        .await
        .unwrap();
    let mut tags = ecs
        .list_tags_for_resource(ListTagsForResourceRequest::new(&arn))
        .await
        .unwrap()
        .tags;
    tags.sort_by(|one, other| one.key.cmp(&other.key));
    assert_eq!(tags, [tag("b", "2"), tag("c", "")]);
}

#[tokio::test]
async fn refusals() {
    let Some(ecs) = client() else { return };
    let error = ecs
        .list_tasks(ListTasksRequest::default().cluster("no-such-cluster"))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::ClusterNotFound(_)), "{error}");
    assert!(
        error
            .to_string()
            .starts_with("ListTasks: ClusterNotFoundException: Cluster not found."),
        "{error}"
    );

    let cluster = name("refusals");
    ecs.create_cluster(CreateClusterRequest::default().cluster_name(&cluster))
        .await
        .unwrap();
    let error = ecs
        .run_task(run("no-such-family:1", &cluster).await)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Client(_)), "{error}");

    // The service answers InvalidParameterException; moto fails inside.
    let stop = StopTaskRequest::new("no-such-task").cluster(&cluster);
    let error = ecs.stop_task(stop).max_attempts(1).await.unwrap_err();
    assert!(
        matches!(error, Error::InvalidParameter(_)) || error.status() == Some(500),
        "{error}"
    );

    let definition = family(&ecs, &name("refused")).await;
    let error = ecs
        .run_task(
            RunTaskRequest::new(&definition)
                .cluster(&cluster)
                .launch_type(LaunchType::Fargate),
        )
        .await;
    assert!(
        matches!(error, Err(Error::InvalidParameter(_))),
        "{error:?}"
    );
}

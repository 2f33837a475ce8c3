//! Interop with `moto_server`, an implementation of the API that we did not write, over HTTP.
//!
//! `LONGSHORE_MOTO` is its URL; `.ci/run` starts one. Without it these tests say so and pass.
#![cfg(feature = "ecs-tasks")]
#![allow(clippy::unwrap_used)]

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
async fn tasks_are_watched_and_stopped() {
    let Some(ecs) = client() else { return };
    let cluster = name("watched");
    ecs.create_cluster(CreateClusterRequest::default().cluster_name(&cluster))
        .await
        .unwrap();
    let definition = family(&ecs, &cluster).await;
    let request = run(&definition, &cluster).await.started_by(&cluster);
    let launched = ecs.launch(request, 3).key(&cluster).await;
    let tasks = ecs.watch(&launched.started);
    assert_eq!(tasks.len(), 3, "{:?}", launched.failures);
    // moto's tasks go on by one state with each call, and come to their own end.
    let outcome = tasks[0].stopped().await.unwrap();
    assert_eq!(outcome.task.last_status, TaskStatus::Stopped);
    let stopped = tasks[1].stop("no longer needed").await.unwrap();
    assert_eq!(stopped.task.task_arn, tasks[1].arn());
    let adopted = ecs.adopt(&cluster).started_by(&cluster).with_stopped();
    assert_eq!(adopted.await.unwrap().len(), 3);
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

/// A client of any service, with what `client` has.
#[cfg(any(feature = "sqs", feature = "logs", feature = "sagemaker-pipelines"))]
fn config() -> Option<Config> {
    let url = std::env::var("LONGSHORE_MOTO").ok()?;
    let config = Config::new()
        .region("us-east-1")
        .access_key("testing", "testing");
    Some(config.endpoint_url(url))
}

#[cfg(feature = "sqs")]
#[tokio::test]
async fn messages_of_a_queue() {
    use longshore::sqs::{
        ChangeMessageVisibilityRequest, Client, DeleteMessageRequest, ReceiveMessageRequest,
        SendMessageRequest,
    };
    let Some(config) = config() else { return };
    let sqs = Client::new(&config).unwrap();
    // CreateQueue is none of the operations that a worker needs.
    let queue = serde_json::json!({ "QueueName": name("queue") });
    let made = sqs.call_by_name("CreateQueue", queue).await.unwrap();
    let url = made["QueueUrl"].as_str().unwrap();
    let sent = sqs
        .send_message(SendMessageRequest::new(url, "hello \"wörld\""))
        .await
        .unwrap();
    let receive = || ReceiveMessageRequest::new(url).max_number_of_messages(10);
    let received = sqs.receive_message(receive()).await.unwrap();
    assert_eq!(received.messages.len(), 1);
    let message = &received.messages[0];
    assert_eq!(message.message_id, sent.message_id);
    assert_eq!(message.body.as_deref(), Some("hello \"wörld\""));
    let handle = message.receipt_handle.as_deref().unwrap();
    assert!(
        sqs.receive_message(receive())
            .await
            .unwrap()
            .messages
            .is_empty(),
        "it is hidden"
    );
    sqs.change_message_visibility(ChangeMessageVisibilityRequest::new(url, handle, 0))
        .await
        .unwrap();
    let again = sqs
        .receive_message(receive())
        .await
        .unwrap()
        .messages
        .remove(0);
    let handle = again.receipt_handle.as_deref().unwrap();
    sqs.delete_message(DeleteMessageRequest::new(url, handle))
        .await
        .unwrap();
    assert!(
        sqs.receive_message(receive())
            .await
            .unwrap()
            .messages
            .is_empty()
    );
    let error = sqs
        .send_message(SendMessageRequest::new("http://localhost/1/none", "x"))
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(400), "{error}");
}

#[cfg(feature = "logs")]
#[tokio::test]
async fn lines_of_a_log() {
    use futures_util::TryStreamExt as _;
    use longshore::logs::{
        Client, DescribeLogStreamsRequest, FilterLogEventsRequest, GetLogEventsRequest,
    };
    let Some(config) = config() else { return };
    let logs = Client::new(&config).unwrap();
    let group = name("group");
    let now = i64::try_from(
        std::time::SystemTime::UNIX_EPOCH
            .elapsed()
            .unwrap()
            .as_millis(),
    )
    .unwrap();
    for (operation, input) in [
        (
            "CreateLogGroup",
            serde_json::json!({ "logGroupName": group }),
        ),
        (
            "CreateLogStream",
            serde_json::json!({ "logGroupName": group, "logStreamName": "s" }),
        ),
        (
            "PutLogEvents",
            serde_json::json!({ "logGroupName": group, "logStreamName": "s", "logEvents": [
                { "timestamp": now - 1000, "message": "one" }, { "timestamp": now, "message": "two" },
            ] }),
        ),
    ] {
        logs.call_by_name(operation, input).await.unwrap();
    }
    let get = GetLogEventsRequest::new("s")
        .log_group_name(&group)
        .start_from_head(true);
    let events = logs.get_log_events(get).await.unwrap().events;
    let lines: Vec<&str> = events
        .iter()
        .filter_map(|event| event.message.as_deref())
        .collect();
    assert_eq!(lines, ["one", "two"]);
    let filter = FilterLogEventsRequest::default()
        .log_group_name(&group)
        .filter_pattern("two");
    let found: Vec<_> = logs
        .filter_log_events(filter)
        .items()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    let streams = DescribeLogStreamsRequest::default().log_group_name(&group);
    let streams = logs
        .describe_log_streams(streams)
        .await
        .unwrap()
        .log_streams;
    assert_eq!(streams[0].log_stream_name.as_deref(), Some("s"));
    let missing = GetLogEventsRequest::new("s").log_group_name("none");
    let error = logs.get_log_events(missing).await.unwrap_err();
    assert!(matches!(error, Error::ResourceNotFound(_)), "{error}");
}

#[cfg(feature = "sagemaker-pipelines")]
#[tokio::test]
async fn a_pipeline_and_an_execution() {
    use longshore::sagemaker::{
        Client, CreatePipelineRequest, DescribePipelineExecutionRequest,
        ListPipelineExecutionsRequest, PipelineExecutionStatus, StartPipelineExecutionRequest,
    };
    let Some(config) = config() else { return };
    let sagemaker = Client::new(&config).unwrap();
    let pipeline = name("pipeline");
    let create = CreatePipelineRequest::new(&pipeline, "arn:aws:iam::123456789012:role/pipelines")
        .pipeline_definition("{}");
    sagemaker.create_pipeline(create).await.unwrap();
    let start = StartPipelineExecutionRequest::new(&pipeline);
    let started = sagemaker.start_pipeline_execution(start).await.unwrap();
    let arn = started.pipeline_execution_arn.unwrap();
    let describe = DescribePipelineExecutionRequest::new(&arn);
    let execution = sagemaker
        .describe_pipeline_execution(describe)
        .await
        .unwrap();
    assert_eq!(
        execution.pipeline_execution_status,
        Some(PipelineExecutionStatus::Succeeded)
    );
    let list = ListPipelineExecutionsRequest::new(&pipeline);
    let listed = sagemaker.list_pipeline_executions(list).await.unwrap();
    assert_eq!(listed.pipeline_execution_summaries.len(), 1);
}

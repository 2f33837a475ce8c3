//! The calls that are measured, by the official SDK, with its default features.

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_sdk_ecs::Client;
use aws_sdk_ecs::operation::run_task::builders::RunTaskFluentBuilder;
use aws_sdk_ecs::types::{
    AwsVpcConfiguration, ContainerOverride, KeyValuePair, LaunchType, NetworkConfiguration,
    TaskOverride,
};
use bench_kit::{CLUSTER, COMMAND, Job, KEY, REGION, SECURITY_GROUP, SUBNETS, TASK_DEFINITION};

/// Does a job.
pub fn run(job: &Job) {
    match job.what.as_str() {
        "start-up" => start_up(),
        _ => bench_kit::block_on(calls(job)),
    }
}

async fn client(job: &Job) -> Client {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(&job.url)
        .credentials_provider(Credentials::from_keys(KEY.0, KEY.1, None))
        .load()
        .await;
    Client::new(&config)
}

async fn calls(job: &Job) {
    let ecs = client(job).await;
    let arns: Vec<String> = (0..job.tasks()).map(bench_kit::task_arn).collect();
    match job.what.as_str() {
        "run-task" => {
            job.measure(async || {
                let ran = run_task(&ecs).send().await.expect("an answer");
                assert_eq!(ran.tasks().len(), 1);
            })
            .await;
        }
        "stop-task" => {
            job.measure(async || {
                let call = ecs
                    .stop_task()
                    .task(&arns[0])
                    .cluster(CLUSTER)
                    .reason("done");
                let stopped = call.send().await.expect("an answer");
                assert!(stopped.task.is_some());
            })
            .await;
        }
        "describe-1" | "describe-100" | "describe-100-paced" => {
            job.measure(async || {
                let call = ecs
                    .describe_tasks()
                    .set_tasks(Some(arns.clone()))
                    .cluster(CLUSTER);
                let described = call.send().await.expect("an answer");
                assert_eq!(described.tasks().len(), arns.len());
            })
            .await;
        }
        other => panic!("there is no job `{other}`"),
    }
}

fn run_task(ecs: &Client) -> RunTaskFluentBuilder {
    let network = AwsVpcConfiguration::builder()
        .set_subnets(Some(SUBNETS.map(String::from).to_vec()))
        .security_groups(SECURITY_GROUP)
        .build()
        .expect("subnets");
    let container = ContainerOverride::builder()
        .name("render")
        .set_command(Some(COMMAND.map(String::from).to_vec()))
        .environment(KeyValuePair::builder().name("JOB").value("job-42").build())
        .build();
    ecs.run_task()
        .task_definition(TASK_DEFINITION)
        .cluster(CLUSTER)
        .launch_type(LaunchType::Fargate)
        .network_configuration(
            NetworkConfiguration::builder()
                .awsvpc_configuration(network)
                .build(),
        )
        .overrides(
            TaskOverride::builder()
                .container_overrides(container)
                .build(),
        )
        .started_by("job-42")
}

/// As a user's program begins.
fn start_up() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        let ecs = Client::new(&config);
        run_task(&ecs).send().await.expect("an answer");
        bench_kit::tell_started();
    });
}

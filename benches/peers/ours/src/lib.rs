//! The calls that are measured, by longshore.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bench_kit::{
    CLUSTER, COMMAND, Job, KEY, POLLED_EVERY, REGION, SECURITY_GROUP, SUBNETS, TASK_DEFINITION,
};
use bytes::Bytes;
use http::{Request, Response};
use longshore::Config;
use longshore::ecs::tasks::WatchSettings;
use longshore::ecs::{
    AwsVpcConfiguration, Client, ContainerOverride, DescribeTasksRequest, KeyValuePair, LaunchType,
    NetworkConfiguration, RunTaskRequest, StopTaskRequest, TaskOverride,
};
use longshore::pacing::Pacing;
use longshore::transport::{BoxFuture, HttpSettings, ReqwestTransport, Transport, TransportError};

/// Does a job.
pub fn run(job: &Job) {
    match job.what.as_str() {
        "start-up" => start_up(),
        "watch" => bench_kit::block_on(watch(job)),
        _ => bench_kit::block_on(calls(job)),
    }
}

fn config(job: &Job) -> Config {
    // The server has no quota, and the loop would wait for it.
    Config::new()
        .region(REGION)
        .endpoint_url(&job.url)
        .access_key(KEY.0, KEY.1)
        .pacing(Pacing::off())
}

async fn calls(job: &Job) {
    let ecs = Client::new(&config(job)).expect("a client");
    let arns: Vec<String> = (0..job.tasks()).map(bench_kit::task_arn).collect();
    match job.what.as_str() {
        "run-task" => {
            job.measure(async || {
                let ran = ecs.run_task(run_task()).await.expect("an answer");
                assert_eq!(ran.tasks.len(), 1);
            })
            .await;
        }
        "stop-task" => {
            job.measure(async || {
                let request = StopTaskRequest::new(&arns[0])
                    .cluster(CLUSTER)
                    .reason("done");
                let stopped = ecs.stop_task(request).await.expect("an answer");
                assert!(stopped.task.is_some());
            })
            .await;
        }
        "describe-1" | "describe-100" | "describe-100-paced" => {
            job.measure(async || {
                let request = DescribeTasksRequest::new(&arns).cluster(CLUSTER);
                let described = ecs.describe_tasks(request).await.expect("an answer");
                assert_eq!(described.tasks.len(), arns.len());
            })
            .await;
        }
        other => panic!("there is no job `{other}`"),
    }
}

fn run_task() -> RunTaskRequest {
    let network = AwsVpcConfiguration::new(SUBNETS).security_groups([SECURITY_GROUP]);
    let container = ContainerOverride::default()
        .name("render")
        .command(COMMAND)
        .environment([KeyValuePair::default().name("JOB").value("job-42")]);
    RunTaskRequest::new(TASK_DEFINITION)
        .cluster(CLUSTER)
        .launch_type(LaunchType::Fargate)
        .network_configuration(NetworkConfiguration::default().awsvpc_configuration(network))
        .overrides(TaskOverride::default().container_overrides([container]))
        .started_by("job-42")
}

/// As a user's program begins.
fn start_up() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let ecs = Client::from_env().expect("a client");
        ecs.run_task(run_task()).await.expect("an answer");
        bench_kit::tell_started();
    });
}

/// Polls of 100 tasks each in which nothing happens: so many groups that one is due at any time.
async fn watch(job: &Job) {
    // The shortest interval is a second.
    const GROUPS: usize = (1_000_000 / POLLED_EVERY.as_micros()) as usize;
    const PER_SECOND: u32 = 1000;

    let polls = Arc::new(AtomicUsize::new(0));
    let transport = Counted {
        inner: ReqwestTransport::new(&HttpSettings::default()).expect("an HTTP client"),
        sent: polls.clone(),
    };
    let pacing = Pacing::published().quota("cluster resource read", PER_SECOND, PER_SECOND.into());
    let ecs = Client::new(&config(job).pacing(pacing).transport(transport)).expect("a client");
    let settings = WatchSettings::new()
        .interval(Duration::from_secs(1))
        .share(1.0);
    ecs.set_watch(settings).expect("settings");
    let arns = (0..100 * GROUPS).map(bench_kit::task_arn);
    let handles: Vec<_> = arns
        .map(|arn| ecs.watch_arn(&arn).expect("an ARN"))
        .collect();

    // New tasks are read in full the first time, many at once.
    let rest = Duration::from_millis(100);
    while polls.load(Ordering::Relaxed) < 4 * GROUPS {
        tokio::time::sleep(rest).await;
    }
    let gauge = job.gauge();
    let before = polls.load(Ordering::Relaxed);
    while polls.load(Ordering::Relaxed) < before + job.calls {
        tokio::time::sleep(rest).await;
    }
    gauge.tell(polls.load(Ordering::Relaxed) - before);
    drop(handles);
}

#[derive(Debug)]
struct Counted {
    inner: ReqwestTransport,
    sent: Arc<AtomicUsize>,
}

impl Transport for Counted {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        self.inner.send(request)
    }
}

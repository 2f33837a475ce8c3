//! The calls that are measured, by hand: the same bytes with `reqwest`, `aws-sigv4` and
//! `serde_json`, and nothing else. No retries, no timeouts, no pacing, no spans, no request ids.

mod model;

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bench_kit::{CLUSTER, COMMAND, Job, KEY, REGION, SECURITY_GROUP, SUBNETS, TASK_DEFINITION};
use serde::Serialize;
use serde::de::DeserializeOwned;

use model::{
    AwsVpcConfiguration, ContainerOverrides, DescribeTasks, NetworkConfiguration, Overrides, Pair,
    RunTask, StopTask, Stopped, Tasks,
};

/// Does a job.
pub fn run(job: &Job) {
    match job.what.as_str() {
        "start-up" => start_up(job),
        _ => bench_kit::block_on(calls(job)),
    }
}

async fn calls(job: &Job) {
    let ecs = Ecs::new(job);
    let arns: Vec<String> = (0..job.tasks()).map(bench_kit::task_arn).collect();
    match job.what.as_str() {
        "run-task" => {
            job.measure(async || {
                let ran: Tasks = ecs.call("RunTask", &run_task()).await;
                assert_eq!(ran.tasks.len(), 1);
            })
            .await;
        }
        "stop-task" => {
            job.measure(async || {
                let request = StopTask {
                    cluster: CLUSTER,
                    task: &arns[0],
                    reason: "done",
                };
                let stopped: Stopped = ecs.call("StopTask", &request).await;
                assert!(stopped.task.is_some());
            })
            .await;
        }
        "describe-1" | "describe-100" | "describe-100-paced" => {
            job.measure(async || {
                let request = DescribeTasks {
                    cluster: CLUSTER,
                    tasks: &arns,
                };
                let described: Tasks = ecs.call("DescribeTasks", &request).await;
                assert_eq!(described.tasks.len(), arns.len());
            })
            .await;
        }
        other => panic!("there is no job `{other}`"),
    }
}

fn run_task() -> RunTask<'static> {
    RunTask {
        client_token: uuid(),
        cluster: CLUSTER,
        launch_type: "FARGATE",
        network_configuration: NetworkConfiguration {
            awsvpc_configuration: AwsVpcConfiguration {
                subnets: &SUBNETS,
                security_groups: &[SECURITY_GROUP],
            },
        },
        overrides: Overrides {
            container_overrides: [ContainerOverrides {
                name: "render",
                command: &COMMAND,
                environment: [Pair {
                    name: "JOB",
                    value: "job-42",
                }],
            }],
        },
        started_by: "job-42",
        task_definition: TASK_DEFINITION,
    }
}

fn start_up(job: &Job) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let _: Tasks = Ecs::new(job).call("RunTask", &run_task()).await;
        bench_kit::tell_started();
    });
}

struct Ecs {
    http: reqwest::Client,
    url: String,
    credentials: Credentials,
}

impl Ecs {
    fn new(job: &Job) -> Self {
        let provider = rustls::crypto::ring::default_provider();
        provider.install_default().expect("none is installed yet");
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build();
        Self {
            http: http.expect("an HTTP client"),
            url: format!("{}/", job.url),
            credentials: Credentials::from_keys(KEY.0, KEY.1, None),
        }
    }

    async fn call<O: DeserializeOwned>(&self, operation: &str, request: &impl Serialize) -> O {
        let body = serde_json::to_vec(request).expect("JSON");
        let mut request = http::Request::post(&self.url)
            .header("content-type", "application/x-amz-json-1.1")
            .header(
                "x-amz-target",
                format!("AmazonEC2ContainerServiceV20141113.{operation}"),
            )
            .header(
                "user-agent",
                "longshore/0.1.0 ua/2.1 os/linux lang/rust api/ecs",
            )
            .header("amz-sdk-invocation-id", uuid())
            .header("amz-sdk-request", "attempt=1; max=3")
            .body(body)
            .expect("a request");
        self.sign(&mut request);
        let request = reqwest::Request::try_from(request).expect("a request");
        let answer = self.http.execute(request).await.expect("an answer");
        assert_eq!(answer.status(), 200);
        let body = answer.bytes().await.expect("an answer");
        serde_json::from_slice(&body).expect("JSON of the model")
    }

    fn sign(&self, request: &mut http::Request<Vec<u8>>) {
        let identity = self.credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name("ecs")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .expect("all parameters")
            .into();
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| {
            (
                name.as_str(),
                value.to_str().expect("a header that is text"),
            )
        });
        let body = SignableBody::Bytes(request.body());
        let signable = SignableRequest::new("POST", &self.url, headers, body);
        let signed = sign(signable.expect("a request"), &params).expect("a signature");
        signed.into_parts().0.apply_to_request_http1x(request);
    }
}

fn uuid() -> String {
    let hex = format!("{:032x}", fastrand::u128(..));
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}

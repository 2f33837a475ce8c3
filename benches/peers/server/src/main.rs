//! Answers every request at once, with what ECS would say: prints its URL, and serves until its
//! standard input ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bench_kit::{CLUSTER, SUBNETS, TASK_DEFINITION, task_arn};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};

/// Answers by the body of the request; an answer is made once.
type Answers = Arc<Mutex<HashMap<Bytes, Bytes>>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("http://{}", listener.local_addr()?);
    let accepting = tokio::spawn(accept(listener));
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    accepting.abort();
    Ok(())
}

async fn accept(listener: TcpListener) -> std::io::Result<()> {
    let answers = Answers::default();
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(serve(stream, answers.clone()));
    }
}

async fn serve(stream: TcpStream, answers: Answers) {
    drop(stream.set_nodelay(true));
    let service = service_fn(|request| answer(request, &answers));
    // A connection that breaks is the client's to notice.
    drop(
        http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await,
    );
}

async fn answer(
    request: Request<Incoming>,
    answers: &Answers,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let target = request.headers().get("x-amz-target").cloned();
    let target = target.as_ref().and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.rsplit('.').next());
    let operation = operation.unwrap_or_default().to_owned();
    let body = request.into_body().collect().await?.to_bytes();
    let made = match operation.as_str() {
        "RunTask" => format!(
            r#"{{"failures":[],"tasks":[{}]}}"#,
            task(&task_arn(0), "PROVISIONING")
        )
        .into(),
        "StopTask" => format!(r#"{{"task":{}}}"#, task(&task_arn(0), "RUNNING")).into(),
        _ => described(body, answers),
    };
    let response = Response::builder()
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amzn-requestid", "5f3a0c1e-7d42-4b9a-9c55-0d6f2f1c8e11")
        .body(Full::new(made));
    Ok(response.expect("the headers are plain text"))
}

/// The answer of DescribeTasks.
fn described(request: Bytes, answers: &Answers) -> Bytes {
    let mut answers = answers.lock().expect("nothing panics while it is held");
    let make = || {
        let text = String::from_utf8_lossy(&request).into_owned();
        let asked = text.split('"').filter(|part| part.starts_with("arn:"));
        let tasks: Vec<String> = asked.map(|arn| task(arn, "RUNNING")).collect();
        Bytes::from(format!(
            r#"{{"failures":[],"tasks":[{}]}}"#,
            tasks.join(",")
        ))
    };
    if let Some(answer) = answers.get(&request) {
        return answer.clone();
    }
    let answer = make();
    answers.insert(request, answer.clone());
    answer
}

/// A Fargate task of one container, with all that ECS says of one.
fn task(arn: &str, status: &str) -> String {
    let id = arn.rsplit('/').next().unwrap_or_default();
    let [subnet, _] = SUBNETS;
    let (family, revision) = TASK_DEFINITION.split_once(':').unwrap_or_default();
    let container = &id[..8];
    format!(
        concat!(
            r#"{{"attachments":[{{"id":"{container}-1c5e-4a37-9d3f-2b8a60c7d914","type":"ElasticNetworkInterface","status":"ATTACHED","#,
            r#""details":[{{"name":"subnetId","value":"{subnet}"}},{{"name":"networkInterfaceId","value":"eni-0{container}a1b2c3d4"}},"#,
            r#"{{"name":"macAddress","value":"0a:58:a9:fe:ac:02"}},{{"name":"privateDnsName","value":"ip-10-0-12-207.ec2.internal"}},"#,
            r#"{{"name":"privateIPv4Address","value":"10.0.12.207"}}]}}],"#,
            r#""attributes":[{{"name":"ecs.cpu-architecture","value":"x86_64"}}],"availabilityZone":"us-east-1b","#,
            r#""capacityProviderName":"FARGATE","clusterArn":"arn:aws:ecs:us-east-1:123456789012:cluster/{cluster}","#,
            r#""connectivity":"CONNECTED","connectivityAt":1763706541.204,"#,
            r#""containers":[{{"containerArn":"arn:aws:ecs:us-east-1:123456789012:container/{cluster}/{id}/{container}-7a11-4f0e-8f41-c7d2f3b0e6aa","#,
            r#""taskArn":"{arn}","name":"{family}","image":"123456789012.dkr.ecr.us-east-1.amazonaws.com/{family}:2025-11-20","#,
            r#""imageDigest":"sha256:4d3c1f0b9a8e7d6c5b4a39281706f5e4d3c2b1a0918273645546372819a0b1c2","runtimeId":"{id}-2531612879","#,
            r#""lastStatus":"{status}","networkBindings":[],"networkInterfaces":[{{"attachmentId":"{container}-1c5e-4a37-9d3f-2b8a60c7d914","#,
            r#""privateIpv4Address":"10.0.12.207"}}],"healthStatus":"UNKNOWN","cpu":"1024","memory":"2048"}}],"#,
            r#""cpu":"1024","createdAt":1763706537.861,"desiredStatus":"RUNNING","enableExecuteCommand":false,"#,
            r#""group":"family:{family}","healthStatus":"UNKNOWN","lastStatus":"{status}","launchType":"FARGATE","memory":"2048","#,
            r#""overrides":{{"containerOverrides":[{{"name":"{family}","command":["render","--frame","1042"],"#,
            r#""environment":[{{"name":"JOB","value":"job-42"}}]}}],"inferenceAcceleratorOverrides":[]}},"#,
            r#""platformVersion":"1.4.0","platformFamily":"Linux","pullStartedAt":1763706551.92,"pullStoppedAt":1763706558.313,"#,
            r#""startedAt":1763706560.047,"startedBy":"job-42","tags":[{{"key":"team","value":"imaging"}},{{"key":"aws:ecs:clusterName","value":"{cluster}"}}],"taskArn":"{arn}","#,
            r#""taskDefinitionArn":"arn:aws:ecs:us-east-1:123456789012:task-definition/{family}:{revision}","version":4,"#,
            r#""ephemeralStorage":{{"sizeInGiB":20}},"fargateEphemeralStorage":{{"sizeInGiB":20}}}}"#,
        ),
        arn = arn,
        id = id,
        container = container,
        cluster = CLUSTER,
        family = family,
        revision = revision,
        status = status,
        subnet = subnet,
    )
}

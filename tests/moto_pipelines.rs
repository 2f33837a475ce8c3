//! Interop of pipelines and their queues with `moto_server`, an implementation of the API that we
//! did not write, over HTTP.
//!
//! `LONGSHORE_MOTO` is its URL; `.ci/run` starts one. Without it these tests say so and pass.
#![cfg(feature = "sagemaker-pipelines")]
#![allow(clippy::unwrap_used)]

use futures_util::TryStreamExt as _;
use longshore::sagemaker::pipelines::{CallbackMessage, Execution};
use longshore::sagemaker::{
    Client, CreatePipelineRequest, DeletePipelineRequest,
    DescribePipelineDefinitionForExecutionRequest, DescribePipelineRequest,
    ListPipelineExecutionsRequest, ListPipelinesRequest, Parameter, PipelineExecutionStatus,
    PipelineStatus, SortOrder, UpdatePipelineRequest,
};
use longshore::{Config, Error};
use serde_json::json;

const ROLE: &str = "arn:aws:iam::123456789012:role/pipelines";

fn config() -> Option<Config> {
    let Ok(url) = std::env::var("LONGSHORE_MOTO") else {
        println!("LONGSHORE_MOTO is not set: interop with moto is not tested here");
        return None;
    };
    let config = Config::new()
        .region("us-east-1")
        .access_key("testing", "testing");
    Some(config.endpoint_url(url).max_attempts(1))
}

fn client() -> Option<Client> {
    Some(Client::new(&config()?).unwrap())
}

/// A name that no other test uses: moto keeps one account for all.
fn name(test: &str) -> String {
    format!("{test}-{}", std::process::id())
}

fn definition(steps: &[&str]) -> String {
    let steps: Vec<_> = (steps.iter())
        .map(|name| json!({"Name": name, "Type": "Training", "Arguments": {"a": "\"ü\""}}))
        .collect();
    json!({"Version": "2020-12-01", "Steps": steps}).to_string()
}

async fn create(sagemaker: &Client, name: &str) -> String {
    let request = CreatePipelineRequest::new(name, ROLE);
    let request = request.pipeline_definition(definition(&["Train"]));
    let answer = sagemaker.create_pipeline(request).await.unwrap();
    answer.pipeline_arn.unwrap()
}

#[tokio::test]
async fn a_pipelines_life() {
    let Some(sagemaker) = client() else { return };
    let name = name("life");
    let arn = create(&sagemaker, &name).await;
    let again = CreatePipelineRequest::new(&name, ROLE).pipeline_definition("{}");
    let error = sagemaker.create_pipeline(again).await.unwrap_err();
    assert!(
        error.message().unwrap().contains("must be unique"),
        "{error}"
    );

    let update = UpdatePipelineRequest::new(&name);
    let update = update.pipeline_definition(definition(&["Train", "Test"]));
    sagemaker
        .update_pipeline(update.pipeline_description("two"))
        .await
        .unwrap();
    let describe = || sagemaker.describe_pipeline(DescribePipelineRequest::new(&name));
    let described = describe().await.unwrap();
    assert_eq!(described.pipeline_arn, Some(arn));
    assert_eq!(
        described.pipeline_definition,
        Some(definition(&["Train", "Test"]))
    );
    assert_eq!(described.pipeline_description.as_deref(), Some("two"));
    assert_eq!(described.pipeline_status, Some(PipelineStatus::Active));
    assert!(described.creation_time.is_some());

    sagemaker
        .delete_pipeline(DeletePipelineRequest::new(&name))
        .await
        .unwrap();
    assert!(describe().await.is_err());
}

#[tokio::test]
async fn lists_in_pages() {
    let Some(sagemaker) = client() else { return };
    let prefix = name("list");
    for n in 0..5 {
        create(&sagemaker, &format!("{prefix}-{n}")).await;
    }
    let request = ListPipelinesRequest::default()
        .pipeline_name_prefix(&prefix)
        .sort_order(SortOrder::Ascending)
        .max_results(2);
    let found: Vec<_> = sagemaker
        .list_pipelines(request)
        .items()
        .try_collect()
        .await
        .unwrap();
    let mut found: Vec<_> = found
        .into_iter()
        .filter_map(|one| one.pipeline_name)
        .collect();
    found.sort();
    let expected: Vec<_> = (0..5).map(|n| format!("{prefix}-{n}")).collect();
    assert_eq!(found, expected);
}

/// moto's executions have succeeded as soon as they are started.
#[tokio::test]
async fn executions() {
    let Some(sagemaker) = client() else { return };
    let name = name("executions");
    create(&sagemaker, &name).await;
    let start = sagemaker.start_execution(&name).parameter("rows", "17");
    let execution = start.display_name("first").await.unwrap();
    assert_eq!(
        execution.status().await.unwrap(),
        PipelineExecutionStatus::Succeeded
    );
    assert_eq!(
        execution.parameters().await.unwrap(),
        [Parameter::new("rows", "17")]
    );
    let described = execution.describe().await.unwrap();
    assert_eq!(
        described.pipeline_execution_display_name.as_deref(),
        Some("first")
    );
    let request = DescribePipelineDefinitionForExecutionRequest::new(execution.arn());
    let of_it = sagemaker
        .describe_pipeline_definition_for_execution(request)
        .await
        .unwrap();
    assert_eq!(of_it.pipeline_definition, Some(definition(&["Train"])));

    let list = ListPipelineExecutionsRequest::new(&name);
    let list = sagemaker.list_pipeline_executions(list).await.unwrap();
    let found = Execution::of_summary(&sagemaker, &list.pipeline_execution_summaries[0]);
    assert_eq!(found, Some(execution));
}

/// Eight of the eighteen operations moto 5.2.5 does not have; each has to fail, so that this test
/// says when it has them.
#[tokio::test]
async fn what_moto_lacks() {
    let Some(sagemaker) = client() else { return };
    let name = name("lacks");
    create(&sagemaker, &name).await;
    let execution = sagemaker.start_execution(&name).await.unwrap();
    let body = json!({
        "token": "ka1bZ2cY3d", "pipelineExecutionArn": execution.arn(), "status": "Executing",
    });
    let message = CallbackMessage::parse(&body.to_string()).unwrap();
    let versions = json!({"PipelineName": name});
    let version = json!({"PipelineArn": execution.arn(), "PipelineVersionId": 1});
    let update = json!({"PipelineExecutionArn": execution.arn()});
    let answers: [(&str, Option<Error>); 8] = [
        ("StopPipelineExecution", execution.stop().await.err()),
        ("RetryPipelineExecution", execution.retry().await.err()),
        ("ListPipelineExecutionSteps", execution.steps().await.err()),
        (
            "SendPipelineExecutionStepSuccess",
            message.succeed(&sagemaker, []).await.err(),
        ),
        (
            "SendPipelineExecutionStepFailure",
            message.fail(&sagemaker, "no").await.err(),
        ),
        (
            "ListPipelineVersions",
            sagemaker
                .call_by_name("ListPipelineVersions", versions)
                .await
                .err(),
        ),
        (
            "UpdatePipelineVersion",
            sagemaker
                .call_by_name("UpdatePipelineVersion", version)
                .await
                .err(),
        ),
        (
            "UpdatePipelineExecution",
            sagemaker
                .call_by_name("UpdatePipelineExecution", update)
                .await
                .err(),
        ),
    ];
    for (operation, error) in answers {
        let error = error.unwrap_or_else(|| panic!("moto has {operation} now: test it"));
        println!("moto lacks {operation}: {error}");
    }
}

#[cfg(feature = "sqs")]
#[tokio::test]
async fn a_queue() {
    use std::time::Duration;

    use longshore::sagemaker::pipelines::{CallbackQueue as _, SqsQueue};
    use longshore::sqs::SendMessageRequest;

    let Some(config) = config() else { return };
    let sqs = longshore::sqs::Client::new(&config).unwrap();
    let created = sqs.call_by_name("CreateQueue", json!({"QueueName": name("callbacks")}));
    let url = created.await.unwrap()["QueueUrl"]
        .as_str()
        .unwrap()
        .to_owned();
    sqs.send_message(SendMessageRequest::new(&url, "hello"))
        .await
        .unwrap();

    let queue = SqsQueue::new(sqs, &url);
    let (wait, hidden) = (Duration::from_secs(1), Duration::from_secs(60));
    let first = queue.receive(10, wait, hidden).await.unwrap();
    assert_eq!(first[0].body, "hello");
    assert_eq!(queue.receive(10, wait, hidden).await.unwrap(), []);
    queue.hide(&first[0].receipt, Duration::ZERO).await.unwrap();
    let second = queue.receive(10, wait, hidden).await.unwrap();
    assert_eq!(second[0].id, first[0].id);
    queue.delete(&second[0].receipt).await.unwrap();
    assert_eq!(queue.receive(10, wait, Duration::ZERO).await.unwrap(), []);
    let none = SqsQueue::new(queue_client(&config), format!("{url}-none"));
    let error = none.receive(1, Duration::ZERO, hidden).await.unwrap_err();
    assert!(error.is_lasting());
}

#[cfg(feature = "sqs")]
fn queue_client(config: &Config) -> longshore::sqs::Client {
    longshore::sqs::Client::new(config).unwrap()
}

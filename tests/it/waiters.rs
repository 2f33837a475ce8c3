//! Every waiter of the model against botocore's own over the same scripted answers:
//! `tests/oracle/waiters.py` says what these make of them.
//!
//! `LONGSHORE_WAITERS` is its output; `.ci/run` makes it. Without it the test says so and passes.

use longshore::operation::Operation;
use longshore::sagemaker;
use longshore::wait::{Wait, WaitFailure};
use serde_json::Value;

use crate::support::{Script, Step};

/// Verdict and polls of a wait, in botocore's terms.
async fn verdict<O: Operation + Clone>(wait: Wait<'_, O>) -> (&'static str, u64) {
    match wait.await {
        Ok(waited) => ("success", waited.polls.into()),
        Err(error) => {
            let verdict = match error.failure {
                WaitFailure::Failed { .. } => "failure",
                WaitFailure::Deadline => "deadline",
                _ => "call",
            };
            (verdict, error.polls.into())
        }
    }
}

macro_rules! run {
    ($client:expr, $waiter:expr, $parameters:expr, { $($name:literal => $method:ident),* $(,)? }) => {
        match $waiter {
            $($name => verdict($client.$method(serde_json::from_value($parameters).unwrap())).await,)*
            other => panic!("the waiter {other} is not driven"),
        }
    };
}

async fn ours(
    service: &str,
    waiter: &str,
    parameters: Value,
    script: &Script,
) -> (&'static str, u64) {
    match service {
        "ecs" => run!(script.ecs(), waiter, parameters, {
            "DaemonActive" => wait_until_daemon_active,
            "DaemonDeploymentStopped" => wait_until_daemon_deployment_stopped,
            "DaemonDeploymentSuccessful" => wait_until_daemon_deployment_successful,
            "DaemonTaskDefinitionActive" => wait_until_daemon_task_definition_active,
            "DaemonTaskDefinitionDeleted" => wait_until_daemon_task_definition_deleted,
            "ServicesInactive" => wait_until_services_inactive,
            "ServicesStable" => wait_until_services_stable,
            "TasksRunning" => wait_until_tasks_running,
            "TasksStopped" => wait_until_tasks_stopped,
        }),
        "sagemaker" => {
            let client = sagemaker::Client::new(&script.config()).unwrap();
            run!(client, waiter, parameters, {
                "EndpointDeleted" => wait_until_endpoint_deleted,
                "EndpointInService" => wait_until_endpoint_in_service,
                "ImageCreated" => wait_until_image_created,
                "ImageDeleted" => wait_until_image_deleted,
                "ImageUpdated" => wait_until_image_updated,
                "ImageVersionCreated" => wait_until_image_version_created,
                "ImageVersionDeleted" => wait_until_image_version_deleted,
                "NotebookInstanceDeleted" => wait_until_notebook_instance_deleted,
                "NotebookInstanceInService" => wait_until_notebook_instance_in_service,
                "NotebookInstanceStopped" => wait_until_notebook_instance_stopped,
                "ProcessingJobCompletedOrStopped" => wait_until_processing_job_completed_or_stopped,
                "TrainingJobCompletedOrStopped" => wait_until_training_job_completed_or_stopped,
                "TransformJobCompletedOrStopped" => wait_until_transform_job_completed_or_stopped,
            })
        }
        other => panic!("the service {other} is not driven"),
    }
}

#[tokio::test(start_paused = true)]
async fn every_waiter_ends_as_botocores_does() {
    let Ok(path) = std::env::var("LONGSHORE_WAITERS") else {
        println!("LONGSHORE_WAITERS is not set: waiters are not compared with botocore's here");
        return;
    };
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let mut waiters = std::collections::BTreeSet::new();
    for case in &cases {
        let name = case["waiter"].as_str().unwrap();
        waiters.insert(name);
        let steps =
            case["script"]
                .as_array()
                .unwrap()
                .iter()
                .map(|answer| match answer.get("__error__") {
                    Some(code) => Step::error(400, code.as_str().unwrap(), "scripted"),
                    None => Step::ok(answer.to_string()),
                });
        let script = Script::new(steps);
        let service = case["service"].as_str().unwrap();
        let (verdict, polls) = ours(service, name, case["parameters"].clone(), &script).await;
        let theirs = (
            case["verdict"].as_str().unwrap(),
            case["polls"].as_u64().unwrap(),
        );
        assert_eq!((verdict, polls), theirs, "{name}: {}", case["script"]);
    }
    assert_eq!(waiters.len(), 22, "every waiter of both services");
    println!(
        "{} scripts, {} waiters: as botocore",
        cases.len(),
        waiters.len()
    );
}

//! The simulator's pipelines behave as the service's do.

use futures_util::TryStreamExt as _;
use longshore::Error;
use longshore::sagemaker::{
    AliasOperations, CreatePipelineRequest, DeletePipelineRequest,
    DescribePipelineDefinitionForExecutionRequest, DescribePipelineRequest,
    ListPipelineExecutionsRequest, ListPipelineVersionsRequest, ListPipelinesRequest,
    ParallelismConfiguration, PipelineStatus, SelectedStep, SelectiveExecutionConfig,
    SendPipelineExecutionStepSuccessRequest, SortOrder, StartPipelineExecutionRequest,
    StopPipelineExecutionRequest, UpdatePipelineExecutionRequest, UpdatePipelineRequest,
    UpdatePipelineVersionRequest,
};
use longshore::simulator::{Simulator, StepBehavior};
use serde_json::json;

use super::{
    ROLE, after, callback, client, create, definition, job, lambda, secs, shown, sleep, started,
    takes,
};

/// The code and message that a call is refused with.
fn refusal<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    let error = answer.unwrap_err();
    format!("{}: {}", error.code().unwrap(), error.message().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_pipelines_life() {
    let simulator = Simulator::new();
    let sagemaker = client(&simulator);
    create(&sagemaker, &[job("Train")]).await;
    let arn = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/nightly";
    let again = CreatePipelineRequest::new("nightly", ROLE).pipeline_definition("{}");
    let expected = "ValidationException: Pipeline names must be unique within an AWS account and \
                    region. Pipeline with name (nightly) already exists.";
    assert_eq!(refusal(sagemaker.create_pipeline(again).await), expected);

    let update = UpdatePipelineRequest::new("nightly")
        .pipeline_definition(definition(&[job("Train"), job("Test")]))
        .pipeline_description("two steps")
        .pipeline_version_aliases(["next"]);
    let updated = sagemaker.update_pipeline(update).await.unwrap();
    assert_eq!(updated.pipeline_version_id, Some(2));
    let described = sagemaker
        .describe_pipeline(DescribePipelineRequest::new(arn))
        .await
        .unwrap();
    assert_eq!(described.pipeline_status, Some(PipelineStatus::Active));
    assert_eq!(described.pipeline_description.as_deref(), Some("two steps"));
    assert_eq!(described.pipeline_version_aliases, ["next"]);

    let operations = AliasOperations::default().add(["next", "best"]);
    let version = UpdatePipelineVersionRequest::new(arn, 1)
        .pipeline_version_display_name("the first")
        .pipeline_version_alias_operations(operations);
    sagemaker.update_pipeline_version(version).await.unwrap();
    let versions = ListPipelineVersionsRequest::new("nightly").sort_order(SortOrder::Ascending);
    let versions = sagemaker.list_pipeline_versions(versions).await.unwrap();
    let versions: Vec<_> = (versions.pipeline_version_summaries.into_iter())
        .map(|version| {
            (
                version.pipeline_version_id.unwrap(),
                version.pipeline_version_aliases,
            )
        })
        .collect();
    let aliases = vec!["next".to_owned(), "best".to_owned()];
    assert_eq!(versions, [(1, aliases), (2, vec![])]);

    let start = sagemaker.start_execution("nightly");
    let execution = start
        .with(|request| request.pipeline_version_alias("best"))
        .await
        .unwrap();
    let request = DescribePipelineDefinitionForExecutionRequest::new(execution.arn());
    let of_first = sagemaker
        .describe_pipeline_definition_for_execution(request)
        .await
        .unwrap();
    assert_eq!(
        of_first.pipeline_definition,
        Some(definition(&[job("Train")]))
    );

    let delete = || sagemaker.delete_pipeline(DeletePipelineRequest::new("nightly"));
    let expected =
        format!("ConflictException: An execution of the pipeline is running: {execution}");
    assert_eq!(refusal(delete().await), expected);
    let _ = execution.wait().await.unwrap().into_result().unwrap();
    delete().await.unwrap();
    assert!(matches!(
        execution.status().await,
        Err(Error::ResourceNotFound(_))
    ));
    let expected = "ResourceNotFound: Pipeline 'nightly' does not exist.";
    assert_eq!(
        refusal(sagemaker.start_execution("nightly").await),
        expected
    );
}

#[tokio::test(start_paused = true)]
async fn lists() {
    let simulator = Simulator::new();
    let sagemaker = client(&simulator);
    for name in ["a", "b", "b2", "b3"] {
        let request = CreatePipelineRequest::new(name, ROLE);
        let request = request.pipeline_definition(definition(&[job("Train")]));
        sagemaker.create_pipeline(request).await.unwrap();
        sleep(1.0).await;
    }
    let request = ListPipelinesRequest::default()
        .pipeline_name_prefix("b")
        .max_results(2);
    let list = sagemaker.list_pipelines(request).items();
    let list: Vec<_> = list.try_collect().await.unwrap();
    let names: Vec<_> = list
        .iter()
        .map(|one| one.pipeline_name.as_deref().unwrap())
        .collect();
    assert_eq!(names, ["b3", "b2", "b"]);

    let mut arns = Vec::new();
    for _ in 0..5 {
        arns.push(
            sagemaker
                .start_execution("a")
                .await
                .unwrap()
                .arn()
                .to_owned(),
        );
        sleep(1.0).await;
    }
    let request = ListPipelineExecutionsRequest::new("a").max_results(2);
    let request = request.sort_order(SortOrder::Ascending);
    let list = sagemaker.list_pipeline_executions(request).items();
    let list: Vec<_> = list.try_collect().await.unwrap();
    let list: Vec<_> = list
        .into_iter()
        .filter_map(|one| one.pipeline_execution_arn)
        .collect();
    assert_eq!(list, arns);
    let request = ListPipelineExecutionsRequest::new("a").max_results(101);
    assert_eq!(
        refusal(sagemaker.list_pipeline_executions(request).await),
        "ValidationException: MaxResults must be between 1 and 100."
    );
}

#[tokio::test(start_paused = true)]
async fn idempotency_tokens() {
    let simulator = Simulator::new();
    let sagemaker = client(&simulator);
    create(&sagemaker, &[job("Train")]).await;
    let token = "x".repeat(32);
    let start = StartPipelineExecutionRequest::new("nightly").client_request_token(&token);
    let first = sagemaker
        .start_pipeline_execution(start.clone())
        .await
        .unwrap();
    let second = sagemaker
        .start_pipeline_execution(start.clone())
        .await
        .unwrap();
    assert_eq!(first, second);
    let other = start.pipeline_execution_display_name("another");
    assert_eq!(
        refusal(sagemaker.start_pipeline_execution(other).await),
        "ConflictException: The client request token is in use by a StartPipelineExecution with \
         other parameters."
    );
    let arn = first.pipeline_execution_arn.unwrap();
    sleep(3.0).await;
    let stop = StopPipelineExecutionRequest::new(&arn).client_request_token(&token);
    sagemaker
        .stop_pipeline_execution(stop.clone())
        .await
        .unwrap();
    sagemaker.stop_pipeline_execution(stop).await.unwrap();
    let stop = StopPipelineExecutionRequest::new(&arn);
    assert_eq!(
        refusal(sagemaker.stop_pipeline_execution(stop.clone()).await),
        format!(
            "ConflictException: Only an execution that is Executing can be stopped; this one is \
             Stopping: {arn}"
        )
    );
    for length in [31, 129] {
        let stop = stop.clone().client_request_token("x".repeat(length));
        assert_eq!(
            refusal(sagemaker.stop_pipeline_execution(stop).await),
            "ValidationException: ClientRequestToken must have 32 to 128 characters."
        );
    }
}

#[tokio::test(start_paused = true)]
async fn parallelism_is_kept_and_changed() {
    let simulator = Simulator::new();
    let sagemaker = client(&simulator);
    let steps: Vec<_> = (0..6).map(|n| job(&format!("S{n}"))).collect();
    create(&sagemaker, &steps).await;
    let start = sagemaker.start_execution("nightly");
    let two = ParallelismConfiguration::new(2);
    let start = start.with(|request| request.parallelism_configuration(two));
    let execution = start.await.unwrap();
    sleep(5.0).await;
    assert_eq!(
        shown(&execution.steps().await.unwrap()),
        "S0:Executing S1:Executing"
    );
    let update = UpdatePipelineExecutionRequest::new(execution.arn())
        .pipeline_execution_description("wider")
        .parallelism_configuration(ParallelismConfiguration::new(4));
    sagemaker.update_pipeline_execution(update).await.unwrap();
    assert_eq!(execution.steps().await.unwrap().len(), 4);
    let ended = execution.wait().await.unwrap().into_result().unwrap();
    assert_eq!(
        ended.execution.pipeline_execution_description.as_deref(),
        Some("wider")
    );
}

#[tokio::test(start_paused = true)]
async fn conditions_choose_a_branch() {
    for (rows, expected) in [
        ("100", "Check:Succeeded Big:Succeeded Report:Succeeded"),
        ("1", "Check:Succeeded Small:Failed"),
    ] {
        let simulator = Simulator::new();
        let sagemaker = client(&simulator);
        let check = json!({"Name": "Check", "Type": "Condition", "Arguments": {
            "Conditions": [{"Type": "GreaterThan", "LeftValue": {"Get": "Parameters.rows"},
                "RightValue": 50}],
            "IfSteps": [job("Big")],
            "ElseSteps": [{"Name": "Small", "Type": "Fail", "Arguments": {"ErrorMessage":
                {"Std:Join": {"On": " ", "Values": ["rows:", {"Get": "Parameters.rows"}]}}}}],
        }});
        create(&sagemaker, &[check, after(job("Report"), "Big")]).await;
        let start = sagemaker.start_execution("nightly").parameter("rows", rows);
        let ended = start.await.unwrap().wait().await.unwrap();
        assert_eq!(shown(&ended.steps), expected);
        if rows == "1" {
            assert_eq!(ended.to_string(), "Failed: step Small failed: rows: 1");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn selected_steps_take_over_what_the_others_gave_out() {
    let simulator = Simulator::new();
    let sagemaker = client(&simulator);
    let mut approve = callback("Approve");
    approve["Arguments"] = json!({"rows": {"Get": "Steps.Count.OutputParameters['rows']"}});
    let count = StepBehavior::takes(secs(3)).output("rows", "17");
    simulator.step_behavior("nightly", "Count", count);
    create(&sagemaker, &[lambda("Count"), approve]).await;
    let selected = || {
        let config = SelectiveExecutionConfig::new([SelectedStep::new("Approve")]);
        let start = sagemaker.start_execution("nightly");
        start.with(|request| request.selective_execution_config(config))
    };
    assert_eq!(
        refusal(selected().await),
        "ValidationException: Step Count is needed, is not selected, and has not succeeded in the \
         execution that is the source."
    );
    let first = sagemaker.start_execution("nightly").await.unwrap();
    sleep(10.0).await;
    first.stop().await.unwrap();
    answer_all(&simulator).await;
    let _ = first.wait().await.unwrap();

    let second = selected().await.unwrap();
    sleep(2.0).await;
    assert_eq!(shown(&second.steps().await.unwrap()), "Approve:Executing");
    let messages = simulator.callback_messages(super::QUEUE);
    assert!(
        messages[2].contains(r#""arguments":{"rows":"17"}"#),
        "{}",
        messages[2]
    );
}

async fn answer_all(simulator: &Simulator) {
    for body in simulator.callback_messages(super::QUEUE) {
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        let token = body["token"].as_str().unwrap();
        let request = SendPipelineExecutionStepSuccessRequest::new(token);
        let _ = client(simulator)
            .send_pipeline_execution_step_success(request)
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_lets_the_running_steps_end() {
    let simulator = Simulator::new();
    takes(&simulator, "Slow", 100);
    let failing = StepBehavior::fails_after(secs(5), "no");
    simulator.step_behavior("nightly", "Fast", failing);
    let steps = [job("Slow"), job("Fast"), after(job("Next"), "Slow")];
    let execution = started(&simulator, &steps).await;
    sleep(50.0).await;
    assert_eq!(
        shown(&execution.steps().await.unwrap()),
        "Slow:Executing Fast:Failed"
    );
    let ended = execution.wait().await.unwrap();
    assert_eq!(shown(&ended.steps), "Slow:Succeeded Fast:Failed");
}

#[tokio::test(start_paused = true)]
async fn operations_beside_pipelines_are_refused_by_name() {
    let simulator = Simulator::new();
    let answer = client(&simulator)
        .call_by_name("ListModels", json!({}))
        .await;
    assert_eq!(
        refusal(answer),
        "UnsupportedOperationException: the simulator does not model ListModels of SageMaker"
    );
}

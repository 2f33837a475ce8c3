//! Starting, looking, waiting, retrying.

use longshore::Error;
use longshore::sagemaker::pipelines::Execution;
use longshore::sagemaker::{
    ListPipelineExecutionsRequest, Parameter, PipelineExecutionStatus as Status,
};
use longshore::simulator::{Fault, Simulator, StepBehavior};
use longshore::wait::{Schedule, WaitFailure};

use super::{after, client, create, job, lambda, secs, shown, sleep, started, takes};

#[tokio::test(start_paused = true)]
async fn from_start_to_success() {
    let simulator = Simulator::new();
    let sagemaker = client(&simulator);
    create(
        &sagemaker,
        &[after(job("Train"), "Prepare"), lambda("Prepare")],
    )
    .await;
    takes(&simulator, "Train", 100);
    let start = sagemaker
        .start_execution("nightly")
        .parameter("rows", "1000");
    let execution = start
        .display_name("first")
        .description("a test")
        .await
        .unwrap();
    assert_eq!(execution.status().await.unwrap(), Status::Executing);
    assert_eq!(
        execution.parameters().await.unwrap(),
        [Parameter::new("rows", "1000")]
    );
    sleep(3.0).await;
    assert_eq!(
        shown(&execution.steps().await.unwrap()),
        "Prepare:Executing"
    );

    let mut seen = Vec::new();
    let ended = execution
        .wait()
        .schedule(Schedule::fixed(secs(1)).unwrap())
        .on_progress(|progress| seen.push(shown(&progress.state.steps)))
        .await
        .unwrap();
    assert_eq!(ended.to_string(), "Succeeded");
    assert_eq!(shown(&ended.steps), "Prepare:Succeeded Train:Succeeded");
    assert_eq!(
        ended.execution.pipeline_execution_display_name.as_deref(),
        Some("first")
    );
    let expected = [
        "Prepare:Executing",
        "Prepare:Succeeded Train:Starting",
        "Prepare:Succeeded Train:Executing",
        "Prepare:Succeeded Train:Succeeded",
    ];
    assert_eq!(seen, expected);
    assert!(ended.into_result().unwrap().is_success());
}

#[tokio::test(start_paused = true)]
async fn a_start_that_is_sent_twice_starts_one() {
    let simulator = Simulator::new();
    let sagemaker = client(&simulator);
    create(&sagemaker, &[job("Train")]).await;
    simulator.inject(Fault::reset_after().on("StartPipelineExecution"));
    let execution = sagemaker.start_execution("nightly").await.unwrap();
    assert_eq!(simulator.count("StartPipelineExecution"), 2);
    let list = ListPipelineExecutionsRequest::new("nightly");
    let list = sagemaker.list_pipeline_executions(list).await.unwrap();
    let found: Vec<Execution> = (list.pipeline_execution_summaries.iter())
        .filter_map(|summary| Execution::of_summary(&sagemaker, summary))
        .collect();
    assert_eq!(found, [execution]);
}

#[tokio::test(start_paused = true)]
async fn failures_have_reasons_and_a_retry_goes_on_from_them() {
    let simulator = Simulator::new();
    let steps = [
        job("Prepare"),
        after(job("Train"), "Prepare"),
        after(job("Deploy"), "Train"),
    ];
    let failing = StepBehavior::fails_after(secs(5), "ClientError: no\nsuch image");
    simulator.step_behavior("nightly", "Train", failing);
    let execution = started(&simulator, &steps).await;
    let ended = execution.wait().await.unwrap();
    assert_eq!(ended.status, Status::Failed);
    let expected = "Failed: step Train failed: ClientError: no such image";
    assert_eq!(ended.to_string(), expected);
    assert_eq!(shown(&ended.steps), "Prepare:Succeeded Train:Failed");
    let error = ended.into_result().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("execution {execution}: {expected}")
    );

    takes(&simulator, "Train", 5);
    execution.retry().await.unwrap();
    assert_eq!(execution.status().await.unwrap(), Status::Executing);
    let ended = execution.wait().await.unwrap();
    assert_eq!(ended.to_string(), "Succeeded");
    let attempts: Vec<_> = ended.steps.iter().map(|step| step.attempt_count).collect();
    assert_eq!(attempts, [Some(1), Some(2), Some(1)]);
    let refused = execution.retry().await.unwrap_err();
    assert_eq!(
        refused.message().unwrap(),
        format!(
            "Only an execution that is Failed or Stopped can be retried; this one is Succeeded: \
             {execution}"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn several_failures_are_counted() {
    let simulator = Simulator::new();
    for step in ["A", "B", "C"] {
        let failing = StepBehavior::fails_after(secs(5), format!("reason {step}"));
        simulator.step_behavior("nightly", step, failing);
    }
    let execution = started(&simulator, &[job("A"), job("B"), job("C")]).await;
    let ended = execution.wait().await.unwrap();
    assert_eq!(
        ended.to_string(),
        "Failed: step A failed: reason A; and 2 more"
    );
    assert_eq!(ended.failed_steps[2].to_string(), "step C failed: reason C");
}

#[tokio::test(start_paused = true)]
async fn throttles_and_faults_do_not_end_a_wait() {
    let simulator = Simulator::builder().seed(7).build();
    let execution = started(&simulator, &[job("Train")]).await;
    simulator.inject(Fault::throttle().on("DescribePipelineExecution").times(5));
    simulator.inject(Fault::status(500).probability(0.5));
    simulator.inject(Fault::reset_after().probability(0.3));
    let ended = execution.wait().await.unwrap();
    assert_eq!(ended.to_string(), "Succeeded");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_says_what_it_saw() {
    let simulator = Simulator::new();
    takes(&simulator, "Train", 1000);
    let execution = started(&simulator, &[job("Train"), lambda("Work")]).await;
    takes(&simulator, "Work", 500);
    let wait = execution.wait().on_progress(|_| {}).deadline(secs(100));
    let error = wait.await.unwrap_err();
    assert_eq!(error.failure, WaitFailure::Deadline);
    let expected = format!(
        "execution {execution}: still Executing when the deadline came: step Train is running; \
         step Work waits for its Lambda function to end \
         (arn:aws:lambda:us-east-1:123456789012:function:work) (after 9 looks in 100 s)"
    );
    assert_eq!(error.to_string(), expected);
}

#[tokio::test(start_paused = true)]
async fn an_execution_that_is_not_there() {
    let simulator = Simulator::new();
    let sagemaker = client(&simulator);
    let arn = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/none/execution/none";
    let execution = sagemaker.execution(arn);
    assert!(matches!(
        execution.status().await,
        Err(Error::ResourceNotFound(_))
    ));
    assert!(matches!(
        execution.steps().await,
        Err(Error::ResourceNotFound(_))
    ));
    let error = execution.wait().await.unwrap_err();
    assert_eq!(error.failure, WaitFailure::Call);
    assert!(matches!(
        error.last_error.as_deref(),
        Some(Error::ResourceNotFound(_))
    ));
    let expected = format!("execution {arn}: a call failed (after 1 look in 0 s)");
    assert_eq!(error.to_string(), expected);
}

#[tokio::test(start_paused = true)]
async fn many_steps_come_in_pages() {
    let simulator = Simulator::new();
    let steps: Vec<_> = (0..250).map(|n| job(&format!("Step{n:03}"))).collect();
    let execution = started(&simulator, &steps).await;
    let ended = execution.wait().await.unwrap();
    assert_eq!(ended.steps.len(), 250);
    assert_eq!(ended.steps[249].step_name.as_deref(), Some("Step249"));
    assert_eq!(simulator.count("ListPipelineExecutionSteps"), 3);
}

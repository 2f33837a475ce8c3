//! Callback messages and their answers.

use longshore::Error;
use longshore::sagemaker::pipelines::{Answered, CallbackMessage, CallbackStatus};
use longshore::sagemaker::{OutputParameter, PipelineExecutionStatus as Status};
use longshore::simulator::{Fault, Simulator};
use serde_json::json;

use super::{QUEUE, after, callback, client, job, shown, sleep, started};

async fn message(simulator: &Simulator) -> CallbackMessage {
    sleep(2.0).await;
    let bodies = simulator.callback_messages(QUEUE);
    CallbackMessage::parse(bodies.last().unwrap()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn success_with_outputs() {
    let simulator = Simulator::new();
    let mut second = callback("Second");
    second["Arguments"] = json!({"rows": {"Get": "Steps.First.OutputParameters['rows']"}});
    let execution = started(&simulator, &[second, callback("First")]).await;
    let sagemaker = client(&simulator);
    let first = message(&simulator).await;
    assert_eq!(first.status, CallbackStatus::Executing);
    assert_eq!(first.execution_arn, execution.arn());
    assert_eq!(first.arguments, json!({"n": 1}));
    let outputs = [OutputParameter::new("rows", "17")];
    let answered = first.succeed(&sagemaker, outputs.clone()).await.unwrap();
    assert_eq!(answered, Answered::Accepted);

    // The step that follows, by its reference, gets what the first gave out.
    let second = message(&simulator).await;
    assert_eq!(second.arguments, json!({"rows": "17"}));
    assert_eq!(simulator.callback_messages(QUEUE).len(), 2);

    // The same again is taken for what it is, another answer is not taken.
    let again = first.succeed(&sagemaker, outputs).await.unwrap();
    assert_eq!(again, Answered::Accepted);
    assert_eq!(
        first.fail(&sagemaker, "no").await.unwrap(),
        Answered::Before
    );
    assert_eq!(
        first.succeed(&sagemaker, []).await.unwrap(),
        Answered::Before
    );
    second.succeed(&sagemaker, []).await.unwrap();
    let ended = execution.wait().await.unwrap();
    assert_eq!(ended.to_string(), "Succeeded");
    assert_eq!(shown(&ended.steps), "First:Succeeded Second:Succeeded");
}

#[tokio::test(start_paused = true)]
async fn failure_with_a_reason() {
    let simulator = Simulator::new();
    let steps = [callback("Approve"), after(job("Deploy"), "Approve")];
    let execution = started(&simulator, &steps).await;
    let message = message(&simulator).await;
    let reason = "not ".repeat(100);
    simulator.inject(Fault::reset_after().on("SendPipelineExecutionStepFailure"));
    let answered = message.fail(&client(&simulator), reason).await.unwrap();
    assert_eq!(answered, Answered::Accepted);
    let ended = execution.wait().await.unwrap();
    assert_eq!(ended.status, Status::Failed);
    let reason = ended.failed_steps[0].reason.as_deref().unwrap();
    assert_eq!(
        (reason.chars().count(), reason.chars().last()),
        (256, Some('…'))
    );
}

#[tokio::test(start_paused = true)]
async fn tokens_that_nobody_knows() {
    let simulator = Simulator::new();
    started(&simulator, &[callback("Approve")]).await;
    let mut message = message(&simulator).await;
    message.token = "0123456789".to_owned();
    let error = message.succeed(&client(&simulator), []).await.unwrap_err();
    assert!(matches!(error, Error::ResourceNotFound(_)), "{error}");
    message.token = "too short".to_owned();
    let error = message.succeed(&client(&simulator), []).await.unwrap_err();
    assert!(matches!(error, Error::Validation(_)), "{error}");
}

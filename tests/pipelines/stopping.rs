//! Stopping, and what holds it up.

use std::time::Duration;

use longshore::Error;
use longshore::sagemaker::pipelines::{CallbackMessage, StopAnswer};
use longshore::sagemaker::{OutputParameter, PipelineExecutionStatus as Status};
use longshore::simulator::{Fault, Simulator, StepBehavior};
use longshore::wait::WaitFailure;

use super::{QUEUE, after, callback, client, job, lambda, secs, shown, sleep, started, takes};

#[tokio::test(start_paused = true)]
async fn jobs_are_stopped() {
    let simulator = Simulator::new();
    let execution = started(&simulator, &[job("Train"), after(job("Deploy"), "Train")]).await;
    sleep(5.0).await;
    assert_eq!(execution.stop().await.unwrap(), StopAnswer::Asked);
    assert_eq!(execution.status().await.unwrap(), Status::Stopping);
    assert_eq!(execution.stop().await.unwrap(), StopAnswer::AlreadyStopping);
    let ended = execution.stop_and_wait().await.unwrap();
    assert_eq!(ended.to_string(), "Stopped");
    assert_eq!(shown(&ended.steps), "Train:Stopped");
    let again = execution.stop().await.unwrap();
    assert_eq!(again, StopAnswer::AlreadyEnded(Status::Stopped));
    assert_eq!(again.to_string(), "had ended already: Stopped");
    assert_eq!(
        execution.stop_and_wait().await.unwrap().status,
        Status::Stopped
    );

    execution.retry().await.unwrap();
    assert_eq!(execution.stop().await.unwrap(), StopAnswer::Asked);
}

#[tokio::test(start_paused = true)]
async fn a_success_stays_one() {
    let simulator = Simulator::new();
    let execution = started(&simulator, &[lambda("Work")]).await;
    let _ = execution.wait().await.unwrap().into_result().unwrap();
    let ended = execution.stop_and_wait().await.unwrap();
    assert_eq!(ended.status, Status::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn of_an_execution_that_is_not_there() {
    let simulator = Simulator::new();
    let execution = client(&simulator)
        .execution("arn:aws:sagemaker:us-east-1:123456789012:pipeline/none/execution/none");
    let error = execution.stop().await.unwrap_err();
    assert!(matches!(error, Error::ResourceNotFound(_)));
    let error = execution.stop_and_wait().await.unwrap_err();
    assert_eq!(error.failure, WaitFailure::Call);
    assert!(matches!(
        error.last_error.as_deref(),
        Some(Error::ResourceNotFound(_))
    ));
}

#[tokio::test(start_paused = true)]
async fn who_holds_it_up() {
    let simulator = Simulator::new();
    takes(&simulator, "Work", 60);
    let steps = [job("Train"), callback("Approve"), lambda("Work")];
    let execution = started(&simulator, &steps).await;
    sleep(10.0).await;
    let messages = simulator.callback_messages(QUEUE);
    let token = CallbackMessage::parse(&messages[0]).unwrap().token;

    let mut reports = Vec::new();
    let stopping = execution.stop_and_wait().on_progress(|progress| {
        let holdups = progress.state.holdups();
        let holdups: Vec<_> = holdups.iter().map(ToString::to_string).collect();
        reports.push((progress.elapsed.as_secs(), holdups));
    });
    let answer = async {
        sleep(100.0).await;
        let messages = simulator.callback_messages(QUEUE);
        assert_eq!(messages.len(), 2);
        let message = CallbackMessage::parse(&messages[1]).unwrap();
        assert_eq!(message.status.as_str(), "Stopping");
        assert_eq!(message.token, token);
        message.succeed(&client(&simulator), []).await.unwrap();
    };
    let (ended, ()) = tokio::join!(stopping.into_future(), answer);
    assert_eq!(ended.unwrap().to_string(), "Stopped");
    let waits =
        format!("step Approve waits for the answer to its callback (token {token}, queue {QUEUE})");
    let runs = "step Work waits for its Lambda function to end \
                (arn:aws:lambda:us-east-1:123456789012:function:work)";
    let expected = [
        (0, vec!["step Train is running", &*waits, runs]),
        (5, vec![&*waits, runs]),
        (61, vec![&*waits]),
        (121, vec![]),
    ];
    let reports: Vec<(u64, Vec<&str>)> = (reports.iter())
        .map(|(at, holdups)| (*at, holdups.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(reports.len(), expected.len(), "{reports:#?}");
    for (report, expected) in reports.iter().zip(&expected) {
        assert_eq!(report.1, expected.1);
        assert!(
            report.0.abs_diff(expected.0) <= 30,
            "{report:?} {expected:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_names_who_holds_it_up() {
    let simulator = Simulator::new();
    let execution = started(&simulator, &[callback("Approve")]).await;
    sleep(5.0).await;
    let message = CallbackMessage::parse(&simulator.callback_messages(QUEUE)[0]).unwrap();
    let error = execution
        .stop_and_wait()
        .deadline(secs(60))
        .await
        .unwrap_err();
    let expected = format!(
        "execution {execution}: still Stopping when the deadline came: step Approve waits for the \
         answer to its callback (token {}, queue {QUEUE}) (after 7 looks in 60 s)",
        message.token
    );
    assert_eq!(error.to_string(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_lambda_at_its_limit_fails_the_execution() {
    let simulator = Simulator::new();
    takes(&simulator, "Work", 10_000);
    let execution = started(&simulator, &[lambda("Work")]).await;
    sleep(5.0).await;
    let ended = execution.stop_and_wait().await.unwrap();
    assert_eq!(
        ended.to_string(),
        "Failed: step Work failed: The Lambda function did not end within 600 seconds."
    );
    assert!(ended.elapsed > secs(590), "{:?}", ended.elapsed);
}

#[tokio::test(start_paused = true)]
async fn a_stop_before_the_callback_was_sent() {
    let simulator = Simulator::new();
    let execution = started(&simulator, &[callback("Approve")]).await;
    let ended = execution.stop_and_wait().await.unwrap();
    assert_eq!(ended.to_string(), "Stopped");
    assert_eq!(shown(&ended.steps), "Approve:Stopped");
    assert!(simulator.callback_messages(QUEUE).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stop_through_faults_is_asked_for_once() {
    for seed in 0..30 {
        let simulator = Simulator::builder().seed(seed).build();
        simulator.step_behavior("nightly", "Work", StepBehavior::takes(secs(30)));
        let execution = started(&simulator, &[callback("Approve"), lambda("Work")]).await;
        sleep(5.0).await;
        let message = CallbackMessage::parse(&simulator.callback_messages(QUEUE)[0]).unwrap();
        simulator.inject(Fault::reset_after().probability(0.3));
        simulator.inject(Fault::throttle().probability(0.3));
        simulator.inject(Fault::status(503).probability(0.2));
        let answer = async {
            sleep(40.0).await;
            let outputs = [OutputParameter::new("rows", "1")];
            let sagemaker = client(&simulator);
            while message.succeed(&sagemaker, outputs.clone()).await.is_err() {}
        };
        let (ended, ()) = tokio::join!(execution.stop_and_wait().into_future(), answer);
        assert_eq!(ended.unwrap().to_string(), "Stopped", "seed {seed}");
        assert_eq!(simulator.callback_messages(QUEUE).len(), 2, "seed {seed}");
    }
}

/// Dropped at any time it leaves an execution that another `stop_and_wait` stops.
#[tokio::test(start_paused = true)]
async fn cancelled_anywhere() {
    for dropped_after in (0..4000).step_by(100) {
        let simulator = Simulator::new();
        let execution = started(&simulator, &[job("Train"), lambda("Work")]).await;
        sleep(3.0).await;
        simulator.inject(Fault::slow(Duration::from_millis(350)).always());
        let first = execution.stop_and_wait().into_future();
        let dropped = tokio::time::timeout(Duration::from_millis(dropped_after), first).await;
        assert!(dropped.is_err());
        simulator.clear_faults();
        let status = execution.status().await.unwrap();
        let asked = simulator
            .requests()
            .iter()
            .any(|request| request.operation == "StopPipelineExecution" && request.carried_out);
        assert_eq!(
            asked,
            status == Status::Stopping,
            "{dropped_after}: {status}"
        );
        let ended = execution.stop_and_wait().await.unwrap();
        assert_eq!(ended.to_string(), "Stopped");
    }
}

//! The worker on the simulator's SQS, which delivers twice, late and out of order.

use std::collections::{BTreeMap, BTreeSet};

use longshore::sagemaker::CreatePipelineRequest;
use longshore::sagemaker::pipelines::{CallbackAnswer, CallbackWorker, SqsQueue};
use longshore::simulator::{Delivery, Fault, Simulator};
use serde_json::json;

use super::{ROLE, client, definition, lambda, secs, sleep, takes};

fn queue(simulator: &Simulator, url: &str) -> SqsQueue {
    let sqs = longshore::sqs::Client::new(&simulator.config()).unwrap();
    SqsQueue::new(sqs, url)
}

#[tokio::test(start_paused = true)]
async fn through_all_that_a_standard_queue_does() {
    let mut statuses = BTreeMap::new();
    for seed in 0..60 {
        let simulator = Simulator::builder().seed(seed).build();
        let url = simulator.create_queue("callbacks");
        let dead = simulator.create_queue("dead");
        simulator.set_redrive(&url, &dead, 3);
        simulator.set_delivery(Delivery::new().twice(0.5).late(secs(40)));
        simulator.send_message(&url, "poison");
        let steps: Vec<_> = (0..5)
            .map(|n| json!({"Name": format!("S{n}"), "Type": "Callback", "SqsQueueUrl": url}))
            .chain([lambda("Work")])
            .collect();
        takes(&simulator, "Work", 30);
        let sagemaker = client(&simulator);
        let request = CreatePipelineRequest::new("nightly", ROLE);
        let request = request.pipeline_definition(definition(&steps));
        sagemaker.create_pipeline(request).await.unwrap();
        let execution = sagemaker.start_execution("nightly").await.unwrap();
        // Not of ReceiveMessage: a message whose answer is lost three times is dead.
        for operation in [
            "SendPipelineExecutionStepSuccess",
            "SendPipelineExecutionStepFailure",
            "StopPipelineExecution",
            "DeleteMessage",
        ] {
            let lost = Fault::reset_after().on(operation).probability(0.2);
            simulator.inject(lost);
            simulator.inject(Fault::status(500).on(operation).probability(0.2));
        }

        let (over, is_over) = tokio::sync::oneshot::channel::<()>();
        let worker = CallbackWorker::new(sagemaker, queue(&simulator, &url)).concurrency(2);
        let working = tokio::spawn(worker.run_until(
            async move |_, context| {
                tokio::select! {
                    () = sleep(20.0) => CallbackAnswer::succeed([]),
                    () = context.stopping() => CallbackAnswer::fail("stopped"),
                }
            },
            async { is_over.await.unwrap() },
        ));
        sleep((seed % 7) as f64 * 10.0).await;
        let ended = execution.stop_and_wait().await.unwrap();
        *statuses.entry(ended.status.to_string()).or_insert(0) += 1;
        sleep(400.0).await;
        over.send(()).unwrap();
        let report = working.await.unwrap().unwrap();
        assert_eq!(simulator.messages(&url), [""; 0], "seed {seed}: {report}");
        // Where it came twice it is there twice.
        let dead: BTreeSet<String> = simulator.messages(&dead).into_iter().collect();
        assert_eq!(dead, BTreeSet::from(["poison".to_owned()]), "seed {seed}");

        let mut answers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for request in simulator.requests() {
            if request.operation.starts_with("SendPipelineExecutionStep") {
                let token = request.body["CallbackToken"].to_string();
                let answer = format!("{} {}", request.operation, request.body);
                answers.entry(token).or_default().insert(answer);
            }
        }
        let different = answers.values().find(|answers| answers.len() > 1);
        assert_eq!(different, None, "seed {seed}");
    }
    println!("60 executions ended: {statuses:?}");
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_not_there_ends_the_worker() {
    let simulator = Simulator::new();
    let worker = CallbackWorker::new(client(&simulator), queue(&simulator, "https://sqs/none"));
    let error = worker
        .run(async |_, _| CallbackAnswer::succeed([]))
        .await
        .unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("QueueDoesNotExist"), "{source}");
}

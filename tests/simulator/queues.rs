//! Queues: what is received is hidden, and comes again unless it is deleted.

use std::time::Duration;

use longshore::Error;
use longshore::simulator::Simulator;
use longshore::sqs::{
    ChangeMessageVisibilityRequest, Client, DeleteMessageRequest, Message,
    MessageSystemAttributeName, ReceiveMessageRequest, SendMessageRequest,
};
use tokio::time::Instant;

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

async fn receive(sqs: &Client, url: &str, wait: i32) -> Vec<Message> {
    let request = ReceiveMessageRequest::new(url)
        .wait_time_seconds(wait)
        .message_system_attribute_names([MessageSystemAttributeName::ApproximateReceiveCount])
        .max_number_of_messages(10);
    sqs.receive_message(request).await.unwrap().messages
}

#[tokio::test(start_paused = true)]
async fn visibility_and_deletion() {
    let simulator = Simulator::new();
    let sqs = Client::new(&simulator.config()).unwrap();
    let url = simulator.create_queue("work");
    let send = SendMessageRequest::new(&url, "one");
    sqs.send_message(send).await.unwrap();

    let first = receive(&sqs, &url, 0).await.remove(0);
    assert_eq!(first.body.as_deref(), Some("one"));
    assert_eq!(first.attributes["ApproximateReceiveCount"], "1");
    assert_eq!(first.attributes.len(), 1);
    assert!(receive(&sqs, &url, 0).await.is_empty());
    tokio::time::sleep(secs(31)).await;
    let second = receive(&sqs, &url, 0).await.remove(0);
    assert_eq!(second.attributes["ApproximateReceiveCount"], "2");

    // The handle of an older receive deletes nothing.
    let delete = |message: &Message| {
        let receipt = message.receipt_handle.clone().unwrap();
        sqs.delete_message(DeleteMessageRequest::new(&url, receipt))
    };
    delete(&first).await.unwrap();
    assert_eq!(simulator.messages(&url), ["one"]);
    let receipt = second.receipt_handle.clone().unwrap();
    let longer = ChangeMessageVisibilityRequest::new(&url, &receipt, 300);
    sqs.change_message_visibility(longer).await.unwrap();
    tokio::time::sleep(secs(200)).await;
    assert!(receive(&sqs, &url, 0).await.is_empty());
    delete(&second).await.unwrap();
    assert!(simulator.messages(&url).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_waits_for_a_message() {
    let simulator = Simulator::new();
    let sqs = Client::new(&simulator.config()).unwrap();
    let url = simulator.create_queue("work");
    let begun = Instant::now();
    assert!(receive(&sqs, &url, 5).await.is_empty());
    assert_eq!(begun.elapsed(), secs(5));

    let send = SendMessageRequest::new(&url, "late").delay_seconds(7);
    sqs.send_message(send).await.unwrap();
    let begun = Instant::now();
    assert_eq!(receive(&sqs, &url, 20).await.len(), 1);
    assert!(begun.elapsed() >= secs(7) && begun.elapsed() < secs(8));
}

#[tokio::test(start_paused = true)]
async fn refusals() {
    let simulator = Simulator::new();
    let sqs = Client::new(&simulator.config()).unwrap();
    let url = simulator.create_queue("work");
    let none = sqs.receive_message(ReceiveMessageRequest::new("https://host/1/none"));
    assert!(matches!(none.await, Err(Error::QueueDoesNotExist(_))));
    let delete = sqs.delete_message(DeleteMessageRequest::new(&url, "mine"));
    assert!(matches!(
        delete.await,
        Err(Error::ReceiptHandleIsInvalid(_))
    ));
    let many = ReceiveMessageRequest::new(&url).max_number_of_messages(11);
    let error = sqs.receive_message(many).await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidParameterValue"));
}

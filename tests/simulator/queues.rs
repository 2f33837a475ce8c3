//! Queues: what is received is hidden, and comes again unless it is deleted.

use std::collections::BTreeSet;
use std::time::Duration;

use longshore::Error;
use longshore::credentials::Credentials;
use longshore::simulator::{Delivery, Simulator};
use longshore::sqs::{
    ChangeMessageVisibilityRequest, Client, DeleteMessageBatchRequest,
    DeleteMessageBatchRequestEntry, DeleteMessageRequest, Message, MessageAttributeValue,
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
    assert_eq!(error.code(), Some("InvalidParameterValueException"));
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_is_refused_without_a_wait() {
    let simulator = Simulator::new();
    let url = simulator.create_queue("work");
    let poll = ReceiveMessageRequest::new(&url).wait_time_seconds(20);
    let begun = Instant::now();

    let other =
        simulator
            .config()
            .credentials(Credentials::new("AKIDOTHER", "secret", None, None, "test"));
    let unknown = Client::new(&other).unwrap();
    let error = unknown.receive_message(poll.clone()).await.unwrap_err();
    assert_eq!(error.code(), Some("UnrecognizedClientException"));
    let sqs = Client::new(&simulator.config()).unwrap();
    let long = sqs.receive_message(poll.clone().wait_time_seconds(21));
    assert_eq!(
        long.await.unwrap_err().message(),
        Some(
            "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be between 0 and 20, \
             if provided."
        )
    );
    let control = SendMessageRequest::new(&url, "a\u{1}b");
    let error = sqs.send_message(control).await.unwrap_err();
    assert!(matches!(error, Error::InvalidMessageContents(_)), "{error}");
    let receipt = format!("{}#1#0", "0".repeat(32));
    let hide = ChangeMessageVisibilityRequest::new(&url, receipt, 5);
    let error = sqs.change_message_visibility(hide).await.unwrap_err();
    assert!(matches!(error, Error::MessageNotInflight(_)), "{error}");
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn what_is_received_too_often_goes_to_the_dead_letters() {
    let simulator = Simulator::new();
    let sqs = Client::new(&simulator.config()).unwrap();
    let url = simulator.create_queue("work");
    let dead = simulator.create_queue("dead");
    simulator.set_redrive(&url, &dead, 2);
    simulator.send_message(&url, "poison");
    for count in ["1", "2"] {
        let message = receive(&sqs, &url, 0).await.remove(0);
        assert_eq!(message.attributes["ApproximateReceiveCount"], count);
        tokio::time::sleep(secs(31)).await;
    }
    // A message that goes away is none to end a long poll for.
    let begun = Instant::now();
    assert!(receive(&sqs, &url, 10).await.is_empty());
    assert_eq!(begun.elapsed(), secs(10));
    assert!(simulator.messages(&url).is_empty());
    let request = ReceiveMessageRequest::new(&dead)
        .message_system_attribute_names([MessageSystemAttributeName::SentTimestamp]);
    let message = sqs
        .receive_message(request)
        .await
        .unwrap()
        .messages
        .remove(0);
    assert_eq!(message.body.as_deref(), Some("poison"));
    // It was sent when it was sent, not when it was moved.
    let sent: u128 = message.attributes["SentTimestamp"].parse().unwrap();
    let now = simulator.date().duration_since(std::time::UNIX_EPOCH);
    // Whole milliseconds of two times need not lie as far apart as the times.
    let ago = now.unwrap().as_millis() - sent;
    assert!((71_999..=72_001).contains(&ago), "{ago}");
}

#[tokio::test(start_paused = true)]
async fn attributes_come_along_when_they_are_asked_for() {
    let simulator = Simulator::new();
    let sqs = Client::new(&simulator.config()).unwrap();
    let url = simulator.create_queue("work");
    let text = |value: &str| MessageAttributeValue::new("String").string_value(value);
    let attributes = [
        ("job.id".to_owned(), text("7")),
        ("job.name".to_owned(), text("import")),
        ("owner".to_owned(), text("me")),
    ];
    let send = SendMessageRequest::new(&url, "one").message_attributes(attributes);
    sqs.send_message(send).await.unwrap();
    let cases: [(&[&str], &[&str]); 4] = [
        (&[], &[]),
        (&["owner", "other"], &["owner"]),
        (&["job.*"], &["job.id", "job.name"]),
        (&["All"], &["job.id", "job.name", "owner"]),
    ];
    for (asked, expected) in cases {
        let request = ReceiveMessageRequest::new(&url)
            .message_attribute_names(asked.iter().copied())
            .visibility_timeout(0);
        let message = sqs
            .receive_message(request)
            .await
            .unwrap()
            .messages
            .remove(0);
        let names: Vec<&String> = message.message_attributes.keys().collect();
        assert_eq!(names, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn deletion_by_the_batch() {
    let simulator = Simulator::new();
    let sqs = Client::new(&simulator.config()).unwrap();
    let url = simulator.create_queue("work");
    for body in ["one", "two"] {
        simulator.send_message(&url, body);
    }
    let received = receive(&sqs, &url, 0).await;
    let receipt = received[0].receipt_handle.clone().unwrap();
    let entry = |id: &str, receipt: &str| DeleteMessageBatchRequestEntry::new(id, receipt);
    let twice = [entry("a", &receipt), entry("a", "mine")];
    let error = sqs
        .delete_message_batch(DeleteMessageBatchRequest::new(&url, twice))
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::BatchEntryIdsNotDistinct(_)),
        "{error}"
    );
    let both = [entry("a", &receipt), entry("b", "mine")];
    let answer = sqs
        .delete_message_batch(DeleteMessageBatchRequest::new(&url, both))
        .await
        .unwrap();
    assert_eq!(answer.successful.len(), 1);
    assert_eq!(answer.failed[0].id, "b");
    assert_eq!(answer.failed[0].code, "ReceiptHandleIsInvalid");
    assert_eq!(simulator.messages(&url).len(), 1);
}

/// What arrives of a hundred messages, in the order of receiving.
async fn arriving(delivery: Delivery) -> Vec<usize> {
    let simulator = Simulator::builder().seed(5).build();
    let sqs = Client::new(&simulator.config()).unwrap();
    let url = simulator.create_queue("work");
    simulator.set_delivery(delivery);
    for number in 0..100 {
        simulator.send_message(&url, &number.to_string());
    }
    let mut bodies = Vec::new();
    loop {
        let messages = receive(&sqs, &url, 20).await;
        if messages.is_empty() {
            return bodies;
        }
        for message in messages {
            bodies.push(message.body.unwrap().parse().unwrap());
            let receipt = message.receipt_handle.unwrap();
            let delete = DeleteMessageRequest::new(&url, receipt);
            sqs.delete_message(delete).await.unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn messages_of_services_come_late_twice_or_not_at_all() {
    let all: Vec<usize> = (0..100).collect();
    assert_eq!(arriving(Delivery::new()).await, all);

    let late = Delivery::new().late(secs(10));
    let mut shuffled = arriving(late.clone()).await;
    assert_ne!(shuffled, all);
    assert_eq!(shuffled, arriving(late).await, "by the seed");
    shuffled.sort_unstable();
    assert_eq!(shuffled, all);

    let twice = arriving(Delivery::new().twice(0.3)).await;
    assert!((115..=145).contains(&twice.len()), "{}", twice.len());
    assert_eq!(twice.iter().collect::<BTreeSet<_>>().len(), 100);
    let lost = arriving(Delivery::new().lost(0.3)).await;
    assert!((55..=85).contains(&lost.len()), "{}", lost.len());
}

#[tokio::test]
async fn long_polls_work_over_http_too() {
    // A day of the account takes a second and a half.
    let simulator = Simulator::builder().speed(60_000.0).build();
    let server = simulator.serve().await.unwrap();
    let sqs = Client::new(&simulator.config_for(&server)).unwrap();
    let url = simulator.create_queue("work");
    let begun = simulator.elapsed();
    assert!(receive(&sqs, &url, 20).await.is_empty());
    assert!(simulator.elapsed() - begun >= secs(20));
    simulator.send_message(&url, "one");
    assert_eq!(receive(&sqs, &url, 20).await.len(), 1);
}

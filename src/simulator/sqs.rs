//! Amazon SQS: standard queues, as much as workers need of them.

mod controls;
mod delivery;
mod queue;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use delivery::Delivery;

use super::carry;
use super::refusal::Refusal;
use super::world::World;
use crate::sqs::{
    BatchResultErrorEntry, ChangeMessageVisibilityRequest, ChangeMessageVisibilityResponse,
    DeleteMessageBatchRequest, DeleteMessageBatchResponse, DeleteMessageBatchResultEntry,
    DeleteMessageRequest, DeleteMessageResponse, ReceiveMessageRequest, ReceiveMessageResponse,
    SendMessageRequest, SendMessageResponse,
};
use queue::{Content, Queue};

/// What stands before the operation's name in `X-Amz-Target`.
pub(super) const PREFIX: &str = "AmazonSQS";

/// The longest body of a message, in bytes
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>).
const LONGEST_BODY: usize = 1024 * 1024;
/// The visibility timeout of a queue that sets none, and the longest, in seconds.
const VISIBILITY: (i32, i32) = (30, 12 * 60 * 60);

/// What stands before codes that are SQS's own, and before those of all services
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>).
const OWN: &str = "com.amazonaws.sqs#";
const COMMON: &str = "com.amazon.coral.service#";

/// All that SQS knows.
#[derive(Debug, Default)]
pub(super) struct Sqs {
    /// By name.
    queues: BTreeMap<String, Queue>,
    delivery: Delivery,
}

impl Sqs {
    /// Carries out an operation: from JSON to JSON.
    pub(super) fn carry_out(
        &mut self,
        world: &mut World,
        operation: &str,
        body: &str,
    ) -> Result<Vec<u8>, Refusal> {
        match operation {
            "SendMessage" => carry::call(self, world, body, Self::send_message),
            "ReceiveMessage" => carry::call(self, world, body, Self::receive_message),
            "DeleteMessage" => carry::call(self, world, body, Self::delete_message),
            "DeleteMessageBatch" => carry::call(self, world, body, Self::delete_message_batch),
            "ChangeMessageVisibility" => {
                carry::call(self, world, body, Self::change_message_visibility)
            }
            _ => Err(Refusal::new(
                "UnsupportedOperationException",
                format!("the simulator does not model {operation}"),
            )),
        }
    }

    /// Puts a message into a queue, as a service does that was told its URL. Without such a queue
    /// the message is lost.
    pub(super) fn deliver(&mut self, world: &mut World, queue_url: &str, body: &str) {
        let times = self.delivery.times(world);
        for _ in 0..times {
            let at = world.now.saturating_add(self.delivery.delay(world));
            let id = world.uuid();
            if let Some(queue) = self.queues.get_mut(name(queue_url)) {
                let content = Content::new(id, body.to_owned(), world.now);
                queue.put(content, at);
            }
        }
    }

    /// How long an answer to a long poll is to be put off: `None` if it is not, since there is a
    /// message, or the queue or the request is wrong.
    pub(super) fn put_off(&self, world: &World, body: &str, waited: Duration) -> Option<Duration> {
        let request: ReceiveMessageRequest = crate::wire::from_json(body).ok()?;
        let (_, wait, _) = numbers(&request).ok()?;
        let queue = self.queues.get(name(&request.queue_url))?;
        let left = wait.checked_sub(waited).filter(|left| !left.is_zero())?;
        (!queue.has_visible(world.now)).then_some(left)
    }

    fn queue(&mut self, url: &str) -> Result<&mut Queue, Refusal> {
        self.queues
            .get_mut(name(url))
            .ok_or_else(|| refused("QueueDoesNotExist", "The specified queue does not exist."))
    }

    fn send_message(
        &mut self,
        world: &mut World,
        request: SendMessageRequest,
    ) -> Result<SendMessageResponse, Refusal> {
        let delay = seconds(within(
            "DelaySeconds",
            request.delay_seconds.unwrap_or(0),
            0,
            900,
        )?);
        if request.message_body.len() > LONGEST_BODY {
            return Err(invalid(format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {LONGEST_BODY} bytes."
            )));
        }
        if !request.message_body.chars().all(is_allowed) {
            return Err(refused(
                "InvalidMessageContents",
                "Invalid characters found in the message body.",
            ));
        }
        self.queue(&request.queue_url)?;
        let id = world.uuid();
        let at = world.now.saturating_add(delay);
        let late = self.delivery.delay(world);
        let queue = self.queue(&request.queue_url)?;
        let mut content = Content::new(id.clone(), request.message_body, world.now);
        content.attributes = request.message_attributes.unwrap_or_default();
        queue.put(content, at.saturating_add(late));
        Ok(SendMessageResponse {
            message_id: Some(id),
            ..SendMessageResponse::default()
        })
    }

    fn receive_message(
        &mut self,
        world: &mut World,
        request: ReceiveMessageRequest,
    ) -> Result<ReceiveMessageResponse, Refusal> {
        let (most, _, timeout) = numbers(&request)?;
        let wanted = |name: &str| {
            let new = request.message_system_attribute_names.iter().flatten();
            let old = request.attribute_names.iter().flatten();
            let mut names = new
                .map(|one| one.as_str())
                .chain(old.map(|one| one.as_str()));
            names.any(|wanted| wanted == name || wanted == "All")
        };
        let own_wanted = |name: &str| {
            let mut names = request.message_attribute_names.iter().flatten();
            names.any(|wanted| match wanted.strip_suffix(".*") {
                Some(prefix) => name.starts_with(prefix),
                None => wanted == name || wanted == "All",
            })
        };
        let queue = self.queue(&request.queue_url)?;
        let mut received = queue.receive(most, timeout, world);
        for message in &mut received.messages {
            message.attributes.retain(|name, _| wanted(name));
            message
                .message_attributes
                .retain(|name, _| own_wanted(name));
        }
        if let Some(target) = received.dead_letter_queue
            && let Some(queue) = self.queues.get_mut(name(&target))
        {
            for content in received.dead {
                queue.put(content, world.now);
            }
        }
        Ok(ReceiveMessageResponse {
            messages: received.messages,
        })
    }

    fn delete_message(
        &mut self,
        _: &mut World,
        request: DeleteMessageRequest,
    ) -> Result<DeleteMessageResponse, Refusal> {
        self.queue(&request.queue_url)?
            .delete(&request.receipt_handle)?;
        Ok(DeleteMessageResponse::default())
    }

    fn delete_message_batch(
        &mut self,
        _: &mut World,
        request: DeleteMessageBatchRequest,
    ) -> Result<DeleteMessageBatchResponse, Refusal> {
        if request.entries.len() > 10 {
            let message = "Maximum number of entries per request are 10.";
            return Err(refused("TooManyEntriesInBatchRequest", message));
        }
        let ids: BTreeSet<&str> = request.entries.iter().map(|entry| &*entry.id).collect();
        if ids.len() < request.entries.len() {
            let message = "Two or more batch entries in the request have the same Id.";
            return Err(refused("BatchEntryIdsNotDistinct", message));
        }
        let queue = self.queue(&request.queue_url)?;
        let mut response = DeleteMessageBatchResponse::default();
        for entry in request.entries {
            match queue.delete(&entry.receipt_handle) {
                Ok(()) => response
                    .successful
                    .push(DeleteMessageBatchResultEntry { id: entry.id }),
                Err(refusal) => response.failed.push(BatchResultErrorEntry {
                    id: entry.id,
                    sender_fault: true,
                    code: refusal.code.trim_start_matches(OWN).to_owned(),
                    message: Some(refusal.message),
                }),
            }
        }
        Ok(response)
    }

    fn change_message_visibility(
        &mut self,
        world: &mut World,
        request: ChangeMessageVisibilityRequest,
    ) -> Result<ChangeMessageVisibilityResponse, Refusal> {
        let timeout = request.visibility_timeout;
        let timeout = seconds(within("VisibilityTimeout", timeout, 0, VISIBILITY.1)?);
        let now = world.now;
        let queue = self.queue(&request.queue_url)?;
        queue.hide(&request.receipt_handle, now, timeout)?;
        Ok(ChangeMessageVisibilityResponse::default())
    }
}

/// The name at the end of a queue's URL, or the name itself.
fn name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

fn seconds(count: i32) -> Duration {
    Duration::from_secs(u64::try_from(count).unwrap_or(0))
}

/// What a receive asks for: how many messages, how long to wait for one, how long to hide them.
fn numbers(request: &ReceiveMessageRequest) -> Result<(usize, Duration, Duration), Refusal> {
    let most = request.max_number_of_messages.unwrap_or(1);
    let most = within("MaxNumberOfMessages", most, 1, 10)?;
    let wait = request.wait_time_seconds.unwrap_or(0);
    let wait = within("WaitTimeSeconds", wait, 0, 20)?;
    let timeout = request.visibility_timeout.unwrap_or(VISIBILITY.0);
    let timeout = within("VisibilityTimeout", timeout, 0, VISIBILITY.1)?;
    let most = usize::try_from(most).unwrap_or(1);
    Ok((most, seconds(wait), seconds(timeout)))
}

fn within(name: &str, value: i32, least: i32, most: i32) -> Result<i32, Refusal> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(invalid(format!(
        "Value {value} for parameter {name} is invalid. Reason: Must be between {least} and {most}, if provided."
    )))
}

/// Whether a message may have this character
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>).
fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// A refusal with a code of SQS's own.
fn refused(code: &str, message: &str) -> Refusal {
    Refusal::new(format!("{OWN}{code}"), message)
}

fn invalid(message: String) -> Refusal {
    Refusal::new(format!("{COMMON}InvalidParameterValueException"), message)
}

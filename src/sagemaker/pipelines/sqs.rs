//! A queue of Amazon SQS.

use std::time::Duration;

use super::queue::{CallbackQueue, QueueError, QueueMessage};
use crate::error::Error;
use crate::sqs::{
    ChangeMessageVisibilityRequest, Client, DeleteMessageRequest, ReceiveMessageRequest,
};

/// How much longer than the long poll an attempt may take.
const SPARE: Duration = Duration::from_secs(10);

/// A queue of Amazon SQS, by its URL.
///
/// ```
/// use longshore::sagemaker::pipelines::SqsQueue;
///
/// # fn example(config: longshore::Config) -> Result<(), longshore::Error> {
/// let sqs = longshore::sqs::Client::new(&config)?;
/// let queue = SqsQueue::new(sqs, "https://sqs.us-east-1.amazonaws.com/123456789012/callbacks");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SqsQueue {
    client: Client,
    url: String,
}

impl SqsQueue {
    /// The queue with this URL.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self {
            client,
            url: url.into(),
        }
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl CallbackQueue for SqsQueue {
    #[inline]
    async fn receive(
        &self,
        most: usize,
        wait: Duration,
        visibility: Duration,
    ) -> Result<Vec<QueueMessage>, QueueError> {
        let most = i32::try_from(most.clamp(1, 10)).unwrap_or(10);
        let request = ReceiveMessageRequest::new(&self.url)
            .max_number_of_messages(most)
            .wait_time_seconds(seconds(wait).min(20))
            .visibility_timeout(seconds(visibility));
        let limit = wait.saturating_add(SPARE);
        let call = self.client.receive_message(request);
        let answer = call
            .attempt_timeout(limit)
            .timeout(limit.saturating_mul(2))
            .await;
        let messages = answer.map_err(of_error)?.messages.into_iter();
        let messages = messages.map(|message| QueueMessage {
            id: message.message_id.unwrap_or_default(),
            receipt: message.receipt_handle.unwrap_or_default(),
            body: message.body.unwrap_or_default(),
        });
        Ok(messages.collect())
    }

    #[inline]
    async fn delete(&self, receipt: &str) -> Result<(), QueueError> {
        let request = DeleteMessageRequest::new(&self.url, receipt);
        let answer = self.client.delete_message(request).await;
        answer.map(|_| ()).map_err(of_error)
    }

    #[inline]
    async fn hide(&self, receipt: &str, visibility: Duration) -> Result<(), QueueError> {
        let request = ChangeMessageVisibilityRequest::new(&self.url, receipt, seconds(visibility));
        let answer = self.client.change_message_visibility(request).await;
        answer.map(|_| ()).map_err(of_error)
    }
}

fn of_error(error: Error) -> QueueError {
    if error.is_retryable() {
        return QueueError::passing(error);
    }
    QueueError::lasting(error)
}

/// Whole seconds, rounded up.
fn seconds(time: Duration) -> i32 {
    let more = u64::from(time.subsec_nanos() > 0);
    i32::try_from(time.as_secs().saturating_add(more)).unwrap_or(i32::MAX)
}

//! Events from an SQS queue that an EventBridge rule fills.

use std::fmt;
use std::time::Duration;

use super::{EventError, TaskStateChange};
use crate::ecs::Client;
use crate::error::Error;
use crate::retry::{self, RetrySettings};
use crate::sqs::{self, DeleteMessageBatchRequest, DeleteMessageBatchRequestEntry};
use crate::sqs::{Message, ReceiveMessageRequest};
use crate::transport::BoxFuture;

/// As long as a receive can wait for a message, in seconds
/// ([API reference](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html)).
const WAIT: i32 = 20;
/// As many messages as a receive can bring.
const MOST: i32 = 10;

type Hook<'a> = Box<dyn FnMut(FeedProgress<'_>) + Send + 'a>;

impl Client {
    /// Feeds the watchers of this client from an SQS queue that an EventBridge rule for the events
    /// "ECS Task State Change" fills. The queue has to be this program's own.
    ///
    /// It goes on until it is dropped, at any point without loss: what was not deleted comes
    /// again. Run it beside the waiting:
    ///
    /// ```no_run
    /// # async fn example(ecs: longshore::ecs::Client, sqs: longshore::sqs::Client,
    /// #     tasks: Vec<longshore::ecs::tasks::TaskHandle>) {
    /// let feeder = ecs.clone();
    /// let feed = tokio::spawn(async move {
    ///     let url = "https://sqs.us-east-1.amazonaws.com/123456789012/task-events";
    ///     feeder.feed_from(&sqs, url).await
    /// });
    /// for task in tasks {
    ///     let _ = task.stopped().await;
    /// }
    /// feed.abort();
    /// # }
    /// ```
    #[inline]
    pub fn feed_from<'a>(
        &'a self,
        sqs: &'a sqs::Client,
        queue_url: impl Into<String>,
    ) -> EventFeed<'a> {
        EventFeed {
            ecs: self,
            sqs,
            queue_url: queue_url.into(),
            hook: None,
        }
    }
}

/// A feed that is about to begin: `.await` begins it, a hook can be given before.
///
/// Events of tasks are deleted, whether somebody watches the task or not. Messages that are no
/// such events stay in the queue for its dead-letter policy, and are told to the hook. Throttles
/// and passing faults are waited out; an error that will not pass ends the feed, and with it only
/// the sparing of calls: from then on the watchers look by themselves, at their safety net's
/// interval for tasks of which events came in.
#[must_use = "a feed does nothing until it is awaited"]
pub struct EventFeed<'a> {
    ecs: &'a Client,
    sqs: &'a sqs::Client,
    queue_url: String,
    hook: Option<Hook<'a>>,
}

/// What a feed has received.
#[derive(Debug)]
#[non_exhaustive]
pub enum FeedProgress<'a> {
    /// A change of a task.
    #[non_exhaustive]
    Event {
        /// The event.
        event: &'a TaskStateChange,
        /// Whether the task is watched and this was news.
        is_news: bool,
    },
    /// A message that is no event of a task. It stays in the queue.
    #[non_exhaustive]
    Stray {
        /// The message.
        message: &'a Message,
        /// What it is.
        error: &'a EventError,
    },
}

impl<'a> EventFeed<'a> {
    /// Sets what is called with each message.
    pub fn on_message(mut self, hook: impl FnMut(FeedProgress<'_>) + Send + 'a) -> Self {
        self.hook = Some(Box::new(hook));
        self
    }

    #[inline] // as all that leads to a call
    async fn run(mut self) -> Error {
        let mut failed = 0;
        loop {
            let request = ReceiveMessageRequest::new(&self.queue_url)
                .max_number_of_messages(MOST)
                .wait_time_seconds(WAIT);
            let call = self.sqs.receive_message(request);
            let timeout = Duration::from_secs(2 * u64::from(WAIT.unsigned_abs()));
            let result = match call.attempt_timeout(timeout).timeout(2 * timeout).await {
                Ok(answer) => self.take(answer.messages).await,
                Err(error) => Err(error),
            };
            let Err(error) = result else {
                failed = 0;
                continue;
            };
            if !error.is_retryable() {
                return error;
            }
            failed += 1;
            tracing::debug!(%error, "reading events failed");
            let asked = error.service_error().and_then(|error| error.retry_after);
            let pause = retry::pause(&RetrySettings::default(), failed, 1.0, asked);
            tokio::time::sleep(pause).await;
        }
    }

    /// Hands events over, and deletes them then.
    #[inline]
    async fn take(&mut self, messages: Vec<Message>) -> Result<(), Error> {
        let mut done = Vec::new();
        for message in messages {
            let body = message.body.as_deref().unwrap_or_default();
            match TaskStateChange::parse(body) {
                Ok(event) => {
                    let is_news = self.ecs.feed(event.task.clone());
                    self.tell(FeedProgress::Event {
                        event: &event,
                        is_news,
                    });
                    done.extend(message.receipt_handle);
                }
                Err(error) => self.tell(FeedProgress::Stray {
                    message: &message,
                    error: &error,
                }),
            }
        }
        if done.is_empty() {
            return Ok(());
        }
        let entries = done.into_iter().enumerate().map(|(index, receipt)| {
            DeleteMessageBatchRequestEntry::new(index.to_string(), receipt)
        });
        let request = DeleteMessageBatchRequest::new(&self.queue_url, entries);
        // What is not deleted comes again, and is no news then.
        self.sqs.delete_message_batch(request).await.map(drop)
    }

    fn tell(&mut self, progress: FeedProgress<'_>) {
        if let Some(hook) = &mut self.hook {
            hook(progress);
        }
    }
}

impl<'a> IntoFuture for EventFeed<'a> {
    type Output = Error;
    type IntoFuture = BoxFuture<'a, Error>;

    #[inline]
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for EventFeed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventFeed")
            .field("queue_url", &self.queue_url)
            .finish_non_exhaustive()
    }
}

//! The queue that a worker takes messages from.

use std::fmt;
use std::time::Duration;

/// A queue of callback messages: what a [`CallbackWorker`](super::CallbackWorker) needs of one.
///
/// With the feature `sqs`, `SqsQueue` is the real one. As in SQS, a received message is hidden for
/// a while and comes again unless it is deleted; it may come twice anyway, and late.
pub trait CallbackQueue: Send + Sync + 'static {
    /// Takes up to `most` messages (1 to 10), which are hidden from others for `visibility`. Waits
    /// for up to `wait` until there is one.
    ///
    /// A worker that shuts down drops this future.
    fn receive(
        &self,
        most: usize,
        wait: Duration,
        visibility: Duration,
    ) -> impl Future<Output = Result<Vec<QueueMessage>, QueueError>> + Send;

    /// Deletes a message for good.
    fn delete(&self, receipt: &str) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Hides a message for so long from now on; zero lets it be received again at once.
    fn hide(
        &self,
        receipt: &str,
        visibility: Duration,
    ) -> impl Future<Output = Result<(), QueueError>> + Send;
}

/// A message, as a queue hands it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueMessage {
    /// What people find it by; the same each time it is received.
    pub id: String,
    /// What deletes and hides it; another one each time it is received.
    pub receipt: String,
    /// What was sent.
    pub body: String,
}

/// A queue that did not do what it was asked to.
#[derive(Debug)]
pub struct QueueError {
    lasting: bool,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl QueueError {
    /// One that may be gone next time: a worker goes on.
    pub fn passing(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            lasting: false,
            source: source.into(),
        }
    }

    /// One that stays, such as a queue that is not there: a worker that cannot receive ends.
    pub fn lasting(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            lasting: true,
            source: source.into(),
        }
    }

    /// Whether it stays.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        self.lasting
    }
}

impl fmt::Display for QueueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.lasting {
            "the queue refuses"
        } else {
            "the queue failed for now"
        })
    }
}

impl std::error::Error for QueueError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.source)
    }
}

//! What callback steps send.

use std::time::Duration;

/// A message for a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::simulator) struct Message {
    /// When it was sent, in the account's time.
    pub(in crate::simulator) at: Duration,
    pub(in crate::simulator) queue_url: String,
    pub(in crate::simulator) body: String,
}

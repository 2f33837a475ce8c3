//! What a test does to the queues beside calling them.

use super::{Delivery, name};
use crate::simulator::Simulator;
use crate::simulator::account::State;

/// Amazon SQS.
#[cfg_attr(docsrs, doc(cfg(feature = "sqs")))]
impl Simulator {
    /// Creates a standard queue, unless it is there; returns its URL.
    #[must_use = "the URL is what requests name"]
    pub fn create_queue(&self, queue: &str) -> String {
        let mut state = self.account.now();
        let State { world, sqs, .. } = &mut *state;
        sqs.queues.entry(queue.to_owned()).or_default();
        format!(
            "https://sqs.{}.amazonaws.com/{}/{queue}",
            world.region, world.account_id
        )
    }

    /// Puts a message into a queue, as another service does. Without such a queue it is lost.
    pub fn send_message(&self, queue_url: &str, body: &str) {
        let mut state = self.account.now();
        let State { world, sqs, .. } = &mut *state;
        sqs.deliver(world, queue_url, body);
    }

    /// The bodies of the messages of a queue that have not been deleted, visible or not.
    #[must_use]
    pub fn messages(&self, queue_url: &str) -> Vec<String> {
        let state = self.account.now();
        let queue = state.sqs.queues.get(name(queue_url));
        queue.map(|queue| queue.bodies()).unwrap_or_default()
    }

    /// Has messages of a queue go to another one once they have been received so often.
    pub fn set_redrive(&self, queue_url: &str, dead_letter_url: &str, max_receives: u32) {
        let mut state = self.account.now();
        if let Some(queue) = state.sqs.queues.get_mut(name(queue_url)) {
            queue.redrive = Some((dead_letter_url.to_owned(), max_receives));
        }
    }

    /// Sets how messages reach the queues from now on.
    pub fn set_delivery(&self, delivery: Delivery) {
        self.account.now().sqs.delivery = delivery;
    }
}

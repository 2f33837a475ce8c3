//! One queue.

use std::collections::BTreeMap;
use std::time::Duration;

use http::StatusCode;

use super::refused;
use crate::simulator::refusal::Refusal;
use crate::simulator::world::World;
use crate::sqs::{Message, MessageAttributeValue};

/// A queue and what is in it.
#[derive(Debug, Default)]
pub(super) struct Queue {
    held: Vec<Held>,
    /// Where messages go that were received too often: URL and how often.
    pub(super) redrive: Option<(String, u32)>,
}

/// What a message is, whatever has become of it.
#[derive(Debug)]
pub(super) struct Content {
    id: String,
    body: String,
    sent_at: Duration,
    /// The sender's own.
    pub(super) attributes: BTreeMap<String, MessageAttributeValue>,
}

impl Content {
    pub(super) fn new(id: String, body: String, sent_at: Duration) -> Self {
        Self {
            id,
            body,
            sent_at,
            attributes: BTreeMap::new(),
        }
    }
}

#[derive(Debug)]
struct Held {
    content: Content,
    visible_at: Duration,
    first_received: Option<Duration>,
    receives: u32,
    /// Of the last receive; older ones are worth nothing any more.
    receipt: Option<String>,
}

/// What a receive brings.
#[derive(Debug, Default)]
pub(super) struct Received {
    pub(super) messages: Vec<Message>,
    pub(super) dead_letter_queue: Option<String>,
    /// What goes there.
    pub(super) dead: Vec<Content>,
}

impl Queue {
    pub(super) fn put(&mut self, content: Content, visible_at: Duration) {
        self.held.push(Held {
            content,
            visible_at,
            first_received: None,
            receives: 0,
            receipt: None,
        });
        self.held.sort_by_key(|held| held.visible_at);
    }

    /// Whether a receive would bring something. What it would only move away does not count.
    pub(super) fn has_visible(&self, now: Duration) -> bool {
        let most = self.redrive.as_ref().map_or(u32::MAX, |(_, most)| *most);
        let mut visible = self.held.iter().filter(|held| held.visible_at <= now);
        visible.any(|held| held.receives < most)
    }

    /// The bodies of what has not been deleted, visible or not.
    pub(super) fn bodies(&self) -> Vec<String> {
        self.held
            .iter()
            .map(|held| held.content.body.clone())
            .collect()
    }

    pub(super) fn receive(
        &mut self,
        most: usize,
        timeout: Duration,
        world: &mut World,
    ) -> Received {
        let now = world.now;
        let mut received = Received::default();
        if let Some((target, most)) = &self.redrive {
            received.dead_letter_queue = Some(target.clone());
            let is_dead = |held: &Held| held.visible_at <= now && held.receives >= *most;
            let (dead, alive) = std::mem::take(&mut self.held)
                .into_iter()
                .partition(is_dead);
            self.held = alive;
            let dead: Vec<Held> = dead;
            received.dead = dead.into_iter().map(|held| held.content).collect();
        }
        let visible = self.held.iter_mut().filter(|held| held.visible_at <= now);
        for held in visible.take(most) {
            held.receives += 1;
            held.first_received.get_or_insert(now);
            held.visible_at = now.saturating_add(timeout);
            let receipt = format!("{}#{}#{}", held.content.id, held.receives, world.hex(16));
            held.receipt = Some(receipt.clone());
            received.messages.push(held.message(receipt, world));
        }
        received
    }

    pub(super) fn delete(&mut self, receipt: &str) -> Result<(), Refusal> {
        check(receipt)?;
        // One of an older receive is accepted and does nothing.
        self.held
            .retain(|held| held.receipt.as_deref() != Some(receipt));
        Ok(())
    }

    pub(super) fn hide(
        &mut self,
        receipt: &str,
        now: Duration,
        timeout: Duration,
    ) -> Result<(), Refusal> {
        check(receipt)?;
        let held = self
            .held
            .iter_mut()
            .find(|held| held.receipt.as_deref() == Some(receipt));
        match held {
            Some(held) if held.visible_at > now => {
                held.visible_at = now.saturating_add(timeout);
                Ok(())
            }
            _ => Err(refused(
                "MessageNotInflight",
                "The message referred to is not in flight.",
            )),
        }
    }
}

impl Held {
    fn message(&self, receipt: String, world: &World) -> Message {
        let millis = |at: Duration| {
            let secs = world.date(at).as_secs_f64();
            format!("{:.0}", secs * 1000.0)
        };
        let attributes = [
            ("ApproximateReceiveCount", self.receives.to_string()),
            (
                "ApproximateFirstReceiveTimestamp",
                millis(self.first_received.unwrap_or(world.now)),
            ),
            ("SentTimestamp", millis(self.content.sent_at)),
            ("SenderId", world.account_id.clone()),
        ];
        Message {
            message_id: Some(self.content.id.clone()),
            receipt_handle: Some(receipt),
            body: Some(self.content.body.clone()),
            attributes: attributes
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            message_attributes: self.content.attributes.clone(),
            ..Message::default()
        }
    }
}

fn check(receipt: &str) -> Result<(), Refusal> {
    if receipt.split('#').count() == 3 {
        return Ok(());
    }
    let message = format!("The input receipt handle \"{receipt}\" is not a valid receipt handle.");
    Err(refused("ReceiptHandleIsInvalid", &message).with_status(StatusCode::NOT_FOUND))
}

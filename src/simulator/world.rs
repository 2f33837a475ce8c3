//! What the services of a simulated account have in common.

use std::sync::Arc;
use std::time::Duration;

use super::clock::Clock;
use super::throttle::Throttle;
use crate::wire::Timestamp;

/// Time, names and chance, as one request finds them.
#[derive(Debug)]
pub(super) struct World {
    pub(super) clock: Arc<Clock>,
    /// The account's time, which stands still while a request is carried out.
    pub(super) now: Duration,
    pub(super) region: String,
    pub(super) account_id: String,
    pub(super) random: fastrand::Rng,
    pub(super) throttle: Throttle,
}

impl World {
    /// The date at a point of the account's time.
    pub(super) fn date(&self, at: Duration) -> Timestamp {
        self.clock.at(at).into()
    }

    /// `arn:aws:ecs:us-east-1:123456789012:cluster/default`.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        format!(
            "arn:aws:{service}:{}:{}:{resource}",
            self.region, self.account_id
        )
    }

    /// Hexadecimal digits by chance.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        (0..digits).map(|_| self.random.digit(16)).collect()
    }

    /// A UUID of version 4.
    pub(super) fn uuid(&mut self) -> String {
        let variant = self.random.choice(['8', '9', 'a', 'b']).unwrap_or('8');
        format!(
            "{}-{}-4{}-{variant}{}-{}",
            self.hex(8),
            self.hex(4),
            self.hex(3),
            self.hex(3),
            self.hex(12)
        )
    }
}

//! What can go wrong between a service that sends a message and the queue.

use std::time::Duration;

use crate::simulator::world::World;

/// How messages reach queues that other services send: a standard queue delivers at least once,
/// and in any order. What a program sends itself arrives once, but late as well.
///
/// ```
/// use std::time::Duration;
/// use longshore::simulator::{Delivery, Simulator};
///
/// let simulator = Simulator::new();
/// simulator.set_delivery(Delivery::new().twice(0.2).late(Duration::from_secs(10)));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use = "it holds once it is given to a simulator"]
pub struct Delivery {
    twice: f64,
    lost: f64,
    late: Duration,
}

impl Delivery {
    /// Once, at once, in order.
    pub fn new() -> Self {
        Self::default()
    }

    /// Delivers a message twice with this probability.
    pub fn twice(mut self, probability: f64) -> Self {
        self.twice = probability;
        self
    }

    /// Loses a message with this probability, as EventBridge may at worst.
    pub fn lost(mut self, probability: f64) -> Self {
        self.lost = probability;
        self
    }

    /// Delivers messages up to so much late, each by itself, so that they overtake one another.
    pub fn late(mut self, most: Duration) -> Self {
        self.late = most;
        self
    }

    pub(super) fn times(&self, world: &mut World) -> usize {
        match world.random.f64() {
            chance if chance < self.lost => 0,
            chance if chance >= 1.0 - self.twice => 2,
            _ => 1,
        }
    }

    pub(super) fn delay(&self, world: &mut World) -> Duration {
        self.late.mul_f64(world.random.f64())
    }
}

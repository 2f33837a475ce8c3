//! Simulated time.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// Two times that begin together: that of the outside, which signatures and quotas go by, and that
/// of the simulated account, which may run faster and can be moved forward.
#[derive(Debug)]
pub(super) struct Clock {
    origin: SystemTime,
    started: Instant,
    speed: f64,
    skipped: Mutex<Duration>,
}

impl Clock {
    pub(super) fn new(origin: SystemTime, speed: f64) -> Self {
        Self {
            origin,
            started: Instant::now(),
            speed,
            skipped: Mutex::default(),
        }
    }

    /// How long the simulator has been there.
    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// What time it is outside.
    pub(super) fn wall(&self) -> SystemTime {
        self.at(self.elapsed())
    }

    /// How long the account has been there, in its own time.
    pub(super) fn simulated(&self) -> Duration {
        let run = self.elapsed().as_secs_f64() * self.speed;
        let run = Duration::try_from_secs_f64(run).unwrap_or(Duration::MAX);
        run.saturating_add(*self.skipped.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How long something takes outside that takes so long in the account; at least a millisecond.
    #[cfg(feature = "sqs")]
    pub(super) fn outside(&self, simulated: Duration) -> Duration {
        let secs = simulated.as_secs_f64() / self.speed;
        let secs = Duration::try_from_secs_f64(secs).unwrap_or(simulated);
        secs.max(Duration::from_millis(1))
    }

    /// The date at a distance from the beginning.
    pub(super) fn at(&self, distance: Duration) -> SystemTime {
        self.origin.checked_add(distance).unwrap_or(self.origin)
    }

    /// Moves the account's time forward.
    pub(super) fn skip(&self, distance: Duration) {
        let mut skipped = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        *skipped = skipped.saturating_add(distance);
    }
}

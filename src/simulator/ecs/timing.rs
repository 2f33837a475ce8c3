//! How long things take.

use std::time::Duration;

/// How long tasks take from state to state, in the account's time.
///
/// ```
/// use std::time::Duration;
/// use longshore::simulator::{Simulator, Timing};
///
/// let mut timing = Timing::steady();
/// timing.pending = Duration::from_secs(40);
/// let simulator = Simulator::builder().timing(timing).build();
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Timing {
    /// PROVISIONING, which tasks with a network interface of their own have. 5 seconds.
    pub provisioning: Duration,
    /// PENDING, in which the image is pulled. 5 seconds.
    pub pending: Duration,
    /// ACTIVATING. 1 second.
    pub activating: Duration,
    /// DEACTIVATING, before SIGTERM is sent. 1 second.
    pub deactivating: Duration,
    /// What STOPPING takes after the last container has ended. 1 second.
    pub stopping: Duration,
    /// DEPROVISIONING, which tasks with a network interface of their own have. 5 seconds.
    pub deprovisioning: Duration,
    /// The time from SIGTERM to SIGKILL for containers whose definition sets no `stopTimeout`.
    /// 30 seconds.
    pub stop_timeout: Duration,
    /// How long a stopped task can be described. 1 hour.
    pub retention: Duration,
    /// How long it takes until a line that a container has written can be read. 1.5 seconds.
    pub log_delay: Duration,
    /// How far the states' times vary by chance, as a part of them. 0.2.
    pub jitter: f64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            provisioning: Duration::from_secs(5),
            pending: Duration::from_secs(5),
            activating: Duration::from_secs(1),
            deactivating: Duration::from_secs(1),
            stopping: Duration::from_secs(1),
            deprovisioning: Duration::from_secs(5),
            stop_timeout: Duration::from_secs(30),
            retention: Duration::from_secs(60 * 60),
            log_delay: Duration::from_millis(1500),
            jitter: 0.2,
        }
    }
}

impl Timing {
    /// The default times without jitter, for tests that name times.
    #[must_use]
    pub fn steady() -> Self {
        Self {
            jitter: 0.0,
            ..Self::default()
        }
    }

    /// The times for one task: the states' with jitter, the others as they are.
    pub(super) fn drawn(&self, random: &mut fastrand::Rng) -> Self {
        let jitter = if self.jitter.is_finite() {
            self.jitter.clamp(0.0, 1.0)
        } else {
            0.0
        };
        let mut vary = |time: Duration| {
            let factor = 1.0 + jitter * (random.f64() * 2.0 - 1.0);
            Duration::try_from_secs_f64(time.as_secs_f64() * factor).unwrap_or(time)
        };
        Self {
            provisioning: vary(self.provisioning),
            pending: vary(self.pending),
            activating: vary(self.activating),
            deactivating: vary(self.deactivating),
            stopping: vary(self.stopping),
            deprovisioning: vary(self.deprovisioning),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_in_its_bounds_and_is_repeatable() {
        let timing = Timing::default();
        let mut random = fastrand::Rng::with_seed(3);
        let drawn: Vec<Timing> = (0..100).map(|_| timing.drawn(&mut random)).collect();
        assert!(
            drawn
                .iter()
                .all(|t| t.pending.as_secs_f64() >= 4.0 && t.pending.as_secs_f64() <= 6.0)
        );
        assert!(drawn.iter().any(|t| t.pending != timing.pending));
        assert!(drawn.iter().all(|t| t.stop_timeout == timing.stop_timeout));
        let mut again = fastrand::Rng::with_seed(3);
        assert_eq!(drawn[0], timing.drawn(&mut again));
    }

    #[test]
    fn steady_is_exact() {
        let timing = Timing::steady();
        assert_eq!(timing.drawn(&mut fastrand::Rng::with_seed(1)), timing);
    }
}

//! Request quotas, as the service enforces them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::refusal::Refusal;
use crate::operation::Quota;

/// Token buckets by the names of their quotas.
#[derive(Debug)]
pub(super) struct Throttle {
    on: bool,
    /// The outside's time: quotas are not sped up with the account.
    pub(super) now: Duration,
    buckets: BTreeMap<&'static str, Bucket>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Duration,
}

impl Throttle {
    pub(super) fn new(on: bool) -> Self {
        Self {
            on,
            now: Duration::ZERO,
            buckets: BTreeMap::new(),
        }
    }

    pub(super) fn turn(&mut self, on: bool) {
        self.on = on;
        self.buckets.clear();
    }

    /// Takes tokens, all or none.
    ///
    /// # Errors
    ///
    /// The throttle, when there are too few.
    pub(super) fn take(&mut self, quota: &Quota, count: u32) -> Result<(), Refusal> {
        if !self.on {
            return Ok(());
        }
        let burst = f64::from(quota.burst);
        let now = self.now;
        let bucket = self.buckets.entry(quota.name).or_insert(Bucket {
            tokens: burst,
            at: now,
        });
        let passed = now.saturating_sub(bucket.at).as_secs_f64();
        bucket.at = now;
        bucket.tokens = (bucket.tokens + passed * f64::from(quota.per_second)).min(burst);
        let count = f64::from(count);
        // A hair of tolerance: sums of fractions must not refuse a whole token.
        if bucket.tokens + 1e-9 < count {
            return Err(Refusal::throttled());
        }
        bucket.tokens -= count;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota {
        name: "test",
        burst: 3,
        per_second: 2,
    };

    #[test]
    fn burst_then_rate() {
        let mut throttle = Throttle::new(true);
        for _ in 0..3 {
            assert!(throttle.take(&QUOTA, 1).is_ok());
        }
        let refusal = throttle.take(&QUOTA, 1).unwrap_err();
        assert_eq!(refusal.code, "ThrottlingException");
        throttle.now = Duration::from_millis(500);
        assert!(throttle.take(&QUOTA, 1).is_ok());
        assert!(throttle.take(&QUOTA, 1).is_err());
    }

    #[test]
    fn several_are_taken_together_or_not_at_all() {
        let mut throttle = Throttle::new(true);
        assert!(throttle.take(&QUOTA, 4).is_err());
        assert!(throttle.take(&QUOTA, 3).is_ok());
    }

    #[test]
    fn off_is_off() {
        let mut throttle = Throttle::new(false);
        assert!((0..1000).all(|_| throttle.take(&QUOTA, 1).is_ok()));
    }
}

//! The part of the read quota that all waiting of a client may use.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::pacing::Bucket;

/// Shared by the watchers of a client, one for each cluster.
#[derive(Debug)]
pub(super) struct Budget {
    epoch: Instant,
    bucket: Mutex<Bucket>,
    /// How many groups all watchers have.
    groups: AtomicUsize,
}

impl Budget {
    /// So many calls a second.
    pub(super) fn new(rate: f64) -> Self {
        Self {
            epoch: Instant::now(),
            // Half a second's worth may come at once: new tasks need not wait for old ones.
            bucket: Mutex::new(Bucket::new((rate / 2.0).max(1.0), rate)),
            groups: AtomicUsize::new(0),
        }
    }

    /// Takes a call, or tells how long it takes until there is one.
    pub(super) fn try_take(&self) -> Result<(), Duration> {
        self.bucket().try_take(self.epoch.elapsed())
    }

    /// Notes a throttle: for a while there are half as many calls.
    pub(super) fn throttled(&self) {
        self.bucket().throttled(self.epoch.elapsed());
    }

    /// How long it takes to look at every group once.
    pub(super) fn sweep(&self) -> Duration {
        let rate = self.bucket().rate(self.epoch.elapsed());
        let groups = u32::try_from(self.groups.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
        Duration::try_from_secs_f64(f64::from(groups) / rate).unwrap_or(Duration::MAX)
    }

    /// How many groups there are.
    pub(super) fn groups(&self) -> u32 {
        u32::try_from(self.groups.load(Ordering::Relaxed)).unwrap_or(u32::MAX)
    }

    pub(super) fn group_added(&self) {
        self.groups.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn group_removed(&self) {
        self.groups.fetch_sub(1, Ordering::Relaxed);
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_sweep_takes_longer_with_more_groups_and_after_throttles() {
        let budget = Budget::new(10.0);
        for _ in 0..100 {
            budget.group_added();
        }
        assert_eq!(budget.sweep(), Duration::from_secs(10));
        budget.throttled();
        assert_eq!(budget.sweep(), Duration::from_secs(20));
        tokio::time::advance(Duration::from_secs(30)).await;
        assert_eq!(budget.sweep(), Duration::from_secs(10));
        budget.group_removed();
        assert_eq!(budget.groups(), 99);
    }

    #[tokio::test(start_paused = true)]
    async fn calls_come_at_its_rate() {
        let budget = Budget::new(10.0);
        let at_once = (0..8).filter(|_| budget.try_take().is_ok()).count();
        assert_eq!(at_once, 5);
        let wait = budget.try_take().unwrap_err();
        assert_eq!(wait, Duration::from_millis(100));
        tokio::time::advance(wait).await;
        assert_eq!(budget.try_take(), Ok(()));
        assert!(budget.try_take().is_err());
    }
}

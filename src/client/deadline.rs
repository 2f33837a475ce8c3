//! When a call must be over.

use std::time::Duration;

use tokio::time::{Instant, Timeout, timeout_at};

use crate::error::TimeoutError;

/// Longer than any program runs.
const FAR: Duration = Duration::from_secs(30 * 365 * 86_400);

/// The end of a call's time. Every wait of a call goes through it, so that a call has one timer at
/// a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    at: Instant,
    timeout: Duration,
}

fn after(timeout: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(timeout).unwrap_or(now + FAR)
}

impl Deadline {
    pub(super) fn after(timeout: Duration) -> Self {
        Self {
            at: after(timeout),
            timeout,
        }
    }

    /// Whether the call is over before so much time has passed.
    pub(super) fn is_before(self, pause: Duration) -> bool {
        self.at <= after(pause)
    }

    /// Works until the call's time is over.
    pub(super) fn bound<F: Future>(self, work: F) -> Timeout<F> {
        timeout_at(self.at, work)
    }

    /// What is said if it is.
    pub(super) fn missed(self) -> TimeoutError {
        TimeoutError::Call(self.timeout)
    }

    /// Works until an attempt's time is over, or the call's; with what is said if it is.
    pub(super) fn bound_attempt<F: Future>(
        self,
        limit: Duration,
        work: F,
    ) -> (Timeout<F>, TimeoutError) {
        let own = after(limit);
        if own <= self.at {
            (timeout_at(own, work), TimeoutError::Attempt(limit))
        } else {
            (self.bound(work), self.missed())
        }
    }
}

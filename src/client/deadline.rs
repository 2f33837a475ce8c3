//! When a call must be over.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::error::TimeoutError;

/// The end of a call's time. Every wait of a call goes through it, so that a call has one timer at
/// a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    /// `None` is beyond all time.
    at: Option<Instant>,
    timeout: Duration,
}

impl Deadline {
    pub(super) fn after(timeout: Duration) -> Self {
        Self {
            at: Instant::now().checked_add(timeout),
            timeout,
        }
    }

    /// Whether the call is over before so much time has passed.
    pub(super) fn is_before(self, pause: Duration) -> bool {
        match (Instant::now().checked_add(pause), self.at) {
            (Some(then), Some(end)) => end <= then,
            (then, _) => then.is_none(),
        }
    }

    /// Works until the call's time is over.
    ///
    /// # Errors
    ///
    /// [`TimeoutError::Call`].
    pub(super) async fn bound<F: Future>(self, work: F) -> Result<F::Output, TimeoutError> {
        match self.at {
            Some(end) => {
                (timeout_at(end, work).await).map_err(|_| TimeoutError::Call(self.timeout))
            }
            None => Ok(work.await),
        }
    }

    /// Works until an attempt's time is over, or the call's.
    ///
    /// # Errors
    ///
    /// Either of [`TimeoutError`].
    pub(super) async fn bound_attempt<F: Future>(
        self,
        limit: Duration,
        work: F,
    ) -> Result<F::Output, TimeoutError> {
        let own = Instant::now().checked_add(limit);
        match own.filter(|own| self.at.is_none_or(|end| *own <= end)) {
            Some(own) => (timeout_at(own, work).await).map_err(|_| TimeoutError::Attempt(limit)),
            None => self.bound(work).await,
        }
    }
}

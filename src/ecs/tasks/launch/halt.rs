//! Ending a launch early, without leaving open what it has started.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// Told to a launch whose tasks are no longer wanted. A request that may have been carried out is
/// followed up all the same, until it is known what it did.
#[derive(Debug, Default)]
pub(in crate::ecs::tasks) struct Halt {
    called: AtomicBool,
    notify: Notify,
}

impl Halt {
    pub(in crate::ecs::tasks) fn call(&self) {
        self.called.store(true, Ordering::Release);
        self.notify.notify_waiters();
    }

    /// Sleeps until then; `false` if it was called off.
    pub(super) async fn sleep_until(&self, at: Instant) -> bool {
        let called = self.notify.notified();
        tokio::pin!(called);
        called.as_mut().enable();
        !self.called.load(Ordering::Acquire) && timeout_at(at, called).await.is_err()
    }
}

//! The background task of a watcher, which looks at each group when that is due.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::poll;
use super::watcher::Watcher;

impl Watcher {
    /// Sees to it that somebody looks. Outside of a runtime nobody can; the first wait will.
    pub(in crate::ecs::tasks) fn start(self: &Arc<Self>) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if self.take_wheel() {
            runtime.spawn(drive(Wheel(self.clone())));
        }
    }
}

/// Held by the driver; given back when it ends, be it with its runtime.
struct Wheel(Arc<Watcher>);

impl Drop for Wheel {
    fn drop(&mut self) {
        self.0.leave_wheel();
    }
}

async fn drive(wheel: Wheel) {
    let watcher = &wheel.0;
    while let Some((due, next)) = watcher.take_due() {
        for group in due {
            tokio::spawn(poll::look(watcher.clone(), group));
        }
        // Both mean the same: there may be something to do.
        let _ = tokio::time::timeout_at(next, watcher.wake.notified()).await;
    }
}

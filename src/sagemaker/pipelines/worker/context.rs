//! What a handler learns while it runs.

use tokio::sync::watch;

/// How far a worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Running,
    /// No message is taken any more.
    Draining,
    /// The handlers are dropped.
    Over,
}

/// What a handler learns while it runs: whether the execution is to stop, and whether the worker
/// is.
#[derive(Debug, Clone)]
pub struct CallbackContext {
    pub(super) stopping: watch::Receiver<bool>,
    pub(super) phase: watch::Receiver<Phase>,
}

impl CallbackContext {
    /// Whether the execution is to stop, which it does once the handler answers.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Returns when the execution is to stop; never, if it is not.
    pub async fn stopping(&self) {
        if self
            .stopping
            .clone()
            .wait_for(|stopping| *stopping)
            .await
            .is_err()
        {
            std::future::pending().await
        }
    }

    /// Whether the worker shuts down, and the handler will be dropped after its grace.
    #[must_use]
    pub fn is_shutting_down(&self) -> bool {
        *self.phase.borrow() > Phase::Running
    }

    /// Returns when the worker shuts down.
    pub async fn shutting_down(&self) {
        reached(&self.phase, Phase::Draining).await;
    }
}

/// Returns when a worker is in this phase, or beyond.
pub(super) async fn reached(phase: &watch::Receiver<Phase>, wanted: Phase) {
    if phase
        .clone()
        .wait_for(|phase| *phase >= wanted)
        .await
        .is_err()
    {
        std::future::pending().await
    }
}

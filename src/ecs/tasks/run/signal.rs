//! What ends a run before its task does.

use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::RunFailure;
use crate::transport::BoxFuture;

/// Why a run is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    Cancelled,
    Deadline(Duration),
}

impl Stop {
    pub(super) fn failure(self) -> RunFailure {
        match self {
            Self::Cancelled => RunFailure::Cancelled,
            Self::Deadline(after) => RunFailure::Deadline(after),
        }
    }
}

/// The caller's cancellation and the deadline. Once one has come, it stays.
pub(super) struct Signal<'a> {
    cancel: BoxFuture<'a, ()>,
    deadline: BoxFuture<'a, ()>,
    after: Duration,
    end: Option<Instant>,
    fired: Option<Stop>,
}

impl<'a> Signal<'a> {
    pub(super) fn new(cancel: Option<BoxFuture<'a, ()>>, after: Duration) -> Self {
        // A deadline beyond all time is none.
        let end = Instant::now().checked_add(after);
        Self {
            cancel: cancel.unwrap_or_else(|| Box::pin(pending())),
            deadline: match end {
                Some(end) => Box::pin(sleep_until(end)),
                None => Box::pin(pending()),
            },
            after,
            end,
            fired: None,
        }
    }

    pub(super) fn fired(&self) -> Option<Stop> {
        self.fired
    }

    pub(super) fn time_left(&self) -> Duration {
        match self.end {
            Some(end) => end.saturating_duration_since(Instant::now()),
            None => self.after,
        }
    }

    /// Goes on with some work until it is done, or there is a reason to end.
    pub(super) async fn race<F: Future + Unpin>(
        &mut self,
        work: &mut F,
    ) -> Result<F::Output, Stop> {
        let mut work = pin!(work);
        poll_fn(|context| {
            if self.fired.is_none() {
                if Pin::new(&mut self.cancel).poll(context).is_ready() {
                    self.fired = Some(Stop::Cancelled);
                } else if Pin::new(&mut self.deadline).poll(context).is_ready() {
                    self.fired = Some(Stop::Deadline(self.after));
                }
            }
            match self.fired {
                Some(stop) => Poll::Ready(Err(stop)),
                None => work.as_mut().poll(context).map(Ok),
            }
        })
        .await
    }
}

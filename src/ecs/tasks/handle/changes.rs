//! The changes of a task, as they are seen.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::{TaskError, TaskHandle};
use crate::ecs::Task;
use crate::ecs::tasks::watch::{End, Wanted};
use crate::transport::BoxFuture;

impl TaskHandle {
    /// The task as it is, and then each change of it that is seen, up to the last. Changes between
    /// two looks come as one, and so do those for which nobody asks the stream in time.
    ///
    /// The stream ends when the task has stopped. [`outcome`](Self::outcome) then tells how.
    ///
    /// # Errors
    ///
    /// A [`TaskError`] ends it: the task is unknown, or a call fails in a way that does not pass.
    #[must_use = "a stream does nothing until it is polled"]
    pub fn changes(&self) -> Changes {
        let state = self.entry.state();
        let (is_known, is_over) = (state.status.is_some(), state.end.is_some());
        drop(state);
        let wanted = self.entry.want();
        if is_known && !is_over {
            self.watcher.look_now(&self.entry, true);
        }
        Changes {
            handle: self.clone(),
            _wanted: wanted,
            seen: None,
            is_over: false,
            next: None,
        }
    }
}

/// The changes of a task: see [`TaskHandle::changes`].
#[must_use = "a stream does nothing until it is polled"]
pub struct Changes {
    handle: TaskHandle,
    _wanted: Wanted,
    seen: Option<Arc<Task>>,
    is_over: bool,
    next: Option<BoxFuture<'static, Result<Next, TaskError>>>,
}

#[derive(Debug)]
enum Next {
    Task(Arc<Task>),
    Last(Arc<Task>),
    End,
}

impl Stream for Changes {
    type Item = Result<Arc<Task>, TaskError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.is_over {
            return Poll::Ready(None);
        }
        let next = this
            .next
            .get_or_insert_with(|| Box::pin(next(this.handle.clone(), this.seen.clone())));
        let result = ready!(next.as_mut().poll(context));
        this.next = None;
        let item = match result {
            Ok(Next::Task(task)) => {
                this.seen = Some(task.clone());
                return Poll::Ready(Some(Ok(task)));
            }
            Ok(Next::Last(task)) => Some(Ok(task)),
            Ok(Next::End) => None,
            Err(error) => Some(Err(error)),
        };
        this.is_over = true;
        Poll::Ready(item)
    }
}

async fn next(handle: TaskHandle, seen: Option<Arc<Task>>) -> Result<Next, TaskError> {
    handle
        .until("changed", std::time::Duration::MAX, |handle, state| {
            match &state.end {
                Some(End::NotFound) => return Some(Err(handle.not_found())),
                // Nobody has seen how an expired task stopped.
                Some(End::Outcome(outcome)) if outcome.stopped_unseen() => {
                    return Some(Ok(Next::End));
                }
                Some(End::Outcome(outcome)) => {
                    return Some(Ok(Next::Last(outcome.task.clone())));
                }
                None => {}
            }
            let task = state.task.as_ref()?;
            let is_new = seen.as_ref().is_none_or(|seen| !Arc::ptr_eq(seen, task));
            is_new.then(|| Ok(Next::Task(task.clone())))
        })
        .await
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes")
            .field("handle", &self.handle)
            .finish_non_exhaustive()
    }
}

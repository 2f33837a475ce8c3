//! Several futures at once, in the task that awaits them.

use std::future::poll_fn;
use std::task::Poll;

use crate::transport::BoxFuture;

/// Runs what `next` gives, at most `most` at a time, until it gives nothing more and all has ended.
/// It is asked again whenever one of them has ended.
pub(super) async fn run<'a, T>(
    most: usize,
    mut next: impl FnMut() -> Option<BoxFuture<'a, T>>,
) -> Vec<T> {
    let mut working: Vec<BoxFuture<'a, T>> = Vec::with_capacity(most);
    let mut done = Vec::new();
    poll_fn(|cx| {
        let mut fresh = 0;
        loop {
            // The first `fresh` of them are pending and were polled in this turn.
            while fresh < working.len() {
                match working[fresh].as_mut().poll(cx) {
                    Poll::Ready(result) => {
                        drop(working.swap_remove(fresh));
                        done.push(result);
                    }
                    Poll::Pending => fresh += 1,
                }
            }
            if working.len() == most {
                return Poll::Pending;
            }
            match next() {
                Some(future) => working.push(future),
                None if working.is_empty() => return Poll::Ready(()),
                None => return Poll::Pending,
            }
        }
    })
    .await;
    done
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn never_more_than_allowed_and_all_of_them() {
        let working = AtomicUsize::new(0);
        let mut numbers = 0..20_u64;
        let done = run(8, || {
            let number = numbers.next()?;
            let working = &working;
            Some(Box::pin(async move {
                assert!(working.fetch_add(1, Ordering::Relaxed) < 8);
                if number % 5 != 0 {
                    tokio::time::sleep(Duration::from_secs(number % 3)).await;
                }
                working.fetch_sub(1, Ordering::Relaxed);
                number
            }) as BoxFuture<'_, u64>)
        })
        .await;
        let mut sorted = done.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..20).collect::<Vec<_>>());
        assert_ne!(done, sorted);
        assert_eq!(run(8, || None::<BoxFuture<'_, ()>>).await, []);
    }
}

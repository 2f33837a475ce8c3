//! The first of two futures.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

pub(super) enum Either<A, B> {
    Left(A),
    Right(B),
}

/// Awaits two futures until one is ready; the other is dropped. Of two that are, the first counts.
pub(super) async fn race<A, B>(
    left: impl Future<Output = A>,
    right: impl Future<Output = B>,
) -> Either<A, B> {
    let (mut left, mut right) = (pin!(left), pin!(right));
    poll_fn(|cx| {
        if let Poll::Ready(value) = left.as_mut().poll(cx) {
            return Poll::Ready(Either::Left(value));
        }
        right.as_mut().poll(cx).map(Either::Right)
    })
    .await
}

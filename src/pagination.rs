//! Lists that are answered page by page, as streams.

use std::collections::hash_map::RandomState;
use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::hash::BuildHasher as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::call::Call;
use crate::client::{CallSettings, Runtime};
use crate::error::{DecodeError, Error};
use crate::operation::Operation;
use crate::transport::BoxFuture;

/// A request whose answer comes in pages.
pub trait Paginated: Operation + Clone {
    /// What the pages list.
    type Item: Send;

    /// Asks for the page of a token.
    fn set_token(&mut self, token: String);

    /// The token of the page after this one; none, or an empty one, after the last.
    fn next_token(response: &Self::Response) -> Option<&str>;

    /// What a page lists.
    fn items(response: Self::Response) -> Vec<Self::Item>;
}

impl<'a, O: Paginated + 'a> Call<'a, O> {
    /// The answers, page by page. A page is asked for when the stream is polled for it.
    #[must_use = "a stream does nothing until it is polled"]
    pub fn pages(self) -> Pages<'a, O> {
        let (runtime, request, settings) = self.parts();
        Pages {
            runtime,
            settings,
            state: State::Ready(request),
            tokens: HashSet::new(),
            hasher: RandomState::new(),
        }
    }

    /// What the pages list, one by one.
    #[must_use = "a stream does nothing until it is polled"]
    pub fn items(self) -> Items<'a, O> {
        Items {
            pages: self.pages(),
            waiting: VecDeque::new(),
        }
    }
}

/// The pages of a list: a `Stream` that ends after the last page or the first error.
pub struct Pages<'a, O: Paginated> {
    runtime: &'a Runtime,
    settings: CallSettings,
    state: State<'a, O>,
    /// Hashes of the tokens so far: a list whose tokens come again has no end.
    tokens: HashSet<u64>,
    hasher: RandomState,
}

enum State<'a, O: Paginated> {
    Ready(O),
    Asking(O, BoxFuture<'a, Result<O::Response, Error>>),
    Done,
}

impl<'a, O: Paginated + Unpin + 'a> Stream for Pages<'a, O> {
    type Item = Result<O::Response, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            match std::mem::replace(&mut this.state, State::Done) {
                State::Done => return Poll::Ready(None),
                State::Ready(request) => {
                    let call =
                        Call::new(this.runtime, request.clone()).with_settings(this.settings);
                    this.state = State::Asking(request, call.into_future());
                }
                State::Asking(mut request, mut answer) => {
                    let Poll::Ready(result) = answer.as_mut().poll(context) else {
                        this.state = State::Asking(request, answer);
                        return Poll::Pending;
                    };
                    let response = match result {
                        Ok(response) => response,
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    };
                    if let Some(token) = O::next_token(&response).filter(|token| !token.is_empty())
                    {
                        if !this.tokens.insert(this.hasher.hash_one(token)) {
                            return Poll::Ready(Some(Err(repeated::<O>())));
                        }
                        request.set_token(token.to_owned());
                        this.state = State::Ready(request);
                    }
                    return Poll::Ready(Some(Ok(response)));
                }
            }
        }
    }
}

/// A service that sends a token again would be asked for ever.
fn repeated<O: Operation>() -> Error {
    Error::Decode(Box::new(DecodeError {
        operation: O::INFO.name.into(),
        status: 200,
        request_id: None,
        attempts: 1,
        problem: "the answer's page token is one that was there before, so the list would never \
                  end"
        .to_owned(),
    }))
}

impl<O: Paginated> fmt::Debug for Pages<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("operation", &O::INFO.name)
            .finish_non_exhaustive()
    }
}

/// What the pages of a list hold: a `Stream` that ends after the last item or the first error.
pub struct Items<'a, O: Paginated> {
    pages: Pages<'a, O>,
    waiting: VecDeque<O::Item>,
}

impl<'a, O: Paginated + Unpin + 'a> Stream for Items<'a, O>
where
    O::Item: Unpin,
{
    type Item = Result<O::Item, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(item) = this.waiting.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(Pin::new(&mut this.pages).poll_next(context)) {
                Some(Ok(page)) => this.waiting.extend(O::items(page)),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<O: Paginated> fmt::Debug for Items<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("operation", &O::INFO.name)
            .finish_non_exhaustive()
    }
}

//! Waiting: one operation, polled until acceptors, a schedule and a deadline end it.
//!
//! A wait owns its clock: each poll is a single attempt, and what a call would try again is polled
//! again. Throttles and passing faults never end a wait; its deadline does. An error that will not
//! pass (access denied, say) ends it at once.

mod error;
#[doc(hidden)]
pub mod matchers;
mod schedule;

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

pub use error::{WaitError, WaitFailure};
pub use schedule::{InvalidSchedule, Schedule};

use crate::call::Call;
use crate::client::Runtime;
use crate::error::Error;
use crate::operation::Operation;
use crate::transport::BoxFuture;

/// A waiter of the model.
#[derive(Debug)]
pub struct Waiter<R: 'static> {
    /// Its name in the model.
    pub name: &'static str,
    /// The pause between polls, unless a schedule is set.
    pub delay: Duration,
    /// How many polls fit into the deadline, unless one is set.
    pub max_polls: u32,
    /// What ends it. The first that matches counts.
    pub acceptors: &'static [Acceptor<R>],
}

/// What an answer means for a wait.
pub struct Acceptor<R> {
    /// When it matches, in words.
    pub when: &'static str,
    /// What a match means.
    pub verdict: Verdict,
    /// Whether an answer matches.
    pub matches: fn(&Result<R, Error>) -> bool,
}

impl<R> fmt::Debug for Acceptor<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} when {}", self.verdict, self.when)
    }
}

/// The meaning of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The wait is over: what it was for has come.
    Success,
    /// The wait is over: what it was for will not come.
    Failure,
    /// The wait goes on.
    Retry,
}

/// A poll that did not end the wait, for progress.
#[derive(Debug)]
#[non_exhaustive]
pub struct Poll<'a, R> {
    /// Which poll, from 1.
    pub number: u32,
    /// How long the wait has been going on.
    pub elapsed: Duration,
    /// What the service answered.
    pub answer: &'a Result<R, Error>,
}

/// A wait that ended well.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Waited<R> {
    /// The answer that ended it; none where an error was what it waited for.
    pub response: Option<R>,
    /// How many polls it took.
    pub polls: u32,
    /// How long it took.
    pub elapsed: Duration,
}

pub(crate) type Judge<'a, R> =
    Box<dyn FnMut(&Result<R, Error>) -> Option<(Verdict, &'static str)> + Send + 'a>;
pub(crate) type OnPoll<'a, R> = Box<dyn FnMut(Poll<'_, R>) + Send + 'a>;

/// A wait that is about to begin: `.await` begins it, settings can be given before.
///
/// ```no_run
/// # async fn example(ecs: longshore::ecs::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use longshore::ecs::DescribeTasksRequest;
/// use longshore::wait::Schedule;
///
/// let request = DescribeTasksRequest::new(["0123456789abcdef"]).cluster("jobs");
/// let waited = ecs
///     .wait_until_tasks_stopped(request)
///     .schedule(Schedule::eventual_consistency())
///     .deadline(Duration::from_secs(3600))
///     .on_poll(|poll| println!("after {:?}: poll {}", poll.elapsed, poll.number))
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a wait does nothing until it is awaited"]
pub struct Wait<'a, O: Operation> {
    runtime: &'a Runtime,
    request: O,
    name: &'static str,
    judge: Judge<'a, O::Response>,
    schedule: Schedule,
    deadline: Duration,
    on_poll: Option<OnPoll<'a, O::Response>>,
}

impl<'a, O: Operation + Clone> Wait<'a, O> {
    /// A wait by a waiter of the model.
    pub fn new(runtime: &'a Runtime, request: O, waiter: &'static Waiter<O::Response>) -> Self {
        let judge = |answer: &Result<O::Response, Error>| {
            let met = waiter
                .acceptors
                .iter()
                .find(|acceptor| (acceptor.matches)(answer))?;
            Some((met.verdict, met.when))
        };
        Self {
            runtime,
            request,
            name: waiter.name,
            judge: Box::new(judge),
            schedule: Schedule::every(waiter.delay),
            deadline: waiter.delay * waiter.max_polls,
            on_poll: None,
        }
    }

    /// A wait by a closure.
    pub fn custom(
        runtime: &'a Runtime,
        request: O,
        mut judge: impl FnMut(&Result<O::Response, Error>) -> Option<Verdict> + Send + 'a,
    ) -> Self {
        Self {
            runtime,
            request,
            name: O::INFO.name,
            judge: Box::new(move |answer| Some((judge(answer)?, "the condition was met"))),
            schedule: Schedule::every(Duration::from_secs(6)),
            deadline: Duration::from_secs(600),
            on_poll: None,
        }
    }

    /// Sets the pauses between polls.
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.schedule = schedule;
        self
    }

    /// Sets how long the wait may take. A poll that is under way when it ends is given up.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets what is called after each poll, the last included.
    pub fn on_poll(mut self, hook: impl FnMut(Poll<'_, O::Response>) + Send + 'a) -> Self {
        self.on_poll = Some(Box::new(hook));
        self
    }

    async fn run(self) -> Result<Waited<O::Response>, WaitError<O::Response>> {
        let Self {
            runtime, request, ..
        } = self;
        let polling = Polling {
            name: self.name,
            judge: self.judge,
            schedule: self.schedule,
            deadline: self.deadline,
            on_poll: self.on_poll,
        };
        let poll = move || {
            Call::new(runtime, request.clone())
                .max_attempts(1)
                .into_future()
        };
        polling.run(poll).await
    }
}

impl<'a, O: Operation + Clone + 'a> IntoFuture for Wait<'a, O> {
    type Output = Result<Waited<O::Response>, WaitError<O::Response>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<O: Operation> fmt::Debug for Wait<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait")
            .field("name", &self.name)
            .field("schedule", &self.schedule)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// What a wait does, whatever it is that it polls.
pub(crate) struct Polling<'a, R> {
    pub(crate) name: &'static str,
    pub(crate) judge: Judge<'a, R>,
    pub(crate) schedule: Schedule,
    pub(crate) deadline: Duration,
    pub(crate) on_poll: Option<OnPoll<'a, R>>,
}

impl<R> Polling<'_, R> {
    /// Polls until it is over. A poll makes no more than one attempt of a call.
    pub(crate) async fn run<'p>(
        mut self,
        mut poll: impl FnMut() -> BoxFuture<'p, Result<R, Error>>,
    ) -> Result<Waited<R>, WaitError<R>> {
        let begun = Instant::now();
        let end = begun.checked_add(self.deadline);
        let mut pauses = self.schedule.pauses();
        let mut state = Progress {
            polls: 0,
            last: None,
            last_error: None,
        };
        loop {
            let answer = match end {
                Some(end) => match tokio::time::timeout_at(end, poll()).await {
                    Ok(answer) => answer,
                    Err(_) => {
                        return Err(state.failed(
                            self.name,
                            WaitFailure::Deadline,
                            begun.elapsed(),
                        ));
                    }
                },
                None => poll().await,
            };
            state.polls += 1;
            let elapsed = begun.elapsed();
            if let Some(hook) = &mut self.on_poll {
                hook(Poll {
                    number: state.polls,
                    elapsed,
                    answer: &answer,
                });
            }
            let verdict = (self.judge)(&answer);
            let passes = answer.as_ref().map_or_else(Error::is_retryable, |_| true);
            match verdict {
                Some((Verdict::Success, _)) => {
                    let response = answer.ok();
                    return Ok(Waited {
                        response,
                        polls: state.polls,
                        elapsed,
                    });
                }
                Some((Verdict::Failure, when)) => {
                    state.keep(answer);
                    return Err(state.failed(self.name, WaitFailure::Failed { when }, elapsed));
                }
                None if !passes => {
                    state.keep(answer);
                    return Err(state.failed(self.name, WaitFailure::Call, elapsed));
                }
                Some((Verdict::Retry, _)) | None => state.keep(answer),
            }
            let Some(pause) = pauses.next() else {
                return Err(state.failed(self.name, WaitFailure::ScheduleEnded, elapsed));
            };
            let next = Instant::now().checked_add(pause);
            let last = match (next, end) {
                (_, None) => None,
                (Some(next), Some(end)) => (next >= end).then_some(end),
                (None, Some(end)) => Some(end),
            };
            if let Some(end) = last {
                tokio::time::sleep_until(end).await;
                return Err(state.failed(self.name, WaitFailure::Deadline, begun.elapsed()));
            }
            tokio::time::sleep(pause).await;
        }
    }
}

/// What a wait has seen.
#[derive(Debug)]
struct Progress<R> {
    polls: u32,
    last: Option<R>,
    last_error: Option<Error>,
}

impl<R> Progress<R> {
    /// Keeps the last answer and the last error; an answer clears the error.
    fn keep(&mut self, answer: Result<R, Error>) {
        match answer {
            Ok(response) => {
                self.last = Some(response);
                self.last_error = None;
            }
            Err(error) => self.last_error = Some(error),
        }
    }

    fn failed(self, waiter: &'static str, failure: WaitFailure, elapsed: Duration) -> WaitError<R> {
        WaitError {
            waiter,
            failure,
            polls: self.polls,
            elapsed,
            last: self.last.map(Box::new),
            last_error: self.last_error.map(Box::new),
        }
    }
}

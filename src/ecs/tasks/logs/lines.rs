//! The output of a task, line by line.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use tokio::time::Instant;

use super::place::Place;
use super::{LogLocation, NoLog};
use crate::ecs::tasks::{TaskError, TaskHandle};
use crate::ecs::{DescribeTaskDefinitionRequest, Task, TaskDefinition};
use crate::error::Error;
use crate::logs;
use crate::transport::BoxFuture;
use crate::wire::Timestamp;

/// The pauses between reads that bring nothing new.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long after a task's end lines may still come in.
const SETTLE: Duration = Duration::from_secs(10);
/// An answer of so many lines or bytes is likely to have more behind it.
const FULL: (usize, usize) = (1000, 1 << 18);

/// A line of a container's output.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogLine {
    /// When it was written.
    pub timestamp: Option<Timestamp>,
    /// The line, without its end.
    pub message: String,
}

/// Why the output of a task cannot be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum LogError {
    /// It is not in CloudWatch Logs.
    Nowhere(NoLog),
    /// It is in another region than the client for CloudWatch Logs is for.
    #[non_exhaustive]
    Elsewhere {
        /// The region of the log.
        region: String,
    },
    /// The task cannot be watched.
    Task(Box<TaskError>),
    /// A call failed in a way that does not pass.
    Call(Error),
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere(error) => write!(f, "{error}"),
            Self::Elsewhere { region } => write!(
                f,
                "the log is in the region {region}; read it with a client for that region"
            ),
            Self::Task(error) => write!(f, "{error}"),
            Self::Call(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for LogError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Nowhere(_) | Self::Elsewhere { .. } => None,
            Self::Task(error) => error.source(),
            Self::Call(error) => error.source(),
        }
    }
}

impl TaskHandle {
    /// The output of the task's container, from its first line on: a `Stream` that ends only when
    /// the task has stopped and a last read, 10 seconds later at least, has brought nothing more.
    ///
    /// Of several containers, the first essential one's; see [`LogLines::container`]. Lines are
    /// asked for every second while they come, every 5 seconds while they do not, and without a
    /// pause while there are many. Throttles and passing faults are waited out. The stream can be
    /// dropped at any time.
    ///
    /// # Errors
    ///
    /// An item that is a [`LogError`] ends the stream.
    #[inline]
    pub fn logs(&self, logs: &logs::Client) -> LogLines {
        LogLines {
            tail: Some(Box::new(Tail {
                handle: self.clone(),
                logs: logs.clone(),
                container: None,
                location: None,
                place: Place::default(),
                pause: Duration::ZERO,
                over_at: None,
                refusals: self.refusals(),
            })),
            next: None,
            lines: VecDeque::new(),
        }
    }
}

/// The output of a task: see [`TaskHandle::logs`].
#[must_use = "a stream does nothing until it is polled"]
pub struct LogLines {
    /// Where reading is; `None` while a read is under way, and at the end.
    tail: Option<Box<Tail>>,
    next: Option<BoxFuture<'static, Step>>,
    lines: VecDeque<LogLine>,
}

/// What a read brought; without a tail it was the last.
type Step = (Option<Box<Tail>>, Result<Vec<LogLine>, LogError>);

struct Tail {
    handle: TaskHandle,
    logs: logs::Client,
    container: Option<String>,
    location: Option<LogLocation>,
    place: Place,
    pause: Duration,
    /// When the task was first seen stopped.
    over_at: Option<Instant>,
    /// How many looks at the task had been refused when the stream was made.
    refusals: u32,
}

impl LogLines {
    /// Sets whose output it is, by the container's name; before the first line was asked for.
    pub fn container(mut self, name: impl Into<String>) -> Self {
        if let Some(tail) = &mut self.tail {
            tail.container = Some(name.into());
        }
        self
    }
}

impl Stream for LogLines {
    type Item = Result<LogLine, LogError>;

    #[inline] // as all that leads to a call
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(line) = this.lines.pop_front() {
                return Poll::Ready(Some(Ok(line)));
            }
            if let Some(tail) = this.tail.take() {
                this.next = Some(Box::pin(tail.step()));
            }
            let Some(next) = &mut this.next else {
                return Poll::Ready(None);
            };
            let (tail, result) = ready!(next.as_mut().poll(context));
            this.next = None;
            this.tail = tail;
            match result {
                Ok(lines) => this.lines.extend(lines),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

impl Tail {
    #[inline]
    async fn step(mut self: Box<Self>) -> Step {
        match self.read().await {
            Ok((lines, true)) => (None, Ok(lines)),
            Ok((lines, false)) => (Some(self), Ok(lines)),
            Err(error) => (None, Err(error)),
        }
    }

    /// Reads once; tells whether that was the last time.
    #[inline]
    async fn read(&mut self) -> Result<(Vec<LogLine>, bool), LogError> {
        let location = match &self.location {
            Some(location) => location.clone(),
            None => self.locate().await?,
        };
        tokio::time::sleep(self.pause).await;
        // Judged before the read: what comes in during it is not missed.
        if self.over_at.is_none() && self.handle.is_over() {
            self.over_at = Some(Instant::now());
        }
        let has_settled = self.over_at.is_some_and(|at| at.elapsed() >= SETTLE);
        let request = self.place.request(&location);
        self.location = Some(location);
        let answer = match self.logs.get_log_events(request).await {
            Ok(answer) => answer,
            // A stream is there from its first line on.
            Err(Error::ResourceNotFound { .. }) => {
                self.slow_down();
                self.check_watch()?;
                return Ok((Vec::new(), has_settled));
            }
            Err(error) if self.waits_out(&error) => return Ok((Vec::new(), false)),
            Err(error) => return Err(LogError::Call(error)),
        };
        let (events, is_end) = self.place.take(answer.next_forward_token, answer.events);
        let lines: Vec<LogLine> = events
            .into_iter()
            .map(|event| LogLine {
                timestamp: event.timestamp.map(Timestamp::from_millis),
                message: event.message.unwrap_or_default(),
            })
            .collect();
        let bytes: usize = lines.iter().map(|line| line.message.len()).sum();
        match (lines.len(), is_end) {
            (0, true) => self.slow_down(),
            (0, false) => self.pause = Duration::ZERO,
            (count, _) if count >= FULL.0 || bytes >= FULL.1 => self.pause = Duration::ZERO,
            _ => self.pause = FIRST_PAUSE,
        }
        if lines.is_empty() && is_end {
            self.check_watch()?;
            return Ok((lines, has_settled));
        }
        Ok((lines, false))
    }

    /// Without a look at the task its end would never be known.
    fn check_watch(&self) -> Result<(), LogError> {
        match self.handle.refused_since(self.refusals) {
            Some(error) => Err(LogError::Task(Box::new(error))),
            None => Ok(()),
        }
    }

    /// Whether an error is one to try again after, if more slowly: it passes, or the token is too
    /// old.
    fn waits_out(&mut self, error: &Error) -> bool {
        let is_about_token = matches!(error, Error::InvalidParameter(_));
        let passes = error.is_retryable() || is_about_token && self.place.drop_token();
        if passes {
            tracing::debug!(%error, "reading a log failed");
            self.slow_down();
        }
        passes
    }

    fn slow_down(&mut self) {
        self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
    }

    /// Finds out where the output is, as soon as that can be told.
    #[inline]
    async fn locate(&mut self) -> Result<LogLocation, LogError> {
        let mut changes = self.handle.changes();
        let mut definition = None;
        loop {
            let next = poll_fn(|context| Pin::new(&mut changes).poll_next(context)).await;
            let (task, is_last) = match next {
                Some(Ok(task)) => (task, false),
                Some(Err(error)) => return Err(LogError::Task(Box::new(error))),
                None => match self.handle.outcome() {
                    Some(outcome) => (outcome.task, true),
                    None => (Arc::default(), true),
                },
            };
            let definition: &TaskDefinition = match &definition {
                Some(definition) => definition,
                None => definition.insert(self.definition(&task).await?),
            };
            let container = match &self.container {
                Some(name) => name.clone(),
                None => first_essential(definition),
            };
            match LogLocation::of(&task, definition, &container) {
                Ok(location) => return self.own_region(location),
                // Its name comes with the container's start.
                Err(NoLog::NotStarted) if !is_last => {}
                Err(error) => return Err(LogError::Nowhere(error)),
            }
        }
    }

    #[inline]
    async fn definition(&mut self, task: &Task) -> Result<TaskDefinition, LogError> {
        loop {
            let request = DescribeTaskDefinitionRequest::new(&task.task_definition_arn);
            let ecs = self.handle.client();
            match ecs.describe_task_definition(request).await {
                Ok(answer) => {
                    self.pause = Duration::ZERO;
                    return Ok(answer.task_definition.unwrap_or_default());
                }
                Err(error) if self.waits_out(&error) => tokio::time::sleep(self.pause).await,
                Err(error) => return Err(LogError::Call(error)),
            }
        }
    }

    fn own_region(&self, location: LogLocation) -> Result<LogLocation, LogError> {
        match &location.region {
            Some(region) if region != self.logs.runtime().region() => Err(LogError::Elsewhere {
                region: region.clone(),
            }),
            _ => Ok(location),
        }
    }
}

fn first_essential(definition: &TaskDefinition) -> String {
    let mut containers = definition.container_definitions.iter();
    let first = containers.find(|container| container.essential != Some(false));
    first.and_then(|one| one.name.clone()).unwrap_or_default()
}

impl fmt::Debug for LogLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogLines")
            .field("waiting", &self.lines.len())
            .finish_non_exhaustive()
    }
}

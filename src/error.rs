//! The crate's error, and what can be asked of it.

mod answer;
mod generated;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

pub use generated::Error;

pub(crate) use answer::{is_clock_skew, is_expired, parse, request_id};

use crate::operation::Service;
use crate::wire::{Decode, Read};

/// What a service answered when it refused.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ServiceError {
    /// The operation that was called.
    pub operation: Cow<'static, str>,
    /// The error code, without namespace: `ClusterNotFoundException`.
    pub code: String,
    /// The service's own sentence; empty if it sent none.
    pub message: String,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The request's id, which AWS support asks for.
    pub request_id: Option<String>,
    /// How often the call was tried.
    pub attempts: u32,
    /// How long the service asks to wait before another try.
    pub retry_after: Option<Duration>,
    /// Members of the answer beside code and message.
    pub details: serde_json::Map<String, serde_json::Value>,
    is_about_room: bool,
}

impl ServiceError {
    /// A member of the answer beside code and message; the default where it is missing or of
    /// another type.
    #[must_use]
    pub fn detail<T: Decode + Default>(&self, member: &str) -> T {
        let value = self.details.get(member).cloned().unwrap_or_default();
        serde_json::from_value::<Read<Option<T>>>(value)
            .ok()
            .and_then(|read| read.0)
            .unwrap_or_default()
    }

    /// All members of the answer beside code and message, as a type of the model.
    #[must_use]
    pub fn all_details<T: Decode + Default>(&self) -> T {
        serde_json::from_value::<Read<T>>(serde_json::Value::Object(self.details.clone()))
            .map(|read| read.0)
            .unwrap_or_default()
    }

    /// Whether there was no room, in the words of the service.
    pub(crate) fn is_about_room(&self) -> bool {
        self.is_about_room
    }

    /// Whether the service asks for fewer requests, in whatever dress.
    #[must_use]
    pub fn is_throttle(&self) -> bool {
        answer::is_throttle(&self.code, self.status, &self.message)
    }
}

impl fmt::Debug for ServiceError {
    /// The details are shown by name only: they can hold what a request held.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let details: Vec<&String> = self.details.keys().collect();
        f.debug_struct("ServiceError")
            .field("operation", &self.operation)
            .field("code", &self.code)
            .field("message", &self.message)
            .field("status", &self.status)
            .field("request_id", &self.request_id)
            .field("attempts", &self.attempts)
            .field("retry_after", &self.retry_after)
            .field("details", &details)
            .finish()
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, OneLine(&self.code))?;
        if !self.message.is_empty() {
            write!(f, ": {}", OneLine(&self.message))?;
        }
        write!(f, " (HTTP {}", self.status)?;
        if let Some(id) = &self.request_id {
            write!(f, ", request {}", OneLine(id))?;
        }
        write!(f, ", {})", Attempts(self.attempts))
    }
}

impl std::error::Error for ServiceError {}

/// A call that got no answer, and why.
#[derive(Debug)]
#[non_exhaustive]
pub struct Unanswered<E> {
    /// The operation that was called.
    pub operation: Cow<'static, str>,
    /// How often it was tried; 0 when nothing was sent.
    pub attempts: u32,
    /// Why there is no answer.
    pub cause: E,
}

impl<E> Unanswered<E> {
    pub(crate) fn boxed(operation: Cow<'static, str>, attempts: u32, cause: E) -> Box<Self> {
        Box::new(Self {
            operation,
            attempts,
            cause,
        })
    }
}

impl<E: fmt::Display> fmt::Display for Unanswered<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} ({})",
            self.operation,
            self.cause,
            Attempts(self.attempts)
        )
    }
}

impl<E: std::error::Error> std::error::Error for Unanswered<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.source()
    }
}

/// Which time ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeoutError {
    /// One attempt took too long.
    #[error("no answer within {}; raise the attempt timeout if the network is this slow", Seconds(*.0))]
    Attempt(Duration),
    /// The whole call took too long, with its attempts and the pauses between them.
    #[error("not done within {}, the timeout of the whole call", Seconds(*.0))]
    Call(Duration),
}

/// A request that was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {problem}; nothing was sent")]
#[non_exhaustive]
pub struct InvalidRequest {
    /// The operation that was to be called.
    pub operation: Cow<'static, str>,
    /// What is wrong, with the member's path.
    pub problem: String,
}

impl InvalidRequest {
    pub(crate) fn error(
        operation: impl Into<Cow<'static, str>>,
        problem: impl Into<String>,
    ) -> Error {
        Error::InvalidRequest(Box::new(Self {
            operation: operation.into(),
            problem: problem.into(),
        }))
    }
}

/// An answer that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeError {
    /// The operation that was called.
    pub operation: Cow<'static, str>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The request's id, if the answer has one.
    pub request_id: Option<String>,
    /// How often the call was tried.
    pub attempts: u32,
    /// What is wrong with the answer.
    pub problem: String,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} (HTTP {}",
            self.operation, self.problem, self.status
        )?;
        if let Some(id) = &self.request_id {
            write!(f, ", request {}", OneLine(id))?;
        }
        write!(f, ", {})", Attempts(self.attempts))
    }
}

impl std::error::Error for DecodeError {}

impl fmt::Debug for Error {
    /// The variant and its one line, as `main` prints an error that it returns; with what there is
    /// further down in the alternate form, `{:#?}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:?})", self.name(), self.to_string())?;
        if f.alternate() {
            let mut cause = std::error::Error::source(self);
            while let Some(error) = cause {
                write!(f, "\n  caused by: {error}")?;
                cause = error.source();
            }
        }
        Ok(())
    }
}

impl Error {
    /// The error code, if the service sent one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.service_error().map(|error| error.code.as_str())
    }

    /// The service's own sentence, if it sent one.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.service_error().map(|error| error.message.as_str())
    }

    /// The HTTP status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Decode(error) => Some(error.status),
            other => other.service_error().map(|error| error.status),
        }
    }

    /// The request's id, which AWS support asks for.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Decode(error) => error.request_id.as_deref(),
            other => other.service_error()?.request_id.as_deref(),
        }
    }

    /// How often the call was tried; 0 when nothing was sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        match self {
            Self::Transport(error) => error.attempts,
            Self::Timeout(error) => error.attempts,
            Self::Credentials(error) => error.attempts,
            Self::Config(_) | Self::InvalidRequest(_) => 0,
            Self::Decode(error) => error.attempts,
            other => other.service_error().map_or(0, |error| error.attempts),
        }
    }

    /// Whether the service asks for fewer requests.
    #[must_use]
    pub fn is_throttle(&self) -> bool {
        matches!(self, Self::Throttled(_))
    }

    /// Whether the same call may well succeed later: throttles, faults of the service, lost
    /// connections, timeouts. Whether it may be *sent again* is another question; see
    /// [`RetrySafety`](crate::operation::RetrySafety).
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Throttled(_) | Self::Timeout(_) => true,
            Self::Transport(error) => error.cause.is_transient(),
            other => other
                .service_error()
                .is_some_and(|error| answer::is_transient(&error.code, error.status)),
        }
    }

    /// Whether there was no room: the service lacks capacity, or a quota of tasks is used up for
    /// now.
    #[must_use]
    pub fn is_capacity(&self) -> bool {
        self.service_error()
            .is_some_and(ServiceError::is_about_room)
    }

    /// Notes what the service means by its codes and phrases.
    pub(crate) fn in_words_of(mut self, service: &Service) -> Self {
        if let Some(error) = self.service_error_mut() {
            let says = |sign: &&str| error.code == *sign || error.message.contains(sign);
            error.is_about_room = service.no_room.iter().any(says);
        }
        self
    }

    /// The error of a service's answer, in the variant for its code.
    pub(crate) fn of_service(error: ServiceError) -> Self {
        if error.is_throttle() {
            Self::Throttled(Box::new(error))
        } else {
            Self::of_code(Box::new(error))
        }
    }

    /// Notes how often the call was tried.
    pub(crate) fn with_attempts(mut self, count: u32) -> Self {
        match &mut self {
            Self::Transport(error) => error.attempts = count,
            Self::Timeout(error) => error.attempts = count,
            Self::Credentials(error) => error.attempts = count,
            Self::Decode(error) => error.attempts = count,
            other => {
                if let Some(error) = other.service_error_mut() {
                    error.attempts = count;
                }
            }
        }
        self
    }
}

/// `1 attempt`, `3 attempts`, `nothing was sent`.
struct Attempts(u32);

impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("nothing was sent"),
            1 => f.write_str("1 attempt"),
            n => write!(f, "{n} attempts"),
        }
    }
}

/// `30 s`, `0.5 s`.
pub(crate) struct Seconds(pub(crate) Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0.as_secs_f64() * 10.0).round() / 10.0;
        write!(f, "{tenths} s")
    }
}

/// Text from outside on one line, of a length that can be read.
pub(crate) struct OneLine<'a>(pub(crate) &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 1000;
        for (count, c) in self.0.trim().chars().enumerate() {
            if count == MOST {
                return f.write_str("…");
            }
            fmt::Write::write_char(f, if c.is_control() { ' ' } else { c })?;
        }
        Ok(())
    }
}

//! Changes of tasks as EventBridge tells them.

#[cfg(feature = "sqs")]
mod feed;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde_json::value::RawValue;

use crate::ecs::Task;
use crate::error::OneLine;
use crate::wire::{self, Timestamp};

#[cfg(feature = "sqs")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqs")))]
pub use feed::{EventFeed, FeedProgress};

const SOURCE: &str = "aws.ecs";
const DETAIL_TYPE: &str = "ECS Task State Change";
/// How much of what is no event an error shows.
const SHOWN: usize = 80;

/// An EventBridge event that tells the change of a task
/// ([form](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html)).
///
/// ```
/// use longshore::ecs::tasks::TaskStateChange;
///
/// let text = r#"{"source": "aws.ecs", "detail-type": "ECS Task State Change", "id": "1",
///     "time": "2026-11-21T10:00:00Z", "region": "us-east-1", "account": "123456789012",
///     "detail": {"taskArn": "arn:aws:ecs:us-east-1:123456789012:task/jobs/0a", "version": 4,
///         "lastStatus": "RUNNING", "startedAt": "2026-11-21T09:59:58.123Z"}}"#;
/// let event = TaskStateChange::parse(text)?;
/// assert_eq!(event.task.version, 4);
/// # Ok::<_, longshore::ecs::tasks::EventError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TaskStateChange {
    /// The event's own id.
    pub id: String,
    /// When the change was.
    pub time: Option<Timestamp>,
    /// The account of the task.
    pub account: String,
    /// The region of the task.
    pub region: String,
    /// The task after the change.
    pub task: Task,
}

/// Text that is no event of a task's change.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventError {
    /// It is an event, of something else.
    #[non_exhaustive]
    Other {
        /// Its source, such as `aws.ec2`.
        source: String,
        /// Its type, such as `ECS Deployment State Change`.
        detail_type: String,
    },
    /// It is no event.
    #[non_exhaustive]
    Unreadable {
        /// What is wrong with it.
        problem: String,
        /// How it begins.
        start: String,
    },
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other {
                source,
                detail_type,
            } => write!(
                f,
                "an event of {}: {}",
                OneLine(source),
                OneLine(detail_type)
            ),
            Self::Unreadable { problem, start } => {
                write!(f, "no event: {problem}; it begins `{start}`")
            }
        }
    }
}

impl std::error::Error for EventError {}

impl TaskStateChange {
    /// Reads an event as EventBridge sends it, or as SNS passes it on.
    ///
    /// # Errors
    ///
    /// Text that is no event, or an event of something else.
    #[inline] // as is all of it: programs without events compile nothing of them
    pub fn parse(text: &str) -> Result<Self, EventError> {
        let envelope = envelope(text)?;
        let task = wire::from_json::<Task>(&envelope.detail)
            .map_err(|error| unreadable(text, &format!("its detail is no task: {error}")))?;
        if task.task_arn.is_empty() {
            return Err(unreadable(text, "its detail has no taskArn"));
        }
        Ok(Self {
            id: envelope.id,
            time: envelope.time,
            account: envelope.account,
            region: envelope.region,
            task,
        })
    }
}

/// An event whose detail is still text.
#[doc(hidden)]
#[derive(Debug)]
struct Envelope {
    id: String,
    time: Option<Timestamp>,
    account: String,
    region: String,
    detail: String,
}

type Members<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

#[inline]
fn envelope(text: &str) -> Result<Envelope, EventError> {
    let outer = members(text, text)?;
    // SNS wraps what it passes on
    // (https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html).
    let is_wrapped = string(&outer, "Type").as_deref() == Some("Notification");
    let inner = is_wrapped.then(|| string(&outer, "Message")).flatten();
    let members = match &inner {
        Some(inner) => members(inner, text)?,
        None => outer,
    };
    let member = |name| string(&members, name).unwrap_or_default();
    let (source, detail_type) = (member("source"), member("detail-type"));
    if source.is_empty() && detail_type.is_empty() {
        return Err(unreadable(text, "it has neither source nor detail-type"));
    }
    if source != SOURCE || detail_type != DETAIL_TYPE {
        return Err(EventError::Other {
            source,
            detail_type,
        });
    }
    let detail = members.get("detail");
    let detail = detail.ok_or_else(|| unreadable(text, "it has no detail"))?;
    Ok(Envelope {
        id: member("id"),
        time: member("time").parse().ok(),
        account: member("account"),
        region: member("region"),
        detail: detail.get().to_owned(),
    })
}

#[inline]
fn members<'a>(text: &'a str, whole: &str) -> Result<Members<'a>, EventError> {
    serde_json::from_str(text).map_err(|error| unreadable(whole, &error.to_string()))
}

#[inline]
fn string(members: &Members<'_>, name: &str) -> Option<String> {
    serde_json::from_str(members.get(name)?.get()).ok()
}

#[inline]
fn unreadable(text: &str, problem: &str) -> EventError {
    let start: String = text.trim_start().chars().take(SHOWN).collect();
    EventError::Unreadable {
        problem: OneLine(problem).to_string(),
        start: OneLine(&start).to_string(),
    }
}

#[cfg(test)]
mod tests;

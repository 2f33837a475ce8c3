//! Where the output of tasks is, and reading it.

#[cfg(feature = "logs")]
mod lines;
#[cfg(feature = "logs")]
mod place;

use std::fmt;

use super::name::TaskName;
use crate::ecs::{LogDriver, Task, TaskDefinition};
use crate::error::OneLine;

#[cfg(feature = "logs")]
#[cfg_attr(docsrs, doc(cfg(feature = "logs")))]
pub use lines::{LogError, LogLine, LogLines};

/// Where a container's output is in CloudWatch Logs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogLocation {
    /// The region, if the definition names one; it need not be the task's.
    pub region: Option<String>,
    /// The log group.
    pub group: String,
    /// The log stream.
    pub stream: String,
}

/// Why a container's output is not to be found in CloudWatch Logs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoLog {
    /// The task definition has no container of this name.
    Container(String),
    /// The container has another log driver, or none of its own.
    Driver(Option<LogDriver>),
    /// The definition names no log group.
    Group,
    /// Without a stream prefix the stream is called after the container's runtime id, and the
    /// container has not been started.
    NotStarted,
}

impl LogLocation {
    /// Where the output of a task's container is, by the log configuration of its definition: with
    /// a stream prefix, in `prefix/container/task-id`; without one, in a stream that has the
    /// container's runtime id for its name
    /// ([reference](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html)).
    ///
    /// # Errors
    ///
    /// The container does not exist or has no output in CloudWatch Logs.
    pub fn of(task: &Task, definition: &TaskDefinition, container: &str) -> Result<Self, NoLog> {
        let is_it = |name: &Option<String>| name.as_deref() == Some(container);
        let mut defined = definition.container_definitions.iter();
        let defined = defined.find(|one| is_it(&one.name));
        let defined = defined.ok_or_else(|| NoLog::Container(container.to_owned()))?;
        let configuration = defined.log_configuration.as_ref();
        let Some(configuration) = configuration.filter(|log| log.log_driver == LogDriver::Awslogs)
        else {
            return Err(NoLog::Driver(
                configuration.map(|log| log.log_driver.clone()),
            ));
        };
        let option = |name: &str| {
            let value = configuration.options.as_ref()?.get(name)?;
            (!value.is_empty()).then(|| value.clone())
        };
        let group = option("awslogs-group").ok_or(NoLog::Group)?;
        let stream = match option("awslogs-stream-prefix") {
            Some(prefix) => format!("{prefix}/{container}/{}", TaskName::of_task(task).1),
            None => {
                let mut containers = task.containers.iter();
                let started = containers.find(|one| one.name == container);
                let id = started.and_then(|one| one.runtime_id.clone());
                id.ok_or(NoLog::NotStarted)?
            }
        };
        Ok(Self {
            region: option("awslogs-region"),
            group,
            stream,
        })
    }
}

impl fmt::Display for NoLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container(name) => {
                write!(f, "the task definition has no container {}", OneLine(name))
            }
            Self::Driver(Some(driver)) => write!(
                f,
                "the container's log driver is {driver}; only awslogs writes to CloudWatch Logs"
            ),
            Self::Driver(None) => f.write_str("the container has no log configuration"),
            Self::Group => f.write_str("the container's log configuration names no awslogs-group"),
            Self::NotStarted => f.write_str(
                "without awslogs-stream-prefix the stream has no name before the container has \
                 been started",
            ),
        }
    }
}

impl std::error::Error for NoLog {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire;

    fn location(log: &str, container: &str) -> Result<LogLocation, NoLog> {
        let definition = format!(r#"{{"containerDefinitions":[{{"name":"main"{log}}}]}}"#);
        let definition = wire::from_json(&definition).unwrap();
        let task = r#"{"taskArn":"arn:aws:ecs:us-east-1:1:task/jobs/0a",
            "containers":[{"name":"main","runtimeId":"r1"}]}"#;
        LogLocation::of(&wire::from_json(task).unwrap(), &definition, container)
    }

    #[test]
    fn locations() {
        let awslogs = |options: &str| {
            format!(r#","logConfiguration":{{"logDriver":"awslogs","options":{{{options}}}}}"#)
        };
        let at = |region: Option<&str>, stream: &str| {
            Ok(LogLocation {
                region: region.map(str::to_owned),
                group: "/jobs".to_owned(),
                stream: stream.to_owned(),
            })
        };
        let full =
            r#""awslogs-group":"/jobs","awslogs-stream-prefix":"p","awslogs-region":"eu-west-1""#;
        assert_eq!(
            location(&awslogs(full), "main"),
            at(Some("eu-west-1"), "p/main/0a")
        );
        let bare = awslogs(r#""awslogs-group":"/jobs""#);
        assert_eq!(location(&bare, "main"), at(None, "r1"));
        assert_eq!(
            location(&bare, "side"),
            Err(NoLog::Container("side".to_owned()))
        );
        assert_eq!(location(&awslogs(""), "main"), Err(NoLog::Group));
        assert_eq!(location("", "main"), Err(NoLog::Driver(None)));
        let other = r#","logConfiguration":{"logDriver":"splunk"}"#;
        assert_eq!(
            location(other, "main").unwrap_err().to_string(),
            "the container's log driver is splunk; only awslogs writes to CloudWatch Logs"
        );
    }
}

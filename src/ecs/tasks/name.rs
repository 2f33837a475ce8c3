//! What tasks are called.

use crate::ecs::Task;

/// Cluster and id of a task, from its ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TaskName<'a> {
    /// `None` in the ARNs of the short form, which accounts could have until 2021.
    pub(super) cluster: Option<&'a str>,
    pub(super) id: &'a str,
    pub(super) region: &'a str,
}

impl<'a> TaskName<'a> {
    /// Reads `arn:aws:ecs:us-east-1:123456789012:task/default/0123`.
    pub(super) fn of_arn(arn: &'a str) -> Result<Self, &'static str> {
        let mut parts = arn.splitn(6, ':');
        let mut next = || parts.next().unwrap_or_default();
        let (scheme, partition, service) = (next(), next(), next());
        let (region, account, resource) = (next(), next(), next());
        if scheme != "arn" || partition.is_empty() || service != "ecs" {
            return Err("is no ARN of ECS");
        }
        if region.is_empty() || account.is_empty() {
            return Err("is an ARN without region or account");
        }
        let Some(path) = resource.strip_prefix("task/") else {
            return Err("is no task's ARN");
        };
        let (cluster, id) = match path.split_once('/') {
            Some((cluster, id)) => (Some(cluster), id),
            None => (None, path),
        };
        if !is_id(id) || cluster.is_some_and(|cluster| !is_cluster(cluster)) {
            return Err("is a task's ARN with characters that none has");
        }
        Ok(Self {
            cluster,
            id,
            region,
        })
    }

    /// Cluster and id of a task in an answer.
    pub(super) fn of_task(task: &'a Task) -> (Option<&'a str>, &'a str) {
        let cluster = cluster_name(&task.cluster_arn);
        match Self::of_arn(&task.task_arn) {
            Ok(name) => (name.cluster.or(cluster), name.id),
            Err(_) => (cluster, task.task_arn.as_str()),
        }
    }
}

/// The id at the end of an ARN, or the id itself.
pub(super) fn id_of(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

/// The name in a cluster's ARN, or the name itself; `None` where there is nothing.
pub(super) fn cluster_name(reference: &str) -> Option<&str> {
    let name = reference.rsplit('/').next().unwrap_or_default();
    (!name.is_empty()).then_some(name)
}

/// `arn:aws:ecs:us-east-1:123456789012:task-definition/sleep360:1` is of the family `sleep360`.
pub(super) fn family(definition: &str) -> &str {
    let name = definition.rsplit('/').next().unwrap_or_default();
    name.split(':').next().unwrap_or_default()
}

/// Whether this can be a task's id: 32 hexadecimal digits, or a UUID in older accounts. What else
/// other implementations of the API make up is let through, as long as it is one plain word.
pub(super) fn is_id(id: &str) -> bool {
    is_word(id)
}

/// Up to 255 letters, digits, hyphens and underscores
/// ([API reference](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html)).
pub(super) fn is_cluster(name: &str) -> bool {
    is_word(name)
}

fn is_word(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    !text.is_empty() && text.len() <= 255 && text.bytes().all(is_part)
}

/// For broken input.
#[cfg(test)]
pub(crate) fn fuzzed_arn(arn: &str) -> Result<(), String> {
    TaskName::of_arn(arn).map(drop).map_err(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns() {
        let name = |cluster, id| {
            Ok(TaskName {
                cluster,
                id,
                region: "us-east-1",
            })
        };
        let cases = [
            (
                "arn:aws:ecs:us-east-1:1:task/jobs/0a1b",
                name(Some("jobs"), "0a1b"),
            ),
            ("arn:aws:ecs:us-east-1:1:task/0a-1b", name(None, "0a-1b")),
            ("0a1b", Err("is no ARN of ECS")),
            (
                "arn:aws:s3:us-east-1:1:task/jobs/0a1b",
                Err("is no ARN of ECS"),
            ),
            (
                "arn:aws:ecs::1:task/jobs/0a1b",
                Err("is an ARN without region or account"),
            ),
            (
                "arn:aws:ecs:us-east-1:1:service/jobs/web",
                Err("is no task's ARN"),
            ),
            (
                "arn:aws:ecs:us-east-1:1:task/jobs/0a/1b",
                Err("is a task's ARN with characters that none has"),
            ),
            (
                "arn:aws:ecs:us-east-1:1:task/jobs/",
                Err("is a task's ARN with characters that none has"),
            ),
            (
                "arn:aws:ecs:us-east-1:1:task/jo\r\nbs/0a",
                Err("is a task's ARN with characters that none has"),
            ),
        ];
        for (arn, expected) in cases {
            assert_eq!(TaskName::of_arn(arn), expected, "{arn:?}");
        }
    }
}

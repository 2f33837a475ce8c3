//! StopTask, DescribeTasks and ListTasks.

use super::lifecycle::{Run, Stop};
use super::pages::{Wish, page};
use super::{Ecs, failure, named};
use crate::ecs::{
    Cluster, DescribeTasksRequest, DescribeTasksResponse, ListTasksRequest, ListTasksResponse,
    StopTaskRequest, StopTaskResponse, Task, TaskField, TaskStopCode,
};
use crate::simulator::refusal::Refusal;
use crate::simulator::world::World;

impl Ecs {
    /// A task by its ARN.
    pub(super) fn run(&self, arn: &str) -> Option<&Run> {
        self.runs
            .get(id(arn))
            .filter(|run| run.task.task_arn == arn)
    }

    /// The id of the task that a request names, by id or ARN, if it is of the cluster.
    fn task_id(&self, cluster: &Cluster, reference: &str) -> Result<Option<String>, Refusal> {
        let name = named(reference, "task");
        if reference.starts_with("arn:")
            && let Some((other, _)) = name.split_once('/')
            && other != cluster.cluster_name
        {
            let own = &cluster.cluster_name;
            let message = format!(
                "Invalid identifier: Identifier is for cluster {other}. Your cluster is {own}"
            );
            return Err(Refusal::invalid(message));
        }
        let id = id(reference);
        let is_arn = reference.starts_with("arn:");
        let run = self
            .runs
            .get(id)
            .filter(|run| run.task.cluster_arn == cluster.cluster_arn)
            .filter(|run| !is_arn || run.task.task_arn == reference);
        Ok(run.map(|_| id.to_owned()))
    }

    /// Stops a task, unless it is stopped or about to be.
    pub(super) fn stop(
        &mut self,
        world: &World,
        id: &str,
        code: TaskStopCode,
        reason: &str,
    ) -> Option<Task> {
        let run = self.runs.get_mut(id)?;
        let reason = reason.to_owned();
        run.stop(Stop { code, reason }, world.now, &world.clock);
        // States that take no time are over at once.
        run.advance(world.now, &world.clock);
        let task = run.task.clone();
        self.note(id.to_owned());
        Some(task)
    }

    pub(super) fn stop_task(
        &mut self,
        world: &mut World,
        request: StopTaskRequest,
    ) -> Result<StopTaskResponse, Refusal> {
        let cluster = self.cluster(request.cluster.as_deref())?;
        let id = self
            .task_id(cluster, &request.task)?
            .ok_or_else(|| Refusal::invalid("The referenced task was not found."))?;
        let reason = request.reason.as_deref().unwrap_or("Task stopped by user");
        if reason.chars().count() > 1024 {
            return Err(Refusal::invalid(
                "The reason can have at most 1024 characters.",
            ));
        }
        let task = self.stop(world, &id, TaskStopCode::UserInitiated, reason);
        Ok(StopTaskResponse { task })
    }

    pub(super) fn describe_tasks(
        &mut self,
        world: &mut World,
        request: DescribeTasksRequest,
    ) -> Result<DescribeTasksResponse, Refusal> {
        let cluster = self.cluster(request.cluster.as_deref())?;
        if request.tasks.len() > 100 {
            return Err(Refusal::invalid("Tasks cannot be more than 100."));
        }
        let with_tags = request
            .include
            .unwrap_or_default()
            .contains(&TaskField::Tags);
        let mut response = DescribeTasksResponse::default();
        for reference in &request.tasks {
            let known = self.task_id(cluster, reference)?;
            let run = known
                .and_then(|id| self.runs.get(&id))
                .filter(|run| run.visible_at <= world.now);
            let Some(run) = run else {
                let name = format!("task/{}/{}", cluster.cluster_name, id(reference));
                response
                    .failures
                    .push(failure(world.arn("ecs", &name), "MISSING"));
                continue;
            };
            let mut task = run.task.clone();
            if !with_tags {
                task.tags.clear();
            }
            response.tasks.push(task);
        }
        Ok(response)
    }

    pub(super) fn list_tasks(
        &mut self,
        world: &mut World,
        request: ListTasksRequest,
    ) -> Result<ListTasksResponse, Refusal> {
        let cluster = self.cluster(request.cluster.as_deref())?;
        let instance = match &request.container_instance {
            Some(reference) => {
                let instance = self.instance(&cluster.cluster_arn, reference);
                let instance = instance
                    .ok_or_else(|| Refusal::invalid("The container instance was not found."))?;
                Some(instance.arn())
            }
            None => None,
        };
        let desired = request
            .desired_status
            .as_ref()
            .map_or("RUNNING", |status| status.as_str());
        let group = request
            .service_name
            .as_deref()
            .map(|name| format!("service:{}", service(name)));
        let family_of = |task: &Task| {
            let name = named(&task.task_definition_arn, "task-definition");
            name.split(':').next().unwrap_or_default().to_owned()
        };
        let items = self
            .runs
            .iter()
            .filter(|(_, run)| run.visible_at <= world.now)
            .map(|(id, run)| (id, &run.task))
            .filter(|(_, task)| task.cluster_arn == cluster.cluster_arn)
            .filter(|(_, task)| task.desired_status.as_str() == desired)
            .filter(|(_, task)| {
                request
                    .family
                    .as_ref()
                    .is_none_or(|family| family_of(task) == *family)
            })
            .filter(|(_, task)| {
                request.started_by.is_none() || task.started_by == request.started_by
            })
            .filter(|(_, task)| {
                request.launch_type.is_none() || task.launch_type == request.launch_type
            })
            .filter(|(_, task)| {
                instance.is_none() || task.container_instance_arn.as_deref() == instance
            })
            .filter(|(_, task)| group.is_none() || task.group == group)
            .map(|(id, task)| (id.clone(), task.task_arn.clone()))
            .collect();
        let wish = Wish {
            token: request.next_token.as_deref(),
            size: request.max_results,
            descending: false,
        };
        let (task_arns, next_token) = page(items, &wish)?;
        Ok(ListTasksResponse {
            task_arns,
            next_token,
        })
    }
}

fn id(reference: &str) -> &str {
    named(reference, "task")
        .rsplit('/')
        .next()
        .unwrap_or_default()
}

/// The name in a service's ARN, or the name itself.
fn service(reference: &str) -> &str {
    named(reference, "service")
        .rsplit('/')
        .next()
        .unwrap_or_default()
}

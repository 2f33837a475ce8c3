//! RunTask and StartTask.

use super::form::{Home, Order};
use super::instances::missing_arn;
use super::placement::{Ground, room};
use super::{Ecs, failure, tags};
use crate::ecs::{
    Failure, LaunchType, NetworkConfiguration, PropagateTags, RunTaskRequest, RunTaskResponse,
    StartTaskRequest, StartTaskResponse, Tag, TaskOverride, TaskStatus,
};
use crate::operation::Quota;
use crate::simulator::refusal::Refusal;
use crate::simulator::world::World;

/// Fargate's own quotas, beside those of all RunTask calls.
const FARGATE_CALLS: Quota = Quota {
    name: "Fargate RunTask calls",
    burst: 20,
    per_second: 20,
};
const ON_DEMAND_LAUNCHES: Quota = Quota {
    name: "Fargate On-Demand launches",
    burst: 100,
    per_second: 20,
};
const SPOT_LAUNCHES: Quota = Quota {
    name: "Fargate Spot launches",
    burst: 100,
    per_second: 20,
};

const NO_CAPACITY: &str = "Capacity is unavailable at this time. Please try again later or in a different availability zone";

/// What both operations say of their tasks.
struct Wanted<'a> {
    cluster: Option<&'a str>,
    definition: &'a str,
    network: Option<&'a NetworkConfiguration>,
    overrides: Option<&'a TaskOverride>,
    tags: Option<&'a [Tag]>,
    propagate: Option<&'a PropagateTags>,
    managed_tags: bool,
    group: Option<&'a str>,
    started_by: Option<&'a str>,
    platform_version: Option<&'a str>,
    execute_command: bool,
}

impl Ecs {
    pub(super) fn run_task(
        &mut self,
        world: &mut World,
        request: RunTaskRequest,
    ) -> Result<RunTaskResponse, Refusal> {
        let count = usize::try_from(request.count.unwrap_or(1)).unwrap_or_default();
        if !(1..=10).contains(&count) {
            return Err(Refusal::invalid(
                "The count of tasks must be between 1 and 10.",
            ));
        }
        if request
            .client_token
            .as_ref()
            .is_some_and(|token| !(1..=64).contains(&token.chars().count()))
        {
            return Err(Refusal::invalid(
                "The client token must have 1 to 64 characters.",
            ));
        }
        if let Some(launched) = self.tokens.find(&request, world.now)? {
            let mut again = launched.clone();
            for task in &mut again.tasks {
                if let Some(run) = self.run(&task.task_arn) {
                    task.clone_from(&run.task);
                }
            }
            return Ok(again);
        }
        let order = self.order(&Wanted::of_run(&request))?;
        let response = match Ground::of(&request, count, &order.cluster, &order.definition)? {
            Ground::Fargate(providers) => self.run_on_fargate(world, &order, providers)?,
            Ground::Ec2 => self.run_on_instances(world, &order, count)?,
        };
        self.tokens.keep(request, &response, world.now);
        Ok(response)
    }

    fn run_on_fargate(
        &mut self,
        world: &mut World,
        order: &Order,
        providers: Vec<Option<String>>,
    ) -> Result<RunTaskResponse, Refusal> {
        world.throttle.take(&FARGATE_CALLS, 1)?;
        let spot = providers
            .iter()
            .flatten()
            .filter(|name| *name == super::clusters::FARGATE_SPOT)
            .count();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        world.throttle.take(&SPOT_LAUNCHES, number(spot))?;
        world
            .throttle
            .take(&ON_DEMAND_LAUNCHES, number(providers.len() - spot))?;
        self.check_provisioning(order, providers.len())?;
        let mut response = RunTaskResponse::default();
        for provider in providers {
            if self.capacity.is_some_and(|most| self.on_fargate() >= most) {
                response.failures.push(Failure {
                    reason: Some(NO_CAPACITY.to_owned()),
                    ..Failure::default()
                });
                continue;
            }
            response
                .tasks
                .push(self.launch(world, order, &Home::Fargate { provider }));
        }
        Ok(response)
    }

    fn run_on_instances(
        &mut self,
        world: &mut World,
        order: &Order,
        count: usize,
    ) -> Result<RunTaskResponse, Refusal> {
        let cluster = &order.cluster.cluster_arn;
        if !self
            .instances
            .values()
            .any(|instance| instance.cluster_arn == *cluster)
        {
            return Err(Refusal::invalid(
                "No Container Instances were found in your cluster.",
            ));
        }
        if order.definition.has_interface() {
            self.check_provisioning(order, count)?;
        }
        let room = room(&order.definition, order.overrides.as_ref());
        let mut response = RunTaskResponse::default();
        for _ in 0..count {
            match self.place(cluster, &room) {
                Ok(arn) => response
                    .tasks
                    .push(self.launch(world, order, &Home::Instance { arn })),
                // One for each instance, however many tasks are left over.
                Err(failures) => {
                    response.failures = failures;
                    break;
                }
            }
        }
        Ok(response)
    }

    pub(super) fn start_task(
        &mut self,
        world: &mut World,
        request: StartTaskRequest,
    ) -> Result<StartTaskResponse, Refusal> {
        if request.container_instances.len() > 10 {
            return Err(Refusal::invalid(
                "StartTask takes at most 10 container instances.",
            ));
        }
        let order = self.order(&Wanted::of_start(&request))?;
        let room = room(&order.definition, order.overrides.as_ref());
        let mut response = StartTaskResponse::default();
        for reference in &request.container_instances {
            let Some(instance) = self.instance(&order.cluster.cluster_arn, reference) else {
                let arn = missing_arn(world, &order.cluster.cluster_name, reference);
                response.failures.push(failure(arn, "MISSING"));
                continue;
            };
            let arn = instance.arn().to_owned();
            match self.obstacle(instance, &room) {
                Some(reason) => response.failures.push(failure(arn, reason)),
                None => response
                    .tasks
                    .push(self.launch(world, &order, &Home::Instance { arn })),
            }
        }
        Ok(response)
    }

    /// Checks what both operations say of their tasks.
    fn order(&self, wanted: &Wanted<'_>) -> Result<Order, Refusal> {
        let cluster = self.cluster(wanted.cluster)?.clone();
        if wanted
            .started_by
            .is_some_and(|text| text.chars().count() > 128)
        {
            return Err(Refusal::invalid(
                "startedBy can have at most 128 characters.",
            ));
        }
        let definition = self
            .definition(wanted.definition)
            .ok_or_else(|| Refusal::client("TaskDefinition not found."))?
            .clone();
        if !definition.is_active() {
            return Err(Refusal::client("TaskDefinition is inactive"));
        }
        let subnets = wanted
            .network
            .and_then(|network| network.awsvpc_configuration.as_ref());
        match (definition.has_interface(), subnets) {
            (true, None) => {
                return Err(Refusal::invalid(
                    "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
                ));
            }
            (false, Some(_)) => {
                return Err(Refusal::invalid(
                    "Network Configuration is not valid for the given networkMode of this task definition.",
                ));
            }
            _ => {}
        }
        let overridden = wanted
            .overrides
            .and_then(|over| over.container_overrides.as_ref());
        for over in overridden.into_iter().flatten() {
            let containers = &definition.shown.container_definitions;
            if !containers
                .iter()
                .any(|container| container.name == over.name)
            {
                let name = over.name.as_deref().unwrap_or_default();
                let message = format!(
                    "Override for container named {name} is not a container in the TaskDefinition."
                );
                return Err(Refusal::invalid(message));
            }
        }
        if let Some(version) = wanted.platform_version
            && !["LATEST", "1.4.0", "1.3.0"].contains(&version)
        {
            let message = "The specified platform version does not exist.";
            return Err(Refusal::new("PlatformUnknownException", message));
        }
        let tags = tags_of(wanted, &cluster.cluster_name, &definition.tags)?;
        Ok(Order {
            tags,
            network: wanted.network.cloned(),
            overrides: wanted.overrides.cloned(),
            group: wanted.group.map(str::to_owned),
            started_by: wanted.started_by.map(str::to_owned),
            platform_version: wanted.platform_version.map(str::to_owned),
            execute_command: wanted.execute_command,
            cluster,
            definition,
        })
    }

    fn check_provisioning(&self, order: &Order, count: usize) -> Result<(), Refusal> {
        let provisioning = self.runs.values().filter(|run| {
            run.task.cluster_arn == order.cluster.cluster_arn
                && run.task.last_status == TaskStatus::Provisioning
        });
        match self.provisioning {
            Some(most) if provisioning.count() + count > most => Err(Refusal::client(
                "The cluster has as many tasks in the PROVISIONING state as it can have.",
            )),
            _ => Ok(()),
        }
    }

    fn on_fargate(&self) -> usize {
        let active = self.runs.values().filter(|run| run.is_active());
        active
            .filter(|run| run.task.launch_type == Some(LaunchType::Fargate))
            .count()
    }
}

fn tags_of(wanted: &Wanted<'_>, cluster: &str, of_definition: &[Tag]) -> Result<Vec<Tag>, Refusal> {
    let own = tags::checked(wanted.tags)?;
    let propagated = match wanted.propagate {
        Some(PropagateTags::TaskDefinition) => of_definition,
        _ => &[],
    };
    let mut all = tags::joined(propagated, own);
    if wanted.managed_tags {
        all.push(Tag {
            key: Some("aws:ecs:clusterName".to_owned()),
            value: Some(cluster.to_owned()),
        });
    }
    Ok(all)
}

impl<'a> Wanted<'a> {
    fn of_run(request: &'a RunTaskRequest) -> Self {
        Self {
            cluster: request.cluster.as_deref(),
            definition: &request.task_definition,
            network: request.network_configuration.as_ref(),
            overrides: request.overrides.as_ref(),
            tags: request.tags.as_deref(),
            propagate: request.propagate_tags.as_ref(),
            managed_tags: request.enable_ecs_managed_tags == Some(true),
            group: request.group.as_deref(),
            started_by: request.started_by.as_deref(),
            platform_version: request.platform_version.as_deref(),
            execute_command: request.enable_execute_command == Some(true),
        }
    }

    fn of_start(request: &'a StartTaskRequest) -> Self {
        Self {
            cluster: request.cluster.as_deref(),
            definition: &request.task_definition,
            network: request.network_configuration.as_ref(),
            overrides: request.overrides.as_ref(),
            tags: request.tags.as_deref(),
            propagate: request.propagate_tags.as_ref(),
            managed_tags: request.enable_ecs_managed_tags == Some(true),
            group: request.group.as_deref(),
            started_by: request.started_by.as_deref(),
            platform_version: None,
            execute_command: request.enable_execute_command == Some(true),
        }
    }
}

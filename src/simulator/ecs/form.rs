//! New tasks, in the form and size that the service shows them.

use std::time::Duration;

use super::definitions::Definition;
use super::lifecycle::{Interface, Run, pair};
use super::process::Process;
use super::{Behavior, Ecs, clusters, placement};
use crate::ecs::{
    Attachment, Attribute, Cluster, Connectivity, Container, ContainerOverride, EphemeralStorage,
    HealthStatus, LaunchType, LogDriver, ManagedAgent, ManagedAgentName, NetworkConfiguration, Tag,
    Task, TaskEphemeralStorage, TaskOverride,
};
use crate::simulator::world::World;

/// What the tasks of one launch have in common.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) cluster: Cluster,
    pub(super) definition: Definition,
    pub(super) network: Option<NetworkConfiguration>,
    pub(super) overrides: Option<TaskOverride>,
    pub(super) tags: Vec<Tag>,
    pub(super) group: Option<String>,
    pub(super) started_by: Option<String>,
    pub(super) platform_version: Option<String>,
    pub(super) execute_command: bool,
}

/// Where a task goes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Home {
    Fargate { provider: Option<String> },
    Instance { arn: String },
}

impl Ecs {
    /// Launches a task; returns it as it is then.
    pub(super) fn launch(&mut self, world: &mut World, order: &Order, home: &Home) -> Task {
        let id = world.hex(32);
        let interface = order
            .definition
            .has_interface()
            .then(|| new_interface(world));
        let mut task = new_task(world, order, home, &id);
        if let Some(interface) = &interface {
            task.attachments.push(attachment(order, interface));
        }
        let processes = self.processes(world, order, &id);
        let timing = self.timing.drawn(&mut world.random);
        let mut run = Run::new(task, processes, interface, timing, world.now);
        run.visible_at = world.now.saturating_add(self.lag);
        run.room = placement::room(&order.definition, order.overrides.as_ref());
        let task = run.task.clone();
        run.announces = !self.event_queues.is_empty();
        run.announce(world.now);
        self.runs.insert(id.clone(), run);
        self.note(id);
        task
    }

    /// The processes of a task: its first essential container behaves as the family does, the
    /// others run until they are stopped, except where a container has a behavior of its own.
    fn processes(&self, world: &mut World, order: &Order, id: &str) -> Vec<Process> {
        let containers = &order.definition.shown.container_definitions;
        let family = &order.definition.family;
        let main = containers
            .iter()
            .position(|container| container.essential != Some(false));
        let process = |(index, container): (usize, &crate::ecs::ContainerDefinition)| {
            let own = self
                .behaviors
                .get(&(family.clone(), container.name.clone()));
            let of_family = self
                .behaviors
                .get(&(family.clone(), None))
                .filter(|_| Some(index) == main);
            let behavior = own
                .or(of_family)
                .cloned()
                .unwrap_or_else(Behavior::runs_forever);
            let timeout = container
                .stop_timeout
                .and_then(|secs| u64::try_from(secs).ok());
            let runtime_id = format!("{id}-{:010}", world.random.u32(..));
            let essential = container.essential != Some(false);
            let log = log(container, id, &runtime_id);
            let timeout = timeout.map(Duration::from_secs);
            let mut process = Process::new(behavior, essential, timeout, runtime_id);
            process.log = log;
            process
        };
        containers.iter().enumerate().map(process).collect()
    }
}

/// Group and stream of a container's log
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html>).
fn log(
    container: &crate::ecs::ContainerDefinition,
    task: &str,
    runtime_id: &str,
) -> Option<(String, String)> {
    let configuration = container.log_configuration.as_ref()?;
    let options = configuration.options.as_ref()?;
    let option = |name: &str| options.get(name).cloned();
    if configuration.log_driver != LogDriver::Awslogs {
        return None;
    }
    let name = container.name.as_deref().unwrap_or_default();
    let stream = match option("awslogs-stream-prefix") {
        Some(prefix) => format!("{prefix}/{name}/{task}"),
        None => runtime_id.to_owned(),
    };
    Some((option("awslogs-group")?, stream))
}

fn new_task(world: &mut World, order: &Order, home: &Home, id: &str) -> Task {
    let definition = &order.definition;
    let cluster = &order.cluster.cluster_name;
    let arn = world.arn("ecs", &format!("task/{cluster}/{id}"));
    let room = placement::room(definition, order.overrides.as_ref());
    let mut task = Task {
        attributes: vec![Attribute {
            name: "ecs.cpu-architecture".to_owned(),
            value: Some("x86_64".to_owned()),
            ..Attribute::default()
        }],
        availability_zone: Some(format!("{}a", world.region)),
        cluster_arn: order.cluster.cluster_arn.clone(),
        containers: containers(world, order, &arn),
        cpu: Some(room.cpu.to_string()),
        memory: Some(room.memory.to_string()),
        created_at: Some(world.date(world.now)),
        enable_execute_command: Some(order.execute_command),
        group: Some(
            order
                .group
                .clone()
                .unwrap_or_else(|| format!("family:{}", definition.family)),
        ),
        health_status: Some(HealthStatus::UnknownValue),
        overrides: Some(overrides(order)),
        started_by: order.started_by.clone(),
        tags: order.tags.clone(),
        task_definition_arn: definition.arn.clone(),
        task_arn: arn,
        ..Task::default()
    };
    match home {
        Home::Fargate { provider } => {
            let storage = definition
                .shown
                .ephemeral_storage
                .as_ref()
                .map_or(20, |storage| storage.size_in_gi_b);
            task.launch_type = Some(LaunchType::Fargate);
            task.capacity_provider_name.clone_from(provider);
            task.platform_family = Some("Linux".to_owned());
            task.platform_version = Some(match order.platform_version.as_deref() {
                None | Some("LATEST") => "1.4.0".to_owned(),
                Some(version) => version.to_owned(),
            });
            task.ephemeral_storage = Some(EphemeralStorage {
                size_in_gi_b: storage,
            });
            task.fargate_ephemeral_storage = Some(TaskEphemeralStorage {
                size_in_gi_b: Some(storage),
                kms_key_id: None,
            });
        }
        Home::Instance { arn } => {
            task.launch_type = Some(LaunchType::Ec2);
            task.container_instance_arn = Some(arn.clone());
            if !definition.has_interface() {
                task.connectivity = Some(Connectivity::Connected);
                task.connectivity_at = task.created_at;
            }
        }
    }
    task
}

fn containers(world: &mut World, order: &Order, task_arn: &str) -> Vec<Container> {
    let cluster = &order.cluster.cluster_name;
    let id = task_arn.rsplit('/').next().unwrap_or_default().to_owned();
    let agents = if order.execute_command {
        vec![ManagedAgent {
            name: Some(ManagedAgentName::ExecuteCommandAgent),
            last_status: Some("PENDING".to_owned()),
            ..ManagedAgent::default()
        }]
    } else {
        Vec::new()
    };
    let definitions = &order.definition.shown.container_definitions;
    let container = |definition: &crate::ecs::ContainerDefinition| Container {
        container_arn: {
            let own = world.uuid();
            world.arn("ecs", &format!("container/{cluster}/{id}/{own}"))
        },
        task_arn: Some(task_arn.to_owned()),
        name: definition.name.clone().unwrap_or_default(),
        image: definition.image.clone(),
        health_status: Some(HealthStatus::UnknownValue),
        managed_agents: agents.clone(),
        cpu: Some(definition.cpu.unwrap_or_default().to_string()),
        memory: definition.memory.map(|memory| memory.to_string()),
        memory_reservation: definition
            .memory_reservation
            .map(|memory| memory.to_string()),
        ..Container::default()
    };
    definitions.iter().map(container).collect()
}

/// The overrides with an entry for each container, as the service shows them.
fn overrides(order: &Order) -> TaskOverride {
    let mut shown = order.overrides.clone().unwrap_or_default();
    let given = shown.container_overrides.take().unwrap_or_default();
    let definitions = &order.definition.shown.container_definitions;
    let entries = definitions.iter().map(|definition| {
        let own = given.iter().find(|over| over.name == definition.name);
        own.cloned().unwrap_or_else(|| ContainerOverride {
            name: definition.name.clone(),
            ..ContainerOverride::default()
        })
    });
    shown.container_overrides = Some(entries.collect());
    shown
        .inference_accelerator_overrides
        .get_or_insert_default();
    shown
}

fn new_interface(world: &mut World) -> Interface {
    let mac: Vec<String> = (0..5).map(|_| world.hex(2)).collect();
    let mut byte = || world.random.u8(1..=254);
    let address = format!("172.31.{}.{}", byte(), byte());
    Interface {
        attachment_id: world.uuid(),
        interface_id: format!("eni-{}", world.hex(17)),
        mac: format!("0e:{}", mac.join(":")),
        address,
    }
}

fn attachment(order: &Order, interface: &Interface) -> Attachment {
    let network = order
        .network
        .as_ref()
        .and_then(|network| network.awsvpc_configuration.as_ref());
    let subnet = network.and_then(|network| network.subnets.first());
    Attachment {
        id: Some(interface.attachment_id.clone()),
        r#type: Some("ElasticNetworkInterface".to_owned()),
        status: Some("PRECREATED".to_owned()),
        details: subnet
            .iter()
            .map(|subnet| pair("subnetId", subnet))
            .collect(),
    }
}

/// Whether a task runs on Fargate Spot.
pub(super) fn is_spot(task: &Task) -> bool {
    task.capacity_provider_name.as_deref() == Some(clusters::FARGATE_SPOT)
}

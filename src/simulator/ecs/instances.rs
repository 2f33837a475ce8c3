//! Container instances.

use super::lifecycle::Room;
use super::pages::{Wish, page};
use super::{Ecs, failure, named};
use crate::ecs::{
    Attribute, ContainerInstance, ContainerInstanceField, DescribeContainerInstancesRequest,
    DescribeContainerInstancesResponse, ListContainerInstancesRequest,
    ListContainerInstancesResponse, RegisterContainerInstanceRequest,
    RegisterContainerInstanceResponse, Resource, TaskStatus, VersionInfo,
};
use crate::simulator::refusal::Refusal;
use crate::simulator::world::World;

/// A container instance with what it has room for.
#[derive(Debug, Clone)]
pub(super) struct Instance {
    pub(super) cluster_arn: String,
    pub(super) shown: ContainerInstance,
    pub(super) cpu: i64,
    pub(super) memory: i64,
}

impl Instance {
    pub(super) fn arn(&self) -> &str {
        &self.shown.container_instance_arn
    }
}

/// Host ports that the agent and SSH take.
const TAKEN: [&str; 5] = ["22", "2375", "2376", "51678", "51679"];

impl Ecs {
    /// Adds an instance to a cluster; returns its ARN.
    pub(super) fn add_instance(
        &mut self,
        world: &mut World,
        cluster: (&str, &str),
        cpu: i64,
        memory: i64,
    ) -> String {
        let (cluster_arn, cluster_name) = cluster;
        let id = world.hex(32);
        let arn = world.arn("ecs", &format!("container-instance/{cluster_name}/{id}"));
        let shown = ContainerInstance {
            container_instance_arn: arn.clone(),
            ec2_instance_id: Some(format!("i-{}", world.hex(17))),
            version: Some(1),
            version_info: Some(VersionInfo {
                agent_version: Some("1.96.0".to_owned()),
                agent_hash: None,
                docker_version: Some("DockerVersion: 25.0.8".to_owned()),
            }),
            registered_resources: resources(cpu, memory, Vec::new()),
            status: "ACTIVE".to_owned(),
            agent_connected: Some(true),
            attributes: vec![
                attribute("ecs.availability-zone", &format!("{}a", world.region)),
                attribute("ecs.os-type", "linux"),
            ],
            registered_at: Some(world.date(world.now)),
            ..ContainerInstance::default()
        };
        let instance = Instance {
            cluster_arn: cluster_arn.to_owned(),
            shown,
            cpu,
            memory,
        };
        self.instances.insert(arn.clone(), instance);
        arn
    }

    /// An instance of a cluster, by id or ARN.
    pub(super) fn instance(&self, cluster_arn: &str, reference: &str) -> Option<&Instance> {
        let instances = self
            .instances
            .values()
            .filter(|instance| instance.cluster_arn == cluster_arn);
        let mut instances = instances;
        instances.find(|instance| instance.arn() == reference || id(instance.arn()) == reference)
    }

    /// What is free on an instance.
    pub(super) fn free(&self, instance: &Instance) -> Room {
        let mut free = Room {
            cpu: instance.cpu,
            memory: instance.memory,
            ports: TAKEN.iter().filter_map(|port| port.parse().ok()).collect(),
        };
        for run in self.runs.values().filter(|run| run.is_active()) {
            if run.task.container_instance_arn.as_deref() == Some(instance.arn()) {
                free.cpu -= run.room.cpu;
                free.memory -= run.room.memory;
                free.ports.extend(&run.room.ports);
            }
        }
        free
    }

    /// An instance as it is shown: with what is free and how many tasks are on it.
    fn shown_instance(&self, instance: &Instance, with_tags: bool) -> ContainerInstance {
        let free = self.free(instance);
        let here = || {
            let tasks = self.runs.values().map(|run| &run.task);
            tasks.filter(|task| task.container_instance_arn.as_deref() == Some(instance.arn()))
        };
        let count = |status: &[TaskStatus]| {
            i32::try_from(
                here()
                    .filter(|task| status.contains(&task.last_status))
                    .count(),
            )
            .ok()
        };
        let mut shown = instance.shown.clone();
        shown.running_tasks_count = count(&[TaskStatus::Running]);
        shown.pending_tasks_count = count(&[
            TaskStatus::Provisioning,
            TaskStatus::Pending,
            TaskStatus::Activating,
        ]);
        shown.remaining_resources = resources(free.cpu, free.memory, free.ports);
        if !with_tags {
            shown.tags.clear();
        }
        shown
    }

    pub(super) fn register_container_instance(
        &mut self,
        world: &mut World,
        request: RegisterContainerInstanceRequest,
    ) -> Result<RegisterContainerInstanceResponse, Refusal> {
        let cluster = self.cluster(request.cluster.as_deref())?.clone();
        let tags = super::tags::checked(request.tags.as_deref())?;
        let total = request.total_resources.unwrap_or_default();
        let amount = |name: &str| {
            let found = total
                .iter()
                .find(|resource| resource.name.as_deref() == Some(name));
            found
                .and_then(|resource| resource.integer_value)
                .map(i64::from)
        };
        let (Some(cpu), Some(memory)) = (amount("CPU"), amount("MEMORY")) else {
            return Err(Refusal::client(
                "totalResources must have CPU and MEMORY with integer values.",
            ));
        };
        let arn = self.add_instance(
            world,
            (&cluster.cluster_arn, &cluster.cluster_name),
            cpu,
            memory,
        );
        if let Some(instance) = self.instances.get_mut(&arn) {
            instance.shown.tags = tags;
            instance
                .shown
                .attributes
                .extend(request.attributes.unwrap_or_default());
            if let Some(info) = request.version_info {
                instance.shown.version_info = Some(info);
            }
        }
        let shown = self
            .instances
            .get(&arn)
            .map(|instance| self.shown_instance(instance, true));
        Ok(RegisterContainerInstanceResponse {
            container_instance: shown,
        })
    }

    pub(super) fn list_container_instances(
        &mut self,
        _: &mut World,
        request: ListContainerInstancesRequest,
    ) -> Result<ListContainerInstancesResponse, Refusal> {
        if request.filter.is_some() {
            return Err(Refusal::new(
                "UnsupportedOperationException",
                "the simulator does not model the filter of ListContainerInstances",
            ));
        }
        let cluster = &self.cluster(request.cluster.as_deref())?.cluster_arn;
        let items = self
            .instances
            .values()
            .filter(|instance| instance.cluster_arn == *cluster)
            .filter(|instance| {
                request
                    .status
                    .as_ref()
                    .is_none_or(|status| instance.shown.status == status.as_str())
            })
            .map(|instance| (instance.arn().to_owned(), instance.arn().to_owned()))
            .collect();
        let wish = Wish {
            token: request.next_token.as_deref(),
            size: request.max_results,
            descending: false,
        };
        let (container_instance_arns, next_token) = page(items, &wish)?;
        Ok(ListContainerInstancesResponse {
            container_instance_arns,
            next_token,
        })
    }

    pub(super) fn describe_container_instances(
        &mut self,
        world: &mut World,
        request: DescribeContainerInstancesRequest,
    ) -> Result<DescribeContainerInstancesResponse, Refusal> {
        let cluster = self.cluster(request.cluster.as_deref())?;
        if request.container_instances.len() > 100 {
            return Err(Refusal::invalid(
                "Container instances cannot be more than 100.",
            ));
        }
        let with_tags = request
            .include
            .unwrap_or_default()
            .contains(&ContainerInstanceField::Tags);
        let mut response = DescribeContainerInstancesResponse::default();
        for reference in &request.container_instances {
            match self.instance(&cluster.cluster_arn, reference) {
                Some(instance) => response
                    .container_instances
                    .push(self.shown_instance(instance, with_tags)),
                None => {
                    let arn = missing_arn(world, &cluster.cluster_name, reference);
                    response.failures.push(failure(arn, "MISSING"));
                }
            }
        }
        Ok(response)
    }
}

/// The ARN that an unknown instance would have.
pub(super) fn missing_arn(world: &World, cluster: &str, reference: &str) -> String {
    if reference.starts_with("arn:") {
        return reference.to_owned();
    }
    world.arn("ecs", &format!("container-instance/{cluster}/{reference}"))
}

fn id(arn: &str) -> &str {
    named(arn, "container-instance")
        .rsplit('/')
        .next()
        .unwrap_or_default()
}

fn attribute(name: &str, value: &str) -> Attribute {
    Attribute {
        name: name.to_owned(),
        value: Some(value.to_owned()),
        ..Attribute::default()
    }
}

fn resources(cpu: i64, memory: i64, ports: Vec<i32>) -> Vec<Resource> {
    let integer = |name: &str, value: i64| Resource {
        name: Some(name.to_owned()),
        r#type: Some("INTEGER".to_owned()),
        double_value: Some(0.0),
        long_value: Some(0),
        integer_value: i32::try_from(value).ok(),
        string_set_value: None,
    };
    let mut ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
    if ports.is_empty() {
        ports = TAKEN.map(str::to_owned).to_vec();
    }
    vec![
        integer("CPU", cpu),
        integer("MEMORY", memory),
        Resource {
            name: Some("PORTS".to_owned()),
            r#type: Some("STRINGSET".to_owned()),
            double_value: Some(0.0),
            long_value: Some(0),
            integer_value: Some(0),
            string_set_value: Some(ports),
        },
    ]
}

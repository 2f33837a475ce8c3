//! Task definitions.

use super::clusters::check_name;
use super::pages::{Wish, page};
use super::{Ecs, named};
use crate::ecs::{
    Compatibility, ContainerDefinition, DeregisterTaskDefinitionRequest,
    DeregisterTaskDefinitionResponse, DescribeTaskDefinitionRequest,
    DescribeTaskDefinitionResponse, ListTaskDefinitionFamiliesRequest,
    ListTaskDefinitionFamiliesResponse, ListTaskDefinitionsRequest, ListTaskDefinitionsResponse,
    NetworkMode, RegisterTaskDefinitionRequest, RegisterTaskDefinitionResponse, SortOrder, Tag,
    TaskDefinition, TaskDefinitionFamilyStatus, TaskDefinitionField, TaskDefinitionStatus,
};
use crate::simulator::refusal::Refusal;
use crate::simulator::world::World;

/// A revision of a family.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    pub(super) arn: String,
    pub(super) family: String,
    pub(super) shown: TaskDefinition,
    pub(super) tags: Vec<Tag>,
}

impl Definition {
    pub(super) fn is_active(&self) -> bool {
        self.shown.status == Some(TaskDefinitionStatus::Active)
    }

    pub(super) fn fits(&self, compatibility: &Compatibility) -> bool {
        self.shown.compatibilities.contains(compatibility)
    }

    /// Whether its tasks have network interfaces of their own.
    pub(super) fn has_interface(&self) -> bool {
        self.shown.network_mode == Some(NetworkMode::Awsvpc)
    }
}

impl Ecs {
    /// The revision that a request names: `family`, `family:revision` or an ARN. A family alone
    /// is its newest active revision.
    pub(super) fn definition(&self, reference: &str) -> Option<&Definition> {
        let name = named(reference, "task-definition");
        let (family, revision) = match name.split_once(':') {
            Some((family, revision)) => (family, Some(revision.parse::<i32>().ok()?)),
            None => (name, None),
        };
        let mut revisions = self.families.get(family)?.iter().rev();
        let found = match revision {
            Some(number) => revisions.find(|definition| definition.shown.revision == Some(number)),
            None => revisions.find(|definition| definition.is_active()),
        }?;
        let is_arn = reference.starts_with("arn:");
        (!is_arn || found.arn == reference).then_some(found)
    }

    pub(super) fn register_task_definition(
        &mut self,
        world: &mut World,
        request: RegisterTaskDefinitionRequest,
    ) -> Result<RegisterTaskDefinitionResponse, Refusal> {
        check(&request)?;
        let tags = super::tags::checked(request.tags.as_deref())?;
        let definition = self.add_definition(world, request, tags);
        Ok(RegisterTaskDefinitionResponse {
            task_definition: Some(definition.shown),
            tags: definition.tags,
        })
    }

    pub(super) fn add_definition(
        &mut self,
        world: &World,
        request: RegisterTaskDefinitionRequest,
        tags: Vec<Tag>,
    ) -> Definition {
        let revisions = self.families.entry(request.family.clone()).or_default();
        let revision = i32::try_from(revisions.len() + 1).unwrap_or(i32::MAX);
        let arn = world.arn(
            "ecs",
            &format!("task-definition/{}:{revision}", request.family),
        );
        let mut compatibilities = vec![Compatibility::Ec2];
        if request.network_mode == Some(NetworkMode::Awsvpc)
            && request.cpu.is_some()
            && request.memory.is_some()
        {
            compatibilities.push(Compatibility::Fargate);
        }
        let definition = Definition {
            arn: arn.clone(),
            family: request.family.clone(),
            tags,
            shown: TaskDefinition {
                task_definition_arn: Some(arn),
                family: Some(request.family),
                revision: Some(revision),
                status: Some(TaskDefinitionStatus::Active),
                container_definitions: request
                    .container_definitions
                    .into_iter()
                    .map(completed)
                    .collect(),
                task_role_arn: request.task_role_arn,
                execution_role_arn: request.execution_role_arn,
                network_mode: request.network_mode,
                volumes: request.volumes.unwrap_or_default(),
                placement_constraints: request.placement_constraints.unwrap_or_default(),
                compatibilities,
                runtime_platform: request.runtime_platform,
                requires_compatibilities: request.requires_compatibilities.unwrap_or_default(),
                cpu: request
                    .cpu
                    .map(|text| units(&text, "vcpu").map_or(text, |units| units.to_string())),
                memory: request
                    .memory
                    .map(|text| units(&text, "gb").map_or(text, |units| units.to_string())),
                inference_accelerators: request.inference_accelerators.unwrap_or_default(),
                pid_mode: request.pid_mode,
                ipc_mode: request.ipc_mode,
                proxy_configuration: request.proxy_configuration,
                registered_at: Some(world.date(world.now)),
                registered_by: Some(
                    world
                        .arn("iam", "user/simulator")
                        .replace(&format!(":{}:", world.region), "::"),
                ),
                ephemeral_storage: request.ephemeral_storage,
                enable_fault_injection: request.enable_fault_injection,
                ..TaskDefinition::default()
            },
        };
        revisions.push(definition.clone());
        definition
    }

    /// `sleep360:1`, for instances, and `sleep360-fargate:1`, which are there from the start.
    pub(super) fn add_sleepers(&mut self, world: &World) {
        let container = ContainerDefinition {
            name: Some("sleep".to_owned()),
            image: Some("busybox".to_owned()),
            command: Some(vec!["sleep".to_owned(), "360".to_owned()]),
            essential: Some(true),
            ..ContainerDefinition::default()
        };
        let sleeper = |family: &str, network_mode, compatibility| RegisterTaskDefinitionRequest {
            family: family.to_owned(),
            container_definitions: vec![container.clone()],
            network_mode: Some(network_mode),
            requires_compatibilities: Some(vec![compatibility]),
            cpu: Some("256".to_owned()),
            memory: Some("512".to_owned()),
            ..RegisterTaskDefinitionRequest::default()
        };
        for request in [
            sleeper("sleep360", NetworkMode::Bridge, Compatibility::Ec2),
            sleeper(
                "sleep360-fargate",
                NetworkMode::Awsvpc,
                Compatibility::Fargate,
            ),
        ] {
            let behavior = super::Behavior::exits_after(std::time::Duration::from_secs(360), 0);
            self.behaviors
                .insert((request.family.clone(), None), behavior);
            self.add_definition(world, request, Vec::new());
        }
    }

    pub(super) fn deregister_task_definition(
        &mut self,
        world: &mut World,
        request: DeregisterTaskDefinitionRequest,
    ) -> Result<DeregisterTaskDefinitionResponse, Refusal> {
        let reference = &request.task_definition;
        if !named(reference, "task-definition").contains(':') {
            return Err(Refusal::client(
                "The revision is missing: a task definition is named family:revision.",
            ));
        }
        let arn = self
            .definition(reference)
            .map(|definition| definition.arn.clone());
        let found = self
            .families
            .values_mut()
            .flatten()
            .find(|definition| Some(&definition.arn) == arn.as_ref());
        let definition = found
            .ok_or_else(|| Refusal::client("The specified task definition does not exist."))?;
        definition.shown.status = Some(TaskDefinitionStatus::Inactive);
        definition
            .shown
            .deregistered_at
            .get_or_insert_with(|| world.date(world.now));
        Ok(DeregisterTaskDefinitionResponse {
            task_definition: Some(definition.shown.clone()),
        })
    }

    pub(super) fn describe_task_definition(
        &mut self,
        _: &mut World,
        request: DescribeTaskDefinitionRequest,
    ) -> Result<DescribeTaskDefinitionResponse, Refusal> {
        let definition = self
            .definition(&request.task_definition)
            .ok_or_else(|| Refusal::client("Unable to describe task definition."))?;
        let with_tags = request
            .include
            .unwrap_or_default()
            .contains(&TaskDefinitionField::Tags);
        Ok(DescribeTaskDefinitionResponse {
            task_definition: Some(definition.shown.clone()),
            tags: if with_tags {
                definition.tags.clone()
            } else {
                Vec::new()
            },
        })
    }

    pub(super) fn list_task_definitions(
        &mut self,
        _: &mut World,
        request: ListTaskDefinitionsRequest,
    ) -> Result<ListTaskDefinitionsResponse, Refusal> {
        let status = request.status.unwrap_or(TaskDefinitionStatus::Active);
        let all = self.families.values().flatten();
        let items = all
            .filter(|it| it.shown.status.as_ref() == Some(&status))
            .filter(|it| {
                request
                    .family_prefix
                    .as_ref()
                    .is_none_or(|family| it.family == *family)
            })
            // Revisions in the order of their numbers.
            .map(|it| {
                (
                    format!(
                        "{}:{:010}",
                        it.family,
                        it.shown.revision.unwrap_or_default()
                    ),
                    it.arn.clone(),
                )
            })
            .collect();
        let wish = Wish {
            token: request.next_token.as_deref(),
            size: request.max_results,
            descending: request.sort == Some(SortOrder::Desc),
        };
        let (task_definition_arns, next_token) = page(items, &wish)?;
        Ok(ListTaskDefinitionsResponse {
            task_definition_arns,
            next_token,
        })
    }

    pub(super) fn list_task_definition_families(
        &mut self,
        _: &mut World,
        request: ListTaskDefinitionFamiliesRequest,
    ) -> Result<ListTaskDefinitionFamiliesResponse, Refusal> {
        let prefix = request.family_prefix.unwrap_or_default();
        let wanted = |revisions: &[Definition]| {
            let is_active = revisions.iter().any(Definition::is_active);
            match &request.status {
                Some(TaskDefinitionFamilyStatus::Active) => is_active,
                Some(TaskDefinitionFamilyStatus::Inactive) => !is_active,
                _ => true,
            }
        };
        let families = self
            .families
            .iter()
            .filter(|(name, all)| name.starts_with(&prefix) && wanted(all));
        let items = families
            .map(|(name, _)| (name.clone(), name.clone()))
            .collect();
        let wish = Wish {
            token: request.next_token.as_deref(),
            size: request.max_results,
            descending: false,
        };
        let (families, next_token) = page(items, &wish)?;
        Ok(ListTaskDefinitionFamiliesResponse {
            families,
            next_token,
        })
    }
}

/// A container definition with the defaults that the service fills in.
fn completed(mut container: ContainerDefinition) -> ContainerDefinition {
    container.cpu.get_or_insert(0);
    container.essential.get_or_insert(true);
    container.port_mappings.get_or_insert_default();
    container.environment.get_or_insert_default();
    container.mount_points.get_or_insert_default();
    container.volumes_from.get_or_insert_default();
    container
}

/// `256` and `.25 vCPU` are 256; `512` and `0.5 GB` are 512.
pub(super) fn units(text: &str, unit: &str) -> Option<i64> {
    let text = text.trim().to_ascii_lowercase();
    match text.strip_suffix(unit) {
        #[allow(clippy::cast_possible_truncation)] // saturates
        Some(number) => number
            .trim()
            .parse::<f64>()
            .ok()
            .map(|number| (number * 1024.0).round() as i64),
        None => text.parse().ok(),
    }
}

fn check(request: &RegisterTaskDefinitionRequest) -> Result<(), Refusal> {
    check_name("family", &request.family).map_err(|refusal| Refusal::client(refusal.message))?;
    let containers = &request.container_definitions;
    let mut names = Vec::new();
    for container in containers {
        let name = container.name.as_deref().unwrap_or_default();
        if name.is_empty() || container.image.as_deref().unwrap_or_default().is_empty() {
            return Err(Refusal::client(
                "Container.name and Container.image should not be null or empty.",
            ));
        }
        if names.contains(&name) {
            return Err(Refusal::client(format!(
                "There are two containers named {name}."
            )));
        }
        names.push(name);
        if request.memory.is_none()
            && container.memory.is_none()
            && container.memory_reservation.is_none()
        {
            let message = format!(
                "Invalid setting for container '{name}'. At least one of 'memory' or 'memoryReservation' must be \
                 specified."
            );
            return Err(Refusal::client(message));
        }
    }
    if containers
        .iter()
        .all(|container| container.essential == Some(false))
    {
        return Err(Refusal::client("At least one container must be essential."));
    }
    for (text, unit, name) in [
        (&request.cpu, "vcpu", "cpu"),
        (&request.memory, "gb", "memory"),
    ] {
        if text
            .as_deref()
            .is_some_and(|text| units(text, unit).is_none_or(|units| units <= 0))
        {
            return Err(Refusal::client(format!(
                "Invalid '{name}' setting for task."
            )));
        }
    }
    let required = request
        .requires_compatibilities
        .as_deref()
        .unwrap_or_default();
    if required.contains(&Compatibility::Fargate) {
        if request.network_mode != Some(NetworkMode::Awsvpc) {
            return Err(Refusal::client(
                "Fargate only supports network mode 'awsvpc'.",
            ));
        }
        if request.cpu.is_none() || request.memory.is_none() {
            let message = "Fargate requires that 'cpu' and 'memory' be defined at the task level.";
            return Err(Refusal::client(message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::units;

    #[test]
    fn units_of_cpu_and_memory() {
        assert_eq!(units("256", "vcpu"), Some(256));
        assert_eq!(units(".25 vCPU", "vcpu"), Some(256));
        assert_eq!(units("0.5GB", "gb"), Some(512));
        assert_eq!(units("much", "gb"), None);
    }
}

//! Where tasks find room.

use super::clusters::{FARGATE, FARGATE_SPOT};
use super::definitions::{Definition, units};
use super::instances::Instance;
use super::lifecycle::Room;
use super::{Ecs, failure};
use crate::ecs::{
    CapacityProviderStrategyItem, Cluster, Compatibility, Failure, LaunchType, NetworkMode,
    RunTaskRequest, TaskOverride,
};
use crate::simulator::refusal::Refusal;

/// What a launch asks to run on.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ground {
    /// Instances of the cluster.
    Ec2,
    /// Fargate, with the provider for each task if it was chosen by a strategy.
    Fargate(Vec<Option<String>>),
}

impl Ground {
    /// What a request asks for, checked against cluster and task definition.
    pub(super) fn of(
        request: &RunTaskRequest,
        count: usize,
        cluster: &Cluster,
        definition: &Definition,
    ) -> Result<Self, Refusal> {
        let given = request
            .capacity_provider_strategy
            .as_deref()
            .unwrap_or_default();
        if request.launch_type.is_some() && !given.is_empty() {
            return Err(Refusal::invalid(
                "Specifying both a launch type and capacity provider strategy is not supported.",
            ));
        }
        let strategy = match &request.launch_type {
            None if given.is_empty() => cluster.default_capacity_provider_strategy.as_slice(),
            _ => given,
        };
        let ground = match &request.launch_type {
            Some(LaunchType::Fargate) => Self::Fargate(vec![None; count]),
            Some(LaunchType::Ec2) => Self::Ec2,
            Some(other) => {
                let message = format!("the simulator does not model the launch type {other}");
                return Err(Refusal::new("UnsupportedOperationException", message));
            }
            None if strategy.is_empty() => Self::Ec2,
            None => Self::Fargate(providers(strategy, count, cluster)?),
        };
        let (needed, name) = match ground {
            Self::Ec2 => (Compatibility::Ec2, LaunchType::Ec2),
            Self::Fargate(_) => (Compatibility::Fargate, LaunchType::Fargate),
        };
        if !definition.fits(&needed) {
            let message = format!("Task definition does not support launch_type {name}.");
            return Err(Refusal::invalid(message));
        }
        Ok(ground)
    }
}

/// The provider for each task: first the base, then by weight.
fn providers(
    strategy: &[CapacityProviderStrategyItem],
    count: usize,
    cluster: &Cluster,
) -> Result<Vec<Option<String>>, Refusal> {
    for item in strategy {
        let name = &item.capacity_provider;
        if !cluster.capacity_providers.contains(name) {
            let message =
                format!("The capacity provider {name} is not associated with the cluster.");
            return Err(Refusal::invalid(message));
        }
        if ![FARGATE, FARGATE_SPOT].contains(&name.as_str()) {
            let message = format!("the simulator does not model the capacity provider {name}");
            return Err(Refusal::new("UnsupportedOperationException", message));
        }
    }
    let number = |value: Option<i32>, default: i32| f64::from(value.unwrap_or(default).max(0));
    // The only item needs no weight.
    let default_weight = i32::from(strategy.len() == 1);
    let mut given = vec![0.0_f64; strategy.len()];
    let mut chosen = Vec::new();
    for _ in 0..count {
        let below_base = strategy
            .iter()
            .zip(&given)
            .position(|(item, given)| *given < number(item.base, 0));
        let by_weight = || {
            let shares =
                strategy
                    .iter()
                    .zip(&given)
                    .enumerate()
                    .filter_map(|(index, (item, given))| {
                        let weight = number(item.weight, default_weight);
                        let beyond = given - number(item.base, 0);
                        (weight > 0.0).then(|| (index, (beyond + 1.0) / weight))
                    });
            shares
                .min_by(|(_, a), (_, b)| a.total_cmp(b))
                .map(|(index, _)| index)
        };
        let index = below_base.or_else(by_weight).ok_or_else(|| {
            Refusal::invalid(
                "At least one capacity provider of the strategy must have a weight above 0.",
            )
        })?;
        given[index] += 1.0;
        chosen.push(Some(strategy[index].capacity_provider.clone()));
    }
    Ok(chosen)
}

/// What a task of a definition takes up on an instance.
pub(super) fn room(definition: &Definition, overrides: Option<&TaskOverride>) -> Room {
    let shown = &definition.shown;
    let containers = &shown.container_definitions;
    let at_task_level =
        |own: Option<&String>, over: Option<&String>, unit: &str| units(over.or(own)?, unit);
    let cpu = at_task_level(
        shown.cpu.as_ref(),
        overrides.and_then(|over| over.cpu.as_ref()),
        "vcpu",
    );
    let memory = at_task_level(
        shown.memory.as_ref(),
        overrides.and_then(|over| over.memory.as_ref()),
        "gb",
    );
    let sum = |of: fn(&crate::ecs::ContainerDefinition) -> Option<i32>| {
        containers.iter().filter_map(of).map(i64::from).sum::<i64>()
    };
    let mappings = containers
        .iter()
        .filter_map(|container| container.port_mappings.as_ref())
        .flatten();
    let ports = mappings.filter_map(|mapping| match shown.network_mode {
        Some(NetworkMode::Awsvpc | NetworkMode::None) => None,
        Some(NetworkMode::Host) => mapping.container_port,
        _ => mapping.host_port,
    });
    Room {
        cpu: cpu.unwrap_or_else(|| sum(|container| container.cpu)),
        memory: memory
            .unwrap_or_else(|| sum(|container| container.memory_reservation.or(container.memory))),
        ports: ports.filter(|port| *port > 0).collect(),
    }
}

impl Ecs {
    /// Why a task cannot be placed on an instance, if so.
    pub(super) fn obstacle(&self, instance: &Instance, room: &Room) -> Option<&'static str> {
        let free = self.free(instance);
        if instance.shown.agent_connected == Some(false) {
            Some("AGENT")
        } else if free.cpu < room.cpu {
            Some("RESOURCE:CPU")
        } else if free.memory < room.memory {
            Some("RESOURCE:MEMORY")
        } else if room.ports.iter().any(|port| free.ports.contains(port)) {
            Some("RESOURCE:PORTS")
        } else {
            None
        }
    }

    /// The instance with the most free memory of those that have room, or why each of them has
    /// none.
    pub(super) fn place(&self, cluster_arn: &str, room: &Room) -> Result<String, Vec<Failure>> {
        let mut failures = Vec::new();
        let mut best: Option<(i64, &str)> = None;
        for instance in self
            .instances
            .values()
            .filter(|instance| instance.cluster_arn == cluster_arn)
        {
            let free = self.free(instance).memory;
            match self.obstacle(instance, room) {
                Some(reason) => failures.push(failure(instance.arn(), reason)),
                None if best.is_none_or(|(most, _)| free > most) => {
                    best = Some((free, instance.arn()))
                }
                None => {}
            }
        }
        best.map(|(_, arn)| arn.to_owned()).ok_or(failures)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn item(name: &str, base: i32, weight: i32) -> CapacityProviderStrategyItem {
        CapacityProviderStrategyItem {
            capacity_provider: name.to_owned(),
            base: Some(base),
            weight: Some(weight),
        }
    }

    #[test]
    fn base_and_weights() {
        let cluster = Cluster {
            capacity_providers: vec![FARGATE.to_owned(), FARGATE_SPOT.to_owned()],
            ..Cluster::default()
        };
        let strategy = [item(FARGATE, 1, 1), item(FARGATE_SPOT, 0, 3)];
        let chosen = providers(&strategy, 9, &cluster).unwrap();
        let spot = chosen
            .iter()
            .flatten()
            .filter(|name| *name == FARGATE_SPOT)
            .count();
        assert_eq!(spot, 6);
        assert_eq!(chosen[0].as_deref(), Some(FARGATE));
        assert!(providers(&[item(FARGATE, 0, 0)], 1, &cluster).is_err());
        assert!(providers(&[item("other", 0, 1)], 1, &cluster).is_err());
    }
}

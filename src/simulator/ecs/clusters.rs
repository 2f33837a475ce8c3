//! Clusters.

use super::pages::{Wish, page};
use super::{Ecs, failure, named};
use crate::ecs::{
    Cluster, ClusterField, CreateClusterRequest, CreateClusterResponse, DeleteClusterRequest,
    DeleteClusterResponse, DescribeClustersRequest, DescribeClustersResponse, ListClustersRequest,
    ListClustersResponse, TaskStatus,
};
use crate::simulator::refusal::Refusal;
use crate::simulator::world::World;

/// The cluster that is meant when none is named.
pub(super) const DEFAULT: &str = "default";
pub(super) const FARGATE: &str = "FARGATE";
pub(super) const FARGATE_SPOT: &str = "FARGATE_SPOT";

const ACTIVE: &str = "ACTIVE";
const INACTIVE: &str = "INACTIVE";

impl Ecs {
    /// Adds a cluster with both kinds of Fargate, unless it is there.
    pub(super) fn add_cluster(&mut self, world: &World, name: &str) {
        if self
            .clusters
            .get(name)
            .is_some_and(|cluster| cluster.status == ACTIVE)
        {
            return;
        }
        let cluster = Cluster {
            cluster_arn: world.arn("ecs", &format!("cluster/{name}")),
            cluster_name: name.to_owned(),
            status: ACTIVE.to_owned(),
            capacity_providers: vec![FARGATE.to_owned(), FARGATE_SPOT.to_owned()],
            ..Cluster::default()
        };
        self.clusters.insert(name.to_owned(), cluster);
    }

    /// The cluster that a request names.
    pub(super) fn cluster(&self, reference: Option<&str>) -> Result<&Cluster, Refusal> {
        self.known_cluster(reference.unwrap_or(DEFAULT))
            .filter(|cluster| cluster.status == ACTIVE)
            .ok_or_else(|| Refusal::new("ClusterNotFoundException", "Cluster not found."))
    }

    /// A cluster by name or ARN, the deleted ones included.
    fn known_cluster(&self, reference: &str) -> Option<&Cluster> {
        let cluster = self.clusters.get(named(reference, "cluster"))?;
        let is_arn = reference.starts_with("arn:");
        (!is_arn || cluster.cluster_arn == reference).then_some(cluster)
    }

    /// A cluster as it is shown: with its counts.
    fn shown(&self, cluster: &Cluster) -> Cluster {
        let arn = &cluster.cluster_arn;
        let tasks = || {
            self.runs
                .values()
                .map(|run| &run.task)
                .filter(|task| task.cluster_arn == *arn)
        };
        let count = |statuses: &[TaskStatus]| {
            let found = tasks()
                .filter(|task| statuses.contains(&task.last_status))
                .count();
            i32::try_from(found).ok()
        };
        let instances = self
            .instances
            .values()
            .filter(|instance| instance.cluster_arn == *arn);
        Cluster {
            running_tasks_count: count(&[TaskStatus::Running]),
            pending_tasks_count: count(&[
                TaskStatus::Provisioning,
                TaskStatus::Pending,
                TaskStatus::Activating,
            ]),
            registered_container_instances_count: i32::try_from(instances.count()).ok(),
            active_services_count: Some(0),
            ..cluster.clone()
        }
    }

    pub(super) fn create_cluster(
        &mut self,
        world: &mut World,
        request: CreateClusterRequest,
    ) -> Result<CreateClusterResponse, Refusal> {
        let name = request.cluster_name.as_deref().unwrap_or(DEFAULT);
        check_name("cluster", name)?;
        let providers = request.capacity_providers.clone().unwrap_or_default();
        if let Some(other) = providers
            .iter()
            .find(|name| ![FARGATE, FARGATE_SPOT].contains(&name.as_str()))
        {
            let message = format!("The specified capacity provider {other} was not found.");
            return Err(Refusal::invalid(message));
        }
        let known = self
            .clusters
            .get(name)
            .filter(|cluster| cluster.status == ACTIVE);
        let cluster = match known {
            Some(cluster) => cluster.clone(),
            None => Cluster {
                cluster_arn: world.arn("ecs", &format!("cluster/{name}")),
                cluster_name: name.to_owned(),
                status: ACTIVE.to_owned(),
                tags: super::tags::checked(request.tags.as_deref())?,
                settings: request.settings.clone().unwrap_or_default(),
                configuration: request.configuration.clone(),
                capacity_providers: providers,
                default_capacity_provider_strategy: request
                    .default_capacity_provider_strategy
                    .clone()
                    .unwrap_or_default(),
                ..Cluster::default()
            },
        };
        self.clusters.insert(name.to_owned(), cluster.clone());
        Ok(CreateClusterResponse {
            cluster: Some(self.shown(&cluster)),
        })
    }

    pub(super) fn delete_cluster(
        &mut self,
        _: &mut World,
        request: DeleteClusterRequest,
    ) -> Result<DeleteClusterResponse, Refusal> {
        let cluster = self.cluster(Some(&request.cluster))?.clone();
        let arn = &cluster.cluster_arn;
        if self
            .instances
            .values()
            .any(|instance| instance.cluster_arn == *arn)
        {
            let message =
                "The Cluster cannot be deleted while Container Instances are active or draining.";
            return Err(Refusal::new(
                "ClusterContainsContainerInstancesException",
                message,
            ));
        }
        if self
            .runs
            .values()
            .any(|run| run.is_active() && run.task.cluster_arn == *arn)
        {
            let message = "The Cluster cannot be deleted while Tasks are active.";
            return Err(Refusal::new("ClusterContainsTasksException", message));
        }
        if let Some(cluster) = self.clusters.get_mut(&cluster.cluster_name) {
            cluster.status = INACTIVE.to_owned();
        }
        let shown = self
            .clusters
            .get(&cluster.cluster_name)
            .map(|cluster| self.shown(cluster));
        Ok(DeleteClusterResponse { cluster: shown })
    }

    pub(super) fn describe_clusters(
        &mut self,
        world: &mut World,
        request: DescribeClustersRequest,
    ) -> Result<DescribeClustersResponse, Refusal> {
        let names = request.clusters.unwrap_or_else(|| vec![DEFAULT.to_owned()]);
        if names.len() > 100 {
            return Err(Refusal::invalid("Clusters cannot be more than 100."));
        }
        let include = request.include.unwrap_or_default();
        let mut response = DescribeClustersResponse::default();
        for name in &names {
            let Some(cluster) = self.known_cluster(name) else {
                let arn = world.arn("ecs", &format!("cluster/{}", named(name, "cluster")));
                response.failures.push(failure(arn, "MISSING"));
                continue;
            };
            let mut cluster = self.shown(cluster);
            if !include.contains(&ClusterField::Tags) {
                cluster.tags.clear();
            }
            if !include.contains(&ClusterField::Settings) {
                cluster.settings.clear();
            }
            if !include.contains(&ClusterField::Configurations) {
                cluster.configuration = None;
            }
            response.clusters.push(cluster);
        }
        Ok(response)
    }

    pub(super) fn list_clusters(
        &mut self,
        _: &mut World,
        request: ListClustersRequest,
    ) -> Result<ListClustersResponse, Refusal> {
        let active = self
            .clusters
            .iter()
            .filter(|(_, cluster)| cluster.status == ACTIVE);
        let items = active
            .map(|(name, cluster)| (name.clone(), cluster.cluster_arn.clone()))
            .collect();
        let wish = Wish {
            token: request.next_token.as_deref(),
            size: request.max_results,
            descending: false,
        };
        let (cluster_arns, next_token) = page(items, &wish)?;
        Ok(ListClustersResponse {
            cluster_arns,
            next_token,
        })
    }
}

/// Letters, digits, hyphens and underscores, up to 255 of them.
pub(super) fn check_name(what: &str, name: &str) -> Result<(), Refusal> {
    let is_right = (1..=255).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if is_right {
        return Ok(());
    }
    let message =
        format!("The name of a {what} is 1 to 255 letters, digits, hyphens and underscores.");
    Err(Refusal::invalid(message))
}

//! Amazon ECS: its state, and which operation does what.

mod behavior;
mod clusters;
mod controls;
mod definitions;
#[cfg(feature = "sqs")]
mod events;
mod form;
mod instances;
mod launch;
mod lifecycle;
mod names;
#[cfg(feature = "logs")]
mod output;
mod pages;
mod placement;
mod process;
mod tags;
mod tasks;
mod timing;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use behavior::Behavior;
#[cfg(feature = "logs")]
pub(super) use output::Line;
pub use timing::Timing;

use super::carry;
use super::refusal::Refusal;
use super::world::World;
use crate::ecs::{Cluster, Task};
use crate::operation::Operation;
use crate::wire::{Decode, Encode};
use definitions::Definition;
use instances::Instance;
use lifecycle::Run;
use process::Process;
use tokens::Tokens;

/// What stands before the operation's name in `X-Amz-Target`.
pub(super) const PREFIX: &str = "AmazonEC2ContainerServiceV20141113";

/// All that ECS knows.
#[derive(Debug)]
pub(super) struct Ecs {
    /// By name; the deleted ones are inactive.
    clusters: BTreeMap<String, Cluster>,
    /// Revisions in order, by family.
    families: BTreeMap<String, Vec<Definition>>,
    /// By ARN.
    instances: BTreeMap<String, Instance>,
    /// By id.
    runs: BTreeMap<String, Run>,
    /// When which task changes by itself. Entries may have become wrong; a look at the task tells.
    agenda: BTreeSet<(Duration, String)>,
    tokens: Tokens,
    behaviors: BTreeMap<(String, Option<String>), Behavior>,
    timing: Timing,
    lag: Duration,
    /// How many tasks Fargate has room for.
    capacity: Option<usize>,
    /// How many tasks of a cluster may be in PROVISIONING.
    provisioning: Option<usize>,
    /// The queues that are told of changes of tasks.
    event_queues: Vec<String>,
    /// Changes that have not been told yet.
    news: Vec<(Duration, Task)>,
    /// Of tasks that are forgotten; their logs are not.
    past: Vec<Process>,
}

impl Ecs {
    pub(super) fn new(world: &mut World, timing: Timing, lag: Duration) -> Self {
        let mut ecs = Self {
            clusters: BTreeMap::new(),
            families: BTreeMap::new(),
            instances: BTreeMap::new(),
            runs: BTreeMap::new(),
            agenda: BTreeSet::new(),
            tokens: Tokens::default(),
            behaviors: BTreeMap::new(),
            timing,
            lag,
            capacity: None,
            provisioning: None,
            event_queues: Vec::new(),
            news: Vec::new(),
            past: Vec::new(),
        };
        ecs.add_cluster(world, clusters::DEFAULT);
        let arn = world.arn("ecs", &format!("cluster/{}", clusters::DEFAULT));
        ecs.add_instance(world, (&arn, clusters::DEFAULT), 4096, 16_384);
        ecs.add_sleepers(world);
        ecs
    }

    /// Lets happen what is due.
    pub(super) fn advance(&mut self, world: &World) {
        while let Some((at, id)) = self.agenda.pop_first() {
            if at > world.now {
                self.agenda.insert((at, id));
                return;
            }
            let Some(run) = self.runs.get_mut(&id) else {
                continue;
            };
            run.advance(world.now, &world.clock);
            if !run.is_gone() {
                self.note(id);
            } else if let Some(run) = self.runs.remove(&id) {
                let processes = run.into_processes().into_iter();
                self.past
                    .extend(processes.filter(|process| process.log.is_some()));
            }
        }
    }

    /// Puts the next change of a task on the agenda, and what has changed among the news.
    fn note(&mut self, id: String) {
        if let Some(run) = self.runs.get_mut(&id) {
            self.news.append(&mut run.news);
        }
        if let Some(at) = self.runs.get(&id).and_then(Run::next) {
            self.agenda.insert((at, id));
        }
    }

    /// Carries out an operation: from JSON to JSON.
    pub(super) fn carry_out(
        &mut self,
        world: &mut World,
        operation: &str,
        body: &str,
    ) -> Result<Vec<u8>, Refusal> {
        match operation {
            "CreateCluster" => self.call(world, body, Self::create_cluster),
            "DeleteCluster" => self.call(world, body, Self::delete_cluster),
            "DescribeClusters" => self.call(world, body, Self::describe_clusters),
            "ListClusters" => self.call(world, body, Self::list_clusters),
            "RegisterTaskDefinition" => self.call(world, body, Self::register_task_definition),
            "DeregisterTaskDefinition" => self.call(world, body, Self::deregister_task_definition),
            "DescribeTaskDefinition" => self.call(world, body, Self::describe_task_definition),
            "ListTaskDefinitions" => self.call(world, body, Self::list_task_definitions),
            "ListTaskDefinitionFamilies" => {
                self.call(world, body, Self::list_task_definition_families)
            }
            "RegisterContainerInstance" => {
                self.call(world, body, Self::register_container_instance)
            }
            "ListContainerInstances" => self.call(world, body, Self::list_container_instances),
            "DescribeContainerInstances" => {
                self.call(world, body, Self::describe_container_instances)
            }
            "RunTask" => self.call(world, body, Self::run_task),
            "StartTask" => self.call(world, body, Self::start_task),
            "StopTask" => self.call(world, body, Self::stop_task),
            "DescribeTasks" => self.call(world, body, Self::describe_tasks),
            "ListTasks" => self.call(world, body, Self::list_tasks),
            "TagResource" => self.call(world, body, Self::tag_resource),
            "UntagResource" => self.call(world, body, Self::untag_resource),
            "ListTagsForResource" => self.call(world, body, Self::list_tags_for_resource),
            known if names::UNMODELLED.contains(&known) => Err(Refusal::new(
                "UnsupportedOperationException",
                format!("the simulator does not model {known}"),
            )),
            _ => Err(Refusal::new("UnknownOperationException", "")),
        }
    }

    fn call<O>(
        &mut self,
        world: &mut World,
        body: &str,
        act: impl FnOnce(&mut Self, &mut World, O) -> Result<O::Response, Refusal>,
    ) -> Result<Vec<u8>, Refusal>
    where
        O: Operation + Decode,
        O::Response: Encode,
    {
        carry::call(self, world, body, act)
    }
}

/// What an ARN of this kind names, or the text itself if it is no ARN:
/// `arn:aws:ecs:us-east-1:123456789012:task/default/0123` is `default/0123`.
fn named<'a>(reference: &'a str, kind: &str) -> &'a str {
    match reference.strip_prefix("arn:") {
        Some(arn) => arn
            .splitn(5, ':')
            .nth(4)
            .and_then(|resource| resource.strip_prefix(kind)?.strip_prefix('/'))
            .unwrap_or(reference),
        None => reference,
    }
}

/// A failure with an ARN.
fn failure(arn: impl Into<String>, reason: impl Into<String>) -> crate::ecs::Failure {
    crate::ecs::Failure {
        arn: Some(arn.into()),
        reason: Some(reason.into()),
        detail: None,
    }
}

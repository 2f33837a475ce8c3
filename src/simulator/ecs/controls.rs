//! What a test does to the account beside calling it.

use super::form::is_spot;
use super::{Behavior, Timing};
use crate::ecs::{Task, TaskStopCode};
use crate::simulator::Simulator;
use crate::simulator::account::State;

/// Amazon ECS.
impl Simulator {
    /// Sets what the main container of a family's tasks does: the first essential one. The others
    /// run until they are stopped.
    ///
    /// It holds for tasks that are launched from now on.
    pub fn behavior(&self, family: impl Into<String>, behavior: Behavior) {
        self.account
            .now()
            .ecs
            .behaviors
            .insert((family.into(), None), behavior);
    }

    /// Sets what one container of a family's tasks does, by its name.
    ///
    /// It holds for tasks that are launched from now on.
    pub fn container_behavior(
        &self,
        family: impl Into<String>,
        container: impl Into<String>,
        behavior: Behavior,
    ) {
        let key = (family.into(), Some(container.into()));
        self.account.now().ecs.behaviors.insert(key, behavior);
    }

    /// Sets how long tasks that are launched from now on take from state to state.
    pub fn set_timing(&self, timing: Timing) {
        self.account.now().ecs.timing = timing;
    }

    /// Adds a container instance with so many CPU units and so much memory in MiB; returns its
    /// ARN. The cluster is created if it is not there.
    pub fn add_container_instance(&self, cluster: &str, cpu: u32, memory: u32) -> String {
        let mut state = self.account.now();
        let State { world, ecs, .. } = &mut *state;
        let name = super::named(cluster, "cluster");
        ecs.add_cluster(world, name);
        let arn = world.arn("ecs", &format!("cluster/{name}"));
        ecs.add_instance(world, (&arn, name), cpu.into(), memory.into())
    }

    /// Connects or disconnects the agent of a container instance; nothing can be placed where it
    /// is disconnected. Returns whether there is such an instance.
    pub fn set_agent_connected(&self, instance_arn: &str, connected: bool) -> bool {
        let mut state = self.account.now();
        let instance = state.ecs.instances.get_mut(instance_arn);
        instance
            .map(|instance| instance.shown.agent_connected = Some(connected))
            .is_some()
    }

    /// Sets how many tasks Fargate has room for; `None` is any number. Those that are there stay.
    pub fn limit_capacity(&self, tasks: Option<usize>) {
        self.account.now().ecs.capacity = tasks;
    }

    /// Sets how many tasks of a cluster may be in PROVISIONING at a time; `None` is any number.
    pub fn limit_provisioning(&self, tasks: Option<usize>) {
        self.account.now().ecs.provisioning = tasks;
    }

    /// Takes a task on Fargate Spot its capacity away: it gets SIGTERM, and SIGKILL after the
    /// stop timeout. Returns whether there is such a task that was not about to stop already.
    #[must_use = "false says that nothing was interrupted"]
    pub fn interrupt_spot(&self, task_arn: &str) -> bool {
        let mut state = self.account.now();
        let State { world, ecs, .. } = &mut *state;
        let Some(run) = ecs.run(task_arn) else {
            return false;
        };
        if !is_spot(&run.task) || run.task.stop_code.is_some() {
            return false;
        }
        let id = task_arn.rsplit('/').next().unwrap_or_default();
        let reason = "Your Spot Task was interrupted.";
        ecs.stop(world, id, TaskStopCode::SpotInterruption, reason)
            .is_some()
    }

    /// All tasks that there are, the invisible and the stopped included, in no particular order.
    #[must_use]
    pub fn tasks(&self) -> Vec<Task> {
        self.account
            .now()
            .ecs
            .runs
            .values()
            .map(|run| run.task.clone())
            .collect()
    }
}

//! A task's way from its launch to its end, as a machine of timed events.

use std::time::Duration;

use super::behavior::Start;
use super::process::Process;
use super::timing::Timing;
use crate::ecs::{Attachment, Connectivity, KeyValuePair, Task, TaskStatus, TaskStopCode};
use crate::simulator::clock::Clock;
use crate::wire::Timestamp;

/// A task with what the service knows of it beside what it tells.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) task: Task,
    /// From when on it can be described and listed.
    pub(super) visible_at: Duration,
    pub(super) room: Room,
    phase: Phase,
    phase_ends: Option<Duration>,
    /// One for each container of the task.
    processes: Vec<Process>,
    interface: Option<Interface>,
    timing: Timing,
    /// Whether its changes are told.
    pub(super) announces: bool,
    /// Its changes that have not been told yet.
    pub(super) news: Vec<(Duration, Task)>,
}

/// What a task takes up on a container instance.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Room {
    pub(super) cpu: i64,
    pub(super) memory: i64,
    pub(super) ports: Vec<i32>,
}

/// A network interface of the task's own.
#[derive(Debug, Clone)]
pub(super) struct Interface {
    pub(super) attachment_id: String,
    pub(super) interface_id: String,
    pub(super) mac: String,
    pub(super) address: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Provisioning,
    Pending,
    Pulling,
    Activating,
    Running,
    Deactivating,
    Stopping,
    Deprovisioning,
    Stopped,
    Gone,
}

/// Why a task is stopped.
#[derive(Debug, Clone)]
pub(super) struct Stop {
    pub(super) code: TaskStopCode,
    pub(super) reason: String,
}

enum Event {
    PhaseOver,
    Exit(usize),
}

impl Run {
    /// A task that has just been launched. Without an interface of its own it begins in PENDING.
    pub(super) fn new(
        mut task: Task,
        processes: Vec<Process>,
        interface: Option<Interface>,
        timing: Timing,
        now: Duration,
    ) -> Self {
        let stuck = processes
            .iter()
            .find_map(|process| match process.behavior.start {
                Start::Stuck { after, .. } => Some(after),
                _ => None,
            });
        let (phase, status, lasts) = match interface {
            Some(_) => (
                Phase::Provisioning,
                TaskStatus::Provisioning,
                stuck.unwrap_or(timing.provisioning),
            ),
            None => (Phase::Pending, TaskStatus::Pending, timing.pending / 5),
        };
        task.last_status = status;
        task.desired_status = TaskStatus::Running;
        task.version = 1;
        for container in &mut task.containers {
            container.last_status = TaskStatus::Pending;
        }
        Self {
            task,
            visible_at: now,
            room: Room::default(),
            phase,
            phase_ends: Some(now.saturating_add(lasts)),
            processes,
            interface,
            timing,
            announces: false,
            news: Vec::new(),
        }
    }

    /// The containers' processes.
    #[cfg(feature = "logs")]
    pub(super) fn processes(&self) -> &[Process] {
        &self.processes
    }

    /// Its processes, when it is forgotten.
    pub(super) fn into_processes(self) -> Vec<Process> {
        self.processes
    }

    /// Keeps the task as it is now, to be told.
    pub(super) fn announce(&mut self, at: Duration) {
        if self.announces && self.phase != Phase::Gone {
            self.news.push((at, self.task.clone()));
        }
    }

    pub(super) fn is_gone(&self) -> bool {
        self.phase == Phase::Gone
    }

    /// Whether the task takes up room.
    pub(super) fn is_active(&self) -> bool {
        !matches!(self.phase, Phase::Stopped | Phase::Gone)
    }

    /// When something happens next by itself.
    pub(super) fn next(&self) -> Option<Duration> {
        self.due().map(|(at, _)| at)
    }

    fn due(&self) -> Option<(Duration, Event)> {
        let exits = self.processes.iter().enumerate();
        let exits =
            exits.filter_map(|(index, process)| Some((process.exit()?.at, Event::Exit(index))));
        let phase = self.phase_ends.map(|at| (at, Event::PhaseOver));
        exits.chain(phase).min_by_key(|(at, _)| *at)
    }

    /// Lets happen what is due.
    pub(super) fn advance(&mut self, now: Duration, clock: &Clock) {
        while let Some((at, event)) = self.due()
            && at <= now
        {
            match event {
                Event::PhaseOver => self.leave_phase(at, clock),
                Event::Exit(index) => self.exited(index, at, clock),
            }
            self.task.version += 1;
            self.announce(at);
        }
    }

    /// Stops the task, unless that is under way or over.
    pub(super) fn stop(&mut self, stop: Stop, now: Duration, clock: &Clock) {
        if self.task.desired_status == TaskStatus::Stopped {
            return;
        }
        self.begin_stop(stop, now, clock);
        self.task.version += 1;
        self.announce(now);
    }

    fn enter(&mut self, phase: Phase, status: TaskStatus, ends: Option<Duration>) {
        self.phase = phase;
        self.phase_ends = ends;
        self.task.last_status = status;
    }

    fn leave_phase(&mut self, at: Duration, clock: &Clock) {
        let date = date(clock, at);
        let timing = &self.timing;
        match self.phase {
            Phase::Provisioning if self.is_stuck() => self.fail(at, clock),
            Phase::Provisioning => {
                let ends = at.saturating_add(timing.pending / 5);
                self.attach_interface();
                self.enter(Phase::Pending, TaskStatus::Pending, Some(ends));
                self.task.connectivity = Some(Connectivity::Connected);
                self.task.connectivity_at = Some(date);
            }
            Phase::Pending => {
                let ends = at.saturating_add(timing.pending - timing.pending / 5);
                self.enter(Phase::Pulling, TaskStatus::Pending, Some(ends));
                self.task.pull_started_at = Some(date);
            }
            Phase::Pulling if self.obstacle().is_some() => self.fail(at, clock),
            Phase::Pulling => {
                let ends = at.saturating_add(timing.activating);
                self.task.pull_stopped_at = Some(date);
                self.enter(Phase::Activating, TaskStatus::Activating, Some(ends));
            }
            Phase::Activating => {
                self.enter(Phase::Running, TaskStatus::Running, None);
                self.task.started_at = Some(date);
                for (process, container) in self.processes.iter_mut().zip(&mut self.task.containers)
                {
                    process.start(at);
                    container.last_status = TaskStatus::Running;
                    container.runtime_id = Some(process.runtime_id.clone());
                }
            }
            Phase::Deactivating => {
                self.enter(Phase::Stopping, TaskStatus::Stopping, None);
                for process in &mut self.processes {
                    process.terminate(at, self.timing.stop_timeout);
                }
                self.settle(at, clock);
            }
            Phase::Stopping if self.interface.is_some() => {
                let ends = at.saturating_add(timing.deprovisioning);
                self.enter(
                    Phase::Deprovisioning,
                    TaskStatus::Deprovisioning,
                    Some(ends),
                );
            }
            Phase::Stopping | Phase::Deprovisioning => self.stopped(at, clock),
            Phase::Stopped => self.enter(Phase::Gone, TaskStatus::Stopped, None),
            Phase::Running | Phase::Gone => self.phase_ends = None,
        }
    }

    fn exited(&mut self, index: usize, at: Duration, clock: &Clock) {
        let (Some(process), Some(container)) = (
            self.processes.get_mut(index),
            self.task.containers.get_mut(index),
        ) else {
            return;
        };
        let Some(exit) = process.end() else { return };
        container.last_status = TaskStatus::Stopped;
        container.exit_code = Some(exit.code);
        container.reason = exit.reason.map(str::to_owned);
        let essential = process.essential;
        let none_runs = !self.processes.iter().any(Process::is_running);
        if none_runs {
            self.task.execution_stopped_at = Some(date(clock, at));
        }
        match self.phase {
            Phase::Running if essential || none_runs => {
                let stop = Stop {
                    code: TaskStopCode::EssentialContainerExited,
                    reason: "Essential container in task exited".to_owned(),
                };
                self.begin_stop(stop, at, clock);
            }
            Phase::Stopping => self.settle(at, clock),
            _ => {}
        }
    }

    fn begin_stop(&mut self, stop: Stop, at: Duration, clock: &Clock) {
        self.task.desired_status = TaskStatus::Stopped;
        self.task.stop_code = Some(stop.code);
        self.task.stopped_reason = Some(stop.reason);
        self.task.stopping_at = Some(date(clock, at));
        match self.phase {
            // Containers that never ran have nothing to be told.
            Phase::Provisioning | Phase::Pending | Phase::Pulling | Phase::Activating => {
                self.enter(Phase::Stopping, TaskStatus::Stopping, None);
                self.settle(at, clock);
            }
            _ => {
                let ends = at.saturating_add(self.timing.deactivating);
                self.enter(Phase::Deactivating, TaskStatus::Deactivating, Some(ends));
            }
        }
    }

    /// In STOPPING: once no container runs any more, goes on.
    fn settle(&mut self, at: Duration, clock: &Clock) {
        if self.processes.iter().any(Process::is_running) {
            return;
        }
        self.task
            .execution_stopped_at
            .get_or_insert_with(|| date(clock, at));
        self.phase_ends = Some(at.saturating_add(self.timing.stopping));
    }

    /// Ends a task that cannot start.
    fn fail(&mut self, at: Duration, clock: &Clock) {
        let reason = self.obstacle().unwrap_or_default().to_owned();
        for (process, container) in self.processes.iter().zip(&mut self.task.containers) {
            if let Some(own) = process.behavior.obstacle() {
                container.last_status = TaskStatus::Stopped;
                container.reason = Some(own.to_owned());
            }
        }
        let code = TaskStopCode::TaskFailedToStart;
        self.begin_stop(Stop { code, reason }, at, clock);
    }

    fn stopped(&mut self, at: Duration, clock: &Clock) {
        let ends = at.saturating_add(self.timing.retention);
        self.enter(Phase::Stopped, TaskStatus::Stopped, Some(ends));
        self.task.stopped_at = Some(date(clock, at));
        self.task.tags.clear();
        for container in &mut self.task.containers {
            container.last_status = TaskStatus::Stopped;
        }
        if let Some(attachment) = self.attachment() {
            attachment.status = Some("DELETED".to_owned());
        }
    }

    fn obstacle(&self) -> Option<&str> {
        self.processes
            .iter()
            .find_map(|process| process.behavior.obstacle())
    }

    fn is_stuck(&self) -> bool {
        self.processes
            .iter()
            .any(|process| matches!(process.behavior.start, Start::Stuck { .. }))
    }

    fn attachment(&mut self) -> Option<&mut Attachment> {
        let id = &self.interface.as_ref()?.attachment_id;
        self.task
            .attachments
            .iter_mut()
            .find(|attachment| attachment.id.as_ref() == Some(id))
    }

    fn attach_interface(&mut self) {
        let Some(interface) = self.interface.clone() else {
            return;
        };
        if let Some(attachment) = self.attachment() {
            attachment.status = Some("ATTACHED".to_owned());
            let name = format!("ip-{}.ec2.internal", interface.address.replace('.', "-"));
            attachment.details.extend([
                pair("networkInterfaceId", &interface.interface_id),
                pair("macAddress", &interface.mac),
                pair("privateDnsName", &name),
                pair("privateIPv4Address", &interface.address),
            ]);
        }
        for container in &mut self.task.containers {
            container.network_interfaces = vec![crate::ecs::NetworkInterface {
                attachment_id: Some(interface.attachment_id.clone()),
                private_ipv4_address: Some(interface.address.clone()),
                ipv6_address: None,
            }];
        }
    }
}

pub(super) fn pair(name: &str, value: &str) -> KeyValuePair {
    KeyValuePair {
        name: Some(name.to_owned()),
        value: Some(value.to_owned()),
    }
}

fn date(clock: &Clock, at: Duration) -> Timestamp {
    clock.at(at).into()
}

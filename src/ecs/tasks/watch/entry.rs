//! What is known of one watched task. As little as possible is kept: there may be a hundred
//! thousand of them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::ecs::tasks::Outcome;
use crate::ecs::tasks::name::id_of;
use crate::ecs::{LaunchType, Task, TaskStatus};
use crate::error::Error;
use crate::wire::Timestamp;

/// A watched task, shared by its handles.
#[derive(Debug)]
pub(in crate::ecs::tasks) struct Entry {
    /// The ARN, or the id where that is all there is.
    pub(in crate::ecs::tasks) reference: Box<str>,
    /// Woken by every change.
    pub(in crate::ecs::tasks) changed: Notify,
    /// The group in which it is looked at.
    group: AtomicU32,
    state: Mutex<State>,
}

/// What is known of it.
#[derive(Debug)]
pub(in crate::ecs::tasks) struct State {
    /// `None` until it has been seen.
    pub(in crate::ecs::tasks) status: Option<TaskStatus>,
    pub(in crate::ecs::tasks) desired: TaskStatus,
    pub(in crate::ecs::tasks) version: i64,
    /// Counts the changes.
    pub(in crate::ecs::tasks) changes: u32,
    /// How many want the whole task when it changes.
    wanted: u32,
    /// The whole task as it was last seen, as long as somebody wants it.
    pub(in crate::ecs::tasks) task: Option<Arc<Task>>,
    /// How it ended.
    pub(in crate::ecs::tasks) end: Option<End>,
    /// Counts the calls that failed for good.
    pub(in crate::ecs::tasks) failures: u32,
    /// The error of the last call about it, if that is how it ended.
    pub(in crate::ecs::tasks) error: Option<Arc<Error>>,
    /// When something last happened to it that lets expect more.
    touched: Instant,
    missing_since: Option<Instant>,
    /// Whether events of it come in.
    fed: bool,
    /// Whether it is to be read in full even if it has not changed.
    reread: bool,
    created_at: Option<Timestamp>,
    started_at: Option<Timestamp>,
    marks: Option<Arc<Marks>>,
}

/// What the tasks of a launch have in common.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Marks {
    cluster_arn: String,
    task_definition_arn: String,
    group: Option<String>,
    started_by: Option<String>,
    launch_type: Option<LaunchType>,
}

/// How watching a task ended.
#[derive(Debug, Clone)]
pub(in crate::ecs::tasks) enum End {
    Outcome(Arc<Outcome>),
    /// The service does not know it, and it was never seen.
    NotFound,
}

impl Entry {
    pub(super) fn new(reference: &str, now: Instant) -> Self {
        Self {
            reference: reference.into(),
            changed: Notify::new(),
            group: AtomicU32::new(0),
            state: Mutex::new(State {
                status: None,
                desired: TaskStatus::default(),
                version: 0,
                changes: 0,
                wanted: 0,
                task: None,
                end: None,
                failures: 0,
                error: None,
                touched: now,
                missing_since: None,
                fed: false,
                reread: false,
                created_at: None,
                started_at: None,
                marks: None,
            }),
        }
    }

    pub(in crate::ecs::tasks) fn id(&self) -> &str {
        id_of(&self.reference)
    }

    pub(super) fn group(&self) -> u32 {
        self.group.load(Ordering::Relaxed)
    }

    pub(super) fn set_group(&self, group: u32) {
        self.group.store(group, Ordering::Relaxed);
    }

    pub(in crate::ecs::tasks) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the task as an answer or an event has it; returns whether that was news.
    pub(super) fn see(&self, task: Arc<Task>, marks: &mut Pool, fed: bool, now: Instant) -> bool {
        let mut state = self.state();
        state.fed |= fed;
        if !state.is_news(task.version, task.last_status.as_str()) {
            return false;
        }
        state.see(task, marks, now);
        drop(state);
        self.changed.notify_waiters();
        true
    }

    /// Notes that the service does not know the task; when it has said so for `grace`, that is
    /// the end.
    pub(super) fn miss(&self, grace: Duration, now: Instant) {
        let mut state = self.state();
        if state.miss(&self.reference, grace, now) {
            drop(state);
            self.changed.notify_waiters();
        }
    }

    /// Notes an error that will not pass: everybody who waits gets it.
    pub(super) fn fail(&self, error: Arc<Error>) {
        let mut state = self.state();
        state.failures += 1;
        state.error = Some(error);
        drop(state);
        self.changed.notify_waiters();
    }

    /// Notes an error that will pass: who waits in vain may want to know.
    pub(super) fn trouble(&self, error: Arc<Error>) {
        self.state().error = Some(error);
    }

    /// Has changes kept in full for as long as the answer lives.
    pub(in crate::ecs::tasks) fn want(self: &Arc<Self>) -> Wanted {
        self.state().wanted += 1;
        Wanted(self.clone())
    }
}

impl State {
    /// Whether a task in this state has something to say that is not known yet.
    pub(super) fn is_news(&self, version: i64, status: &str) -> bool {
        if self.end.is_some() {
            return false;
        }
        let Some(known) = &self.status else {
            return true;
        };
        // The version grows with every change; an answer can be older than an event, or than
        // another answer. Implementations without versions have the order of the states.
        if version != self.version && version != 0 && self.version != 0 {
            return version > self.version;
        }
        self.reread || (known.as_str() != status && can_follow(known, &TaskStatus::from(status)))
    }

    /// Notes that the service knows the task; returns whether it has news of it.
    pub(super) fn is_found(&mut self, version: i64, status: &str) -> bool {
        self.missing_since = None;
        self.error = None;
        self.is_news(version, status)
    }

    fn see(&mut self, task: Arc<Task>, marks: &mut Pool, now: Instant) {
        if self.version != task.version || self.status.as_ref() != Some(&task.last_status) {
            self.touched = now;
            self.changes += 1;
        }
        self.status = Some(task.last_status.clone());
        self.desired = task.desired_status.clone();
        self.version = task.version;
        self.created_at = task.created_at.or(self.created_at);
        self.started_at = task.started_at.or(self.started_at);
        self.missing_since = None;
        self.reread = false;
        self.error = None;
        if self.marks.is_none() {
            self.marks = Some(marks.get(&task));
        }
        if self.wanted > 0 {
            self.task = Some(task.clone());
        }
        if let Some(outcome) = Outcome::of(task) {
            self.end = Some(End::Outcome(Arc::new(outcome)));
        }
    }

    fn miss(&mut self, reference: &str, grace: Duration, now: Instant) -> bool {
        if self.end.is_some() {
            return false;
        }
        let since = *self.missing_since.get_or_insert(now);
        if now.saturating_duration_since(since) < grace {
            return false;
        }
        self.end = Some(match self.status {
            Some(_) => End::Outcome(Arc::new(Outcome::expired(self.last_seen(reference)))),
            None => End::NotFound,
        });
        true
    }

    /// The task with what is kept of it.
    fn last_seen(&self, reference: &str) -> Arc<Task> {
        if let Some(task) = &self.task {
            return task.clone();
        }
        let mut task = Task {
            task_arn: reference.to_owned(),
            last_status: self.status.clone().unwrap_or_default(),
            desired_status: self.desired.clone(),
            version: self.version,
            created_at: self.created_at,
            started_at: self.started_at,
            ..Task::default()
        };
        if let Some(marks) = &self.marks {
            task.cluster_arn.clone_from(&marks.cluster_arn);
            task.task_definition_arn
                .clone_from(&marks.task_definition_arn);
            task.group.clone_from(&marks.group);
            task.started_by.clone_from(&marks.started_by);
            task.launch_type.clone_from(&marks.launch_type);
        }
        Arc::new(task)
    }

    /// Whether there is nothing more to be seen.
    pub(super) fn is_over(&self) -> bool {
        self.end.is_some()
    }

    /// When something last happened to it, and whether events tell what happens.
    pub(super) fn pulse(&self) -> (Instant, bool) {
        (self.touched, self.fed)
    }

    /// Lets expect that something will happen soon.
    pub(super) fn touch(&mut self, now: Instant) {
        self.touched = now;
    }

    /// Has it read in full at the next look.
    pub(in crate::ecs::tasks) fn set_reread(&mut self) {
        self.reread = true;
    }

    /// Whether it is to be read in full at the next look.
    pub(super) fn is_reread(&self) -> bool {
        self.reread
    }
}

/// Whether a task can go from one state to the other. A state that is not known here can stand
/// anywhere.
fn can_follow(before: &TaskStatus, after: &TaskStatus) -> bool {
    match (rank(before), rank(after)) {
        (Some(before), Some(after)) => before < after,
        _ => true,
    }
}

/// The order in which a task goes through its states.
fn rank(status: &TaskStatus) -> Option<u8> {
    Some(match status {
        TaskStatus::Provisioning => 1,
        TaskStatus::Pending => 2,
        TaskStatus::Activating => 3,
        TaskStatus::Running => 4,
        TaskStatus::Deactivating => 5,
        TaskStatus::Stopping => 6,
        TaskStatus::Deprovisioning => 7,
        TaskStatus::Stopped => 8,
        TaskStatus::Deleted => 9,
        TaskStatus::Unknown(_) => return None,
    })
}

/// While it lives, changes are kept in full.
#[derive(Debug)]
pub(in crate::ecs::tasks) struct Wanted(Arc<Entry>);

impl Drop for Wanted {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.wanted -= 1;
        if state.wanted == 0 {
            state.task = None;
        }
    }
}

/// The marks of the last launches, so that ten thousand tasks share one copy.
#[derive(Debug, Default)]
pub(super) struct Pool(Vec<Arc<Marks>>);

impl Pool {
    const MOST: usize = 16;

    fn get(&mut self, task: &Task) -> Arc<Marks> {
        let is_same = |marks: &&Arc<Marks>| {
            marks.cluster_arn == task.cluster_arn
                && marks.task_definition_arn == task.task_definition_arn
                && marks.group == task.group
                && marks.started_by == task.started_by
                && marks.launch_type == task.launch_type
        };
        if let Some(marks) = self.0.iter().find(is_same) {
            return marks.clone();
        }
        let marks = Arc::new(Marks {
            cluster_arn: task.cluster_arn.clone(),
            task_definition_arn: task.task_definition_arn.clone(),
            group: task.group.clone(),
            started_by: task.started_by.clone(),
            launch_type: task.launch_type.clone(),
        });
        if self.0.len() == Self::MOST {
            self.0.remove(0);
        }
        self.0.push(marks.clone());
        marks
    }
}

//! Watching any number of tasks with as few calls as they need.
//!
//! A client has one watcher for each cluster, which all handles share. It puts their tasks into
//! groups of up to 100, looks at each group by one DescribeTasks, and reads what has changed. A
//! group is due again after the interval that is set, sooner if something has just happened, and
//! later if the share of the quota that all groups together may use makes it so. Events can be fed
//! in and spare most of the looking. The watcher ends with its last handle.

mod budget;
mod drive;
mod entry;
mod glance;
mod poll;
mod settings;
mod watcher;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use litemap::LiteMap;
use tokio::time::Instant;

use super::handle::TaskHandle;
use super::name::{TaskName, cluster_name, is_cluster, is_id};
use crate::client::Runtime;
use crate::config::ConfigError;
use crate::ecs::{Client, DescribeTasksRequest, Task};
use crate::error::{Error, InvalidRequest};
use crate::operation::Operation as _;
use crate::wire;
use budget::Budget;

pub(super) use entry::{End, Entry, State, Wanted};
#[cfg(test)]
pub(crate) use glance::fuzzed_answer;
pub use settings::WatchSettings;
pub(super) use watcher::{Messages, Watcher};

/// What the service takes where no cluster is named.
const DEFAULT_CLUSTER: &str = "default";

impl Client {
    /// Sets how tasks are watched, for clusters of which this client watches none yet.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] where a setting makes no sense.
    pub fn set_watch(&self, settings: WatchSettings) -> Result<(), Error> {
        if let Some(problem) = settings.problem() {
            return Err(ConfigError::InvalidSetting { problem }.into());
        }
        let watchers = Watchers::of(self.runtime());
        let mut state = watchers.state();
        // Watchers that are there keep the budget that they have.
        state.budget = Weak::new();
        state.settings = settings;
        Ok(())
    }

    /// Watches a task that RunTask or DescribeTasks answered with.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let simulator = longshore::simulator::Simulator::new();
    /// # let ecs = longshore::ecs::Client::new(&simulator.config())?;
    /// # use longshore::ecs::RunTaskRequest;
    /// let answer = ecs.run_task(RunTaskRequest::new("sleep360")).await?;
    /// let task = ecs.watch_task(&answer.tasks[0]);
    /// task.running().await?;
    /// let outcome = task.stopped().await?;
    /// assert!(outcome.is_success(), "{outcome}");
    /// # Ok(())
    /// # }
    /// ```
    #[inline] // as all that leads to a call: see `Messages`
    #[must_use]
    pub fn watch_task(&self, task: &Task) -> TaskHandle {
        watch_task(self, messages(), Arc::new(task.clone()))
    }

    /// Watches tasks, such as those that a launch has started.
    #[inline]
    #[must_use]
    pub fn watch<'t>(&self, tasks: impl IntoIterator<Item = &'t Task>) -> Vec<TaskHandle> {
        let tasks = tasks.into_iter();
        tasks
            .map(|task| watch_task(self, messages(), Arc::new(task.clone())))
            .collect()
    }

    /// Watches the task with this ARN, of which nothing else need be known.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] if it is no task's ARN, is one of another region than the
    /// client's, or names no cluster, as ARNs of the old short form: see
    /// [`watch_id`](Self::watch_id) for these.
    #[inline]
    pub fn watch_arn(&self, arn: &str) -> Result<TaskHandle, Error> {
        watch_arn(self, messages(), arn)
    }

    /// Watches the task with this id, or ARN, in this cluster.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] if it is none.
    #[inline]
    pub fn watch_id(&self, cluster: &str, task: &str) -> Result<TaskHandle, Error> {
        watch_id(self, messages(), cluster, task)
    }

    /// Tells the watcher of a task as an EventBridge event has it. Returns whether the task is
    /// watched and this was news.
    ///
    /// From the first event on a task is looked at only once in a while, in case events get lost
    /// ([`WatchSettings::safety_net`]). Events may come twice and in any order.
    pub fn feed(&self, task: impl Into<Arc<Task>>) -> bool {
        self.feed_shared(task.into())
    }

    fn feed_shared(&self, task: Arc<Task>) -> bool {
        let (cluster, id) = TaskName::of_task(&task);
        let watcher = Watchers::of(self.runtime()).find(cluster.unwrap_or(DEFAULT_CLUSTER));
        let Some(watcher) = watcher else {
            return false;
        };
        let Some(entry) = watcher.find(id) else {
            return false;
        };
        let mut pool = watcher.pool.lock().unwrap_or_else(PoisonError::into_inner);
        entry.see(task, &mut pool, true, Instant::now())
    }
}

/// Only programs that watch compile what these point to.
#[inline]
pub(super) fn messages() -> Messages {
    Messages {
        describe: wire::to_json::<DescribeTasksRequest>,
        task: wire::from_json::<Task>,
    }
}

pub(super) fn watch_task(ecs: &Client, messages: Messages, task: Arc<Task>) -> TaskHandle {
    let (cluster, _) = TaskName::of_task(&task);
    let watcher = Watchers::of(ecs.runtime()).get(
        ecs.runtime(),
        cluster.unwrap_or(DEFAULT_CLUSTER),
        messages,
    );
    let entry = watcher.entry(&task.task_arn);
    let mut pool = watcher.pool.lock().unwrap_or_else(PoisonError::into_inner);
    entry.see(task, &mut pool, false, Instant::now());
    drop(pool);
    TaskHandle::new(ecs.clone(), watcher, entry)
}

fn watch_arn(ecs: &Client, messages: Messages, arn: &str) -> Result<TaskHandle, Error> {
    let name = named(ecs.runtime(), arn)?;
    let Some(cluster) = name.cluster else {
        return Err(invalid(arn, "names no cluster; give it with watch_id"));
    };
    Ok(handle(ecs, messages, cluster, arn))
}

fn watch_id(
    ecs: &Client,
    messages: Messages,
    cluster: &str,
    reference: &str,
) -> Result<TaskHandle, Error> {
    let Some(cluster) = cluster_name(cluster).filter(|name| is_cluster(name)) else {
        return Err(invalid(cluster, "is no cluster's name"));
    };
    if reference.starts_with("arn:") {
        let name = named(ecs.runtime(), reference)?;
        if name.cluster.is_some_and(|own| own != cluster) {
            return Err(invalid(reference, "is in another cluster"));
        }
    } else if !is_id(reference) {
        return Err(invalid(reference, "is no task's id"));
    }
    Ok(handle(ecs, messages, cluster, reference))
}

fn handle(ecs: &Client, messages: Messages, cluster: &str, reference: &str) -> TaskHandle {
    let watcher = Watchers::of(ecs.runtime()).get(ecs.runtime(), cluster, messages);
    let entry = watcher.entry(reference);
    TaskHandle::new(ecs.clone(), watcher, entry)
}

fn named<'a>(runtime: &Runtime, arn: &'a str) -> Result<TaskName<'a>, Error> {
    let name = TaskName::of_arn(arn).map_err(|problem| invalid(arn, problem))?;
    if name.region != runtime.region() {
        let problem = format!(
            "is a task of the region {}, but the client is for {}",
            name.region,
            runtime.region()
        );
        return Err(invalid(arn, &problem));
    }
    Ok(name)
}

fn invalid(reference: &str, problem: &str) -> Error {
    let shown: String = reference.chars().take(200).collect();
    let problem = format!("`{}` {problem}", crate::error::OneLine(&shown));
    InvalidRequest::error("DescribeTasks", problem)
}

/// The watchers of a client and its clones.
#[derive(Debug, Default)]
struct Watchers(Mutex<WatchersState>);

#[derive(Debug, Default)]
struct WatchersState {
    settings: WatchSettings,
    by_cluster: LiteMap<Box<str>, Weak<Watcher>>,
    /// Lives as long as a watcher uses it.
    budget: Weak<Budget>,
}

impl Watchers {
    fn of(runtime: &Runtime) -> Arc<Self> {
        runtime.companion(Self::default)
    }

    fn find(&self, cluster: &str) -> Option<Arc<Watcher>> {
        self.state().by_cluster.get(cluster)?.upgrade()
    }

    fn get(&self, runtime: &Runtime, cluster: &str, messages: Messages) -> Arc<Watcher> {
        let mut state = self.state();
        if let Some(watcher) = state.by_cluster.get(cluster).and_then(Weak::upgrade) {
            return watcher;
        }
        state
            .by_cluster
            .retain(|_, watcher| watcher.strong_count() > 0);
        let budget = state.budget.upgrade().unwrap_or_else(|| {
            let quota = DescribeTasksRequest::INFO.quota;
            let quota = quota.and_then(|index| runtime.service().quotas.get(index));
            // A model without the quota would be a mistake; one call a second offends nobody.
            let rate = quota.map_or(1.0, |quota| runtime.pacing().of(quota).1);
            Arc::new(Budget::new(rate * state.settings.share))
        });
        state.budget = Arc::downgrade(&budget);
        let settings = state.settings.clone();
        let watcher = Watcher::new(runtime.clone(), cluster, settings, messages, budget);
        let watcher = Arc::new(watcher);
        state
            .by_cluster
            .insert(cluster.into(), Arc::downgrade(&watcher));
        watcher
    }

    fn state(&self) -> MutexGuard<'_, WatchersState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

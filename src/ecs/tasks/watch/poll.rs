//! One look at a group: a call of DescribeTasks, and what its answer means for the tasks.

use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use foldhash::quality::FixedState;
use litemap::LiteMap;
use tokio::time::Instant;

use super::entry::Entry;
use super::glance::{Answer, Glance};
use super::watcher::{Due, Watcher, Went};
use crate::client::{self, CallSettings, Incoming, Outgoing};
use crate::ecs::DescribeTasksRequest;
use crate::ecs::tasks::name::id_of;
use crate::error::{Error, InvalidRequest};
use crate::operation::Operation as _;

/// A call that hangs holds its group up.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// A call that is under way; it counts as failed unless it is said to have gone otherwise.
struct Look {
    watcher: Arc<Watcher>,
    group: u32,
    went: Went,
}

impl Drop for Look {
    fn drop(&mut self) {
        self.watcher.finish(self.group, self.went);
    }
}

/// Looks at a group.
pub(super) async fn look(watcher: Arc<Watcher>, due: Due) {
    let mut look = Look {
        watcher,
        group: due.group,
        went: Went::Badly,
    };
    let result = call(&look.watcher, &due.members).await;
    look.went = match result {
        Ok(incoming) => read(&look.watcher, &due, &incoming),
        Err(error) => failed(&look.watcher, &due, error),
    };
}

/// One attempt: what a call would try again, the watcher does.
async fn call(watcher: &Watcher, members: &[Arc<Entry>]) -> Result<Incoming, Error> {
    let request = DescribeTasksRequest {
        cluster: Some(watcher.cluster.to_string()),
        ..DescribeTasksRequest::new(members.iter().map(|entry| &*entry.reference))
    };
    let body = (watcher.messages.describe)(&request)
        .map_err(|error| InvalidRequest::error("DescribeTasks", error.to_string()))?;
    let settings = CallSettings {
        attempt_timeout: Some(ATTEMPT_TIMEOUT),
        max_attempts: Some(1),
        ..CallSettings::default()
    };
    let outgoing = Outgoing::new(DescribeTasksRequest::INFO, body, settings);
    watcher.runtime.execute(&outgoing).await
}

/// What a failed call means.
fn failed(watcher: &Watcher, due: &Due, error: Error) -> Went {
    if error.is_throttle() {
        watcher.budget.throttled();
    }
    let passes = error.is_retryable();
    if !passes && due.members.len() > 1 && is_about_one(&error) {
        return Went::Split;
    }
    tracing::debug!(%error, tasks = due.members.len(), "looking at tasks failed");
    let error = Arc::new(error);
    for entry in &due.members {
        if passes {
            entry.trouble(error.clone());
        } else {
            entry.fail(error.clone());
        }
    }
    if passes { Went::Badly } else { Went::Refused }
}

/// Whether one task of many can be what the service complains about.
fn is_about_one(error: &Error) -> bool {
    matches!(error, Error::InvalidParameter(_) | Error::Client(_))
}

/// Reads an answer as far as there is news in it.
fn read(watcher: &Watcher, due: &Due, incoming: &Incoming) -> Went {
    // Most polls are over with this, so it has to be quick; there is nobody to be kept from
    // choosing what it hashes.
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(&incoming.body);
    let hash = hasher.finish();
    if due.hash == Some(hash) {
        return Went::Well(Some(hash));
    }
    let text = match client::text(incoming) {
        Ok(text) => text,
        Err(error) => return unreadable(due, error),
    };
    let answer: Answer<'_> = match serde_json::from_str(text) {
        Ok(answer) => answer,
        Err(error) => return unreadable(due, client::undecodable(incoming, text, &error)),
    };
    let now = Instant::now();
    let mut unseen: LiteMap<&str, &Arc<Entry>> = LiteMap::with_capacity(due.members.len());
    for entry in &due.members {
        unseen.insert(entry.id(), entry);
    }
    let mut is_clear = true;
    for raw in answer.tasks {
        let Ok(glance) = serde_json::from_str::<Glance<'_>>(raw.get()) else {
            is_clear = false;
            continue;
        };
        let Some(entry) = unseen.remove(id_of(&glance.arn)) else {
            continue;
        };
        if !entry.state().is_found(glance.version, &glance.status) {
            continue;
        }
        match (watcher.messages.task)(raw.get()) {
            Ok(task) => {
                let mut pool = watcher.pool.lock().unwrap_or_else(PoisonError::into_inner);
                entry.see(Arc::new(task), &mut pool, false, now);
            }
            Err(error) => {
                is_clear = false;
                entry.fail(Arc::new(client::undecodable(incoming, raw.get(), &error)));
            }
        }
    }
    // A task about which the answer is silent is as good as one that it calls missing.
    for entry in unseen.values() {
        // The same answer counts again, until it is believed.
        is_clear = false;
        entry.miss(watcher.settings.grace, now);
    }
    Went::Well(is_clear.then_some(hash))
}

/// An answer that makes no sense: the next one may.
fn unreadable(due: &Due, error: Error) -> Went {
    let error = Arc::new(error);
    for entry in &due.members {
        entry.trouble(error.clone());
    }
    Went::Badly
}

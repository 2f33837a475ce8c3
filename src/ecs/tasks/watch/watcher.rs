//! The watcher of a cluster: its tasks in groups of up to a hundred, each of which one call looks
//! at, and when that is due.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::budget::Budget;
use super::entry::{Entry, Pool};
use super::settings::WatchSettings;
use crate::client::Runtime;
use crate::ecs::{DescribeTasksRequest, Task};

/// As many tasks as one DescribeTasks takes
/// ([API reference](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html)).
const MOST_A_CALL: usize = 100;
/// The first look at a task, and the shortest pause before another.
const FIRST_LOOK: Duration = Duration::from_secs(1);
/// The longest pause after calls that failed.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The pause after a refusal, which most likely comes again.
const REFUSED_PAUSE: Duration = Duration::from_secs(60);
/// Calls under way at once.
const MOST_CALLS: usize = 32;
/// So many entries are not looked through for those without handles.
const LEAST_CROWD: usize = 1000;

/// How the messages of a poll are written and read: as pointers, so that a program that watches
/// nothing, and this crate itself, compile nothing of them.
#[derive(Clone, Copy)]
pub(in crate::ecs::tasks) struct Messages {
    pub(in crate::ecs::tasks) describe:
        fn(&DescribeTasksRequest) -> Result<Vec<u8>, serde_json::Error>,
    pub(in crate::ecs::tasks) task: fn(&str) -> Result<Task, serde_json::Error>,
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Messages")
    }
}

/// Watches the tasks of a cluster for all handles of a client.
#[derive(Debug)]
pub(in crate::ecs::tasks) struct Watcher {
    pub(super) runtime: Runtime,
    pub(in crate::ecs::tasks) cluster: Box<str>,
    pub(super) settings: WatchSettings,
    pub(super) messages: Messages,
    pub(super) budget: Arc<Budget>,
    /// Woken when there is something to do before it is due.
    pub(super) wake: Notify,
    pub(super) pool: Mutex<Pool>,
    groups: Mutex<Groups>,
}

#[derive(Debug)]
struct Groups {
    /// Few enough to be looked through one by one: a thousand for a hundred thousand tasks.
    all: Vec<Group>,
    next_id: u32,
    /// The group that has room for new tasks.
    open: Option<u32>,
    /// All watched tasks, by their ids.
    entries: HashMap<Box<str>, Weak<Entry>>,
    /// With so many entries, those without handles are cleared away.
    crowded: usize,
    /// Whether somebody looks when a group is due.
    driven: bool,
    calls: usize,
    /// When the last group is due again; the next one's turn comes a little later.
    slot: Instant,
}

#[derive(Debug)]
struct Group {
    id: u32,
    members: Vec<Weak<Entry>>,
    due: Instant,
    /// Of the last answer's bytes. `None` if the next answer is to be read in any case.
    hash: Option<u64>,
    under_way: bool,
    /// Whether it is to be looked at again as soon as the call under way is over.
    again: bool,
    /// How many calls in a row have failed.
    failed: u32,
}

/// A group that is due.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) group: u32,
    pub(super) members: Vec<Arc<Entry>>,
    pub(super) hash: Option<u64>,
}

/// How a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Went {
    /// Answered; with the hash of the answer, if the same one needs not be read again.
    Well(Option<u64>),
    /// It will go better another time.
    Badly,
    /// It was refused, and would be again.
    Refused,
    /// One of the tasks is at fault, and nobody knows which.
    Split,
}

impl Groups {
    fn get(&mut self, id: u32) -> Option<&mut Group> {
        self.all.iter_mut().find(|group| group.id == id)
    }
}

impl Group {
    /// Whether nobody has a handle of its tasks any more.
    fn is_left(&self) -> bool {
        // The first that lives is enough: this is asked of all groups with each call.
        !self.members.iter().any(|entry| entry.strong_count() > 0)
    }

    /// Whether there is nothing more to be seen of its tasks.
    fn is_over(&self) -> bool {
        let mut members = self.members.iter().filter_map(Weak::upgrade);
        members.all(|entry| entry.state().is_over())
    }
}

impl Watcher {
    pub(super) fn new(
        runtime: Runtime,
        cluster: &str,
        settings: WatchSettings,
        messages: Messages,
        budget: Arc<Budget>,
    ) -> Self {
        Self {
            runtime,
            cluster: cluster.into(),
            settings,
            messages,
            budget,
            wake: Notify::new(),
            pool: Mutex::default(),
            groups: Mutex::new(Groups {
                all: Vec::new(),
                next_id: 0,
                open: None,
                entries: HashMap::new(),
                crowded: LEAST_CROWD,
                driven: false,
                calls: 0,
                slot: Instant::now(),
            }),
        }
    }

    /// The entry of a task, which is the same for all its handles.
    pub(in crate::ecs::tasks) fn entry(&self, reference: &str) -> Arc<Entry> {
        let mut groups = self.groups();
        let id = crate::ecs::tasks::name::id_of(reference);
        if let Some(entry) = groups.entries.get(id).and_then(Weak::upgrade) {
            return entry;
        }
        if groups.entries.len() >= groups.crowded {
            groups.entries.retain(|_, entry| entry.strong_count() > 0);
            groups.crowded = LEAST_CROWD.max(groups.entries.len() * 2);
        }
        let now = Instant::now();
        let entry = Arc::new(Entry::new(reference, now));
        groups.entries.insert(id.into(), Arc::downgrade(&entry));
        self.join(&mut groups, &entry, now);
        entry
    }

    /// The entry of a task, if it is watched.
    pub(super) fn find(&self, id: &str) -> Option<Arc<Entry>> {
        self.groups().entries.get(id)?.upgrade()
    }

    /// Puts a task into a group with room.
    fn join(&self, groups: &mut Groups, entry: &Arc<Entry>, now: Instant) {
        let first = now + FIRST_LOOK;
        let member = Arc::downgrade(entry);
        let open = groups.open;
        if let Some((id, group)) = open.and_then(|id| Some((id, groups.get(id)?)))
            && group.members.len() < MOST_A_CALL
        {
            entry.set_group(id);
            group.members.push(member);
            group.due = group.due.min(first);
        } else {
            let id = self.add_group(groups, vec![member], first);
            entry.set_group(id);
            groups.open = Some(id);
        }
        self.wake.notify_one();
    }

    fn add_group(&self, groups: &mut Groups, members: Vec<Weak<Entry>>, due: Instant) -> u32 {
        let id = groups.next_id;
        groups.next_id = id.wrapping_add(1);
        let group = Group {
            id,
            members,
            due,
            hash: None,
            under_way: false,
            again: false,
            failed: 0,
        };
        groups.all.push(group);
        self.budget.group_added();
        id
    }

    fn remove_group(&self, groups: &mut Groups, id: u32) -> Option<Group> {
        let at = groups.all.iter().position(|group| group.id == id)?;
        let group = groups.all.swap_remove(at);
        self.budget.group_removed();
        Some(group)
    }

    /// Has a task looked at now, and read in full if `in_full`.
    pub(in crate::ecs::tasks) fn look_now(&self, entry: &Entry, in_full: bool) {
        let now = Instant::now();
        let mut groups = self.groups();
        let mut state = entry.state();
        state.touch(now);
        if in_full {
            state.set_reread();
        }
        drop(state);
        if let Some(group) = groups.get(entry.group()) {
            if in_full {
                group.hash = None;
            }
            group.due = group.due.min(now);
            group.again |= group.under_way;
            self.wake.notify_one();
        }
    }

    /// Has a task looked at soon: something is about to happen to it.
    pub(in crate::ecs::tasks) fn expect(&self, entry: &Entry) {
        let now = Instant::now();
        let mut groups = self.groups();
        entry.state().touch(now);
        if let Some(group) = groups.get(entry.group()) {
            group.due = group.due.min(now + FIRST_LOOK);
            self.wake.notify_one();
        }
    }

    /// Has the driver see who is still there.
    pub(in crate::ecs::tasks) fn nudge(&self) {
        self.wake.notify_one();
    }

    /// Whether somebody has to begin driving; if so, it is the caller.
    pub(super) fn take_wheel(&self) -> bool {
        let mut groups = self.groups();
        let free = !groups.driven && !groups.all.is_empty();
        groups.driven |= free;
        free
    }

    /// Gives the wheel back, and lets those who wait see to it that somebody drives on.
    pub(super) fn leave_wheel(&self) {
        let mut groups = self.groups();
        groups.driven = false;
        let waiting: Vec<_> = groups.entries.values().filter_map(Weak::upgrade).collect();
        drop(groups);
        for entry in waiting {
            entry.changed.notify_waiters();
        }
    }

    /// The groups that are due, and when the next one is. `None` ends the drive: nobody has a
    /// handle any more, or all tasks have ended.
    pub(super) fn take_due(&self) -> Option<(Vec<Due>, Instant)> {
        let now = Instant::now();
        let mut guard = self.groups();
        let groups = &mut *guard;
        let mut due = Vec::new();
        let mut next = now + LONGEST_PAUSE;
        let waiting = |group: &&mut Group| !group.under_way;
        while let Some(group) = groups
            .all
            .iter_mut()
            .filter(waiting)
            .min_by_key(|group| group.due)
        {
            if group.due > now {
                next = next.min(group.due);
                break;
            }
            if group.is_over() {
                // Nobody has a handle any more, or events have told how its tasks ended.
                let id = group.id;
                self.remove_group(groups, id);
                continue;
            }
            if groups.calls >= MOST_CALLS {
                break; // a call that ends wakes the driver
            }
            if let Err(wait) = self.budget.try_take() {
                next = next.min(now + wait);
                break;
            }
            group.under_way = true;
            group.members.retain(|entry| entry.strong_count() > 0);
            groups.calls += 1;
            due.push(Due {
                group: group.id,
                members: group.members.iter().filter_map(Weak::upgrade).collect(),
                hash: group.hash,
            });
        }
        let gone = |group: &Group| !group.under_way && group.is_left();
        while let Some(id) = groups
            .all
            .iter()
            .find(|group| gone(group))
            .map(|group| group.id)
        {
            self.remove_group(groups, id);
        }
        if groups.all.is_empty() {
            groups.entries.retain(|_, entry| entry.strong_count() > 0);
            groups.entries.shrink_to_fit();
            groups.driven = false;
            return None;
        }
        Some((due, next))
    }

    /// Notes how a call went: who is still to be watched, and when.
    pub(super) fn finish(&self, id: u32, went: Went) {
        let now = Instant::now();
        let mut guard = self.groups();
        let groups = &mut *guard;
        groups.calls = groups.calls.saturating_sub(1);
        self.wake.notify_one();
        let Some(group) = groups.get(id) else {
            return;
        };
        group.under_way = false;
        group.members.retain(|entry| {
            entry
                .upgrade()
                .is_some_and(|entry| !entry.state().is_over())
        });
        if group.members.is_empty() {
            self.remove_group(groups, id);
            return;
        }
        let pause = match went {
            Went::Well(hash) => {
                group.hash = hash;
                group.failed = 0;
                self.pause(group, now)
            }
            Went::Badly => {
                group.hash = None;
                group.failed += 1;
                let pause = FIRST_LOOK * 2u32.saturating_pow(group.failed.min(5) - 1);
                pause.min(LONGEST_PAUSE).max(self.pause(group, now))
            }
            Went::Refused => REFUSED_PAUSE,
            Went::Split => Duration::ZERO,
        };
        let again = std::mem::take(&mut group.again);
        let in_full = group.members.iter().filter_map(Weak::upgrade);
        if in_full.into_iter().any(|entry| entry.state().is_reread()) {
            group.hash = None;
        }
        group.due = if again { now } else { now + pause };
        if went == Went::Split && group.members.len() > 1 {
            let half = group.members.split_off(group.members.len() / 2);
            let new = self.add_group(groups, half, now);
            if let Some(group) = groups.get(new) {
                for entry in group.members.iter().filter_map(Weak::upgrade) {
                    entry.set_group(new);
                }
            }
        } else if went != Went::Refused {
            if !again {
                self.spread(groups, id, now, pause);
            }
            self.merge(groups, id);
        }
    }

    /// How long a group is left alone: the less the longer nothing has happened, but never less
    /// than the quota allows when all groups want the same.
    fn pause(&self, group: &Group, now: Instant) -> Duration {
        let settings = &self.settings;
        let wish = |entry: Arc<Entry>| {
            let (touched, fed) = entry.state().pulse();
            if fed {
                return settings.safety_net.max(settings.interval);
            }
            let quiet = now.saturating_duration_since(touched) / 4;
            quiet.clamp(FIRST_LOOK.min(settings.interval), settings.interval)
        };
        let wishes = group.members.iter().filter_map(Weak::upgrade).map(wish);
        let wish = wishes.min().unwrap_or(settings.interval);
        wish.max(self.budget.sweep())
    }

    /// Spreads the groups that are looked at in turn evenly over a turn.
    fn spread(&self, groups: &mut Groups, id: u32, now: Instant, pause: Duration) {
        let steady = self.settings.interval.max(self.budget.sweep());
        if pause < steady {
            return;
        }
        let step = pause / self.budget.groups().max(1);
        let (earliest, latest) = (now + pause - pause / 4, now + pause);
        let slot = (groups.slot + step).clamp(earliest, latest);
        groups.slot = slot;
        if let Some(group) = groups.get(id) {
            group.due = slot;
        }
    }

    /// Lets a group that has shrunk go into another one.
    fn merge(&self, groups: &mut Groups, id: u32) {
        let Some(size) = groups.get(id).map(|group| group.members.len()) else {
            return;
        };
        if size > MOST_A_CALL / 2 {
            return;
        }
        let host = groups.all.iter().find(|group| {
            group.id != id && !group.under_way && group.members.len() + size <= MOST_A_CALL
        });
        let Some(host) = host.map(|group| group.id) else {
            groups.open = Some(id);
            return;
        };
        let Some(guest) = self.remove_group(groups, id) else {
            return;
        };
        if let Some(group) = groups.get(host) {
            for entry in guest.members.iter().filter_map(Weak::upgrade) {
                entry.set_group(host);
            }
            group.members.extend(guest.members);
            group.due = group.due.min(guest.due);
            group.hash = None;
        }
    }

    fn groups(&self) -> MutexGuard<'_, Groups> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        for _ in &self.groups().all {
            self.budget.group_removed();
        }
    }
}

//! Starting any number of tasks.

mod chunk;
mod classify;
mod crew;
mod fargate;
mod halt;
mod report;
mod tokens;

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::client::Runtime;
use crate::ecs::{Client, RunTaskRequest};
use crate::error::InvalidRequest;
use crate::transport::BoxFuture;
use crate::wait::Schedule;
use chunk::{Chunk, NoRoom, Tally, Work};
use fargate::FargateQuotas;
use report::Cause;

pub use classify::FailureClass;
pub(super) use halt::Halt;
pub use report::{IncompleteLaunch, LaunchFailure, LaunchProgress, Launched};

/// What is called as a launch goes on.
type Hook<'a> = Box<dyn FnMut(LaunchProgress<'_>) + Send + 'a>;

/// As many tasks as one RunTask can start.
const MOST_A_CALL: u32 = 10;
/// Requests under way at once.
const CREW: usize = 8;
/// Longer than any launch.
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Client {
    /// Starts any number of tasks: calls of RunTask for ten at most, paced, tried again where that
    /// is worth it, and never the same task twice.
    ///
    /// The request's own count does not matter. See [`Launch`] for what can be set.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let simulator = longshore::simulator::Simulator::new();
    /// # let ecs = longshore::ecs::Client::new(&simulator.config())?;
    /// # use longshore::ecs::{AwsVpcConfiguration, LaunchType, NetworkConfiguration, RunTaskRequest};
    /// # let network = NetworkConfiguration::default()
    /// #     .awsvpc_configuration(AwsVpcConfiguration::new(["subnet-1"]));
    /// let request = RunTaskRequest::new("sleep360-fargate")
    ///     .launch_type(LaunchType::Fargate)
    ///     .network_configuration(network);
    /// let launched = ecs.launch(request, 25).key("job-42").await;
    /// for failure in &launched.failures {
    ///     eprintln!("{failure}");
    /// }
    /// assert_eq!(launched.into_result()?.len(), 25);
    /// # Ok(())
    /// # }
    /// ```
    pub fn launch(&self, request: RunTaskRequest, count: u32) -> Launch<'_> {
        Launch::new(self.runtime(), request, count)
    }
}

/// A launch that is about to be made: `.await` makes it, settings can be given before.
///
/// # The key
///
/// Every request has an idempotency token that is derived from the launch's key. A program that
/// crashed, or lost its connection, and makes the same launch again under the same key, gets the
/// tasks that are there already and starts only those that are missing. This holds for the 24
/// hours for which the service remembers tokens. Without a key of the caller's there is a random
/// one, which [`Launched::key`] tells.
///
/// Under one key belongs one request. A launch that finds its tokens used with other parameters
/// takes the tasks for its own if they are of the same family, in the same group and with the same
/// `startedBy`, as after a run with another count; otherwise it reports
/// [`FailureClass::Conflict`] and starts nothing in their place.
///
/// # What goes wrong
///
/// Capacity that is lacking, the quota of tasks in PROVISIONING, agents that are not connected,
/// throttles, lost connections: all these are waited out until the deadline, for the tasks that
/// are missing. What would fail again, ends at once. Nothing is an `Err`: the report of a launch
/// has what was started beside what was not, and [`Launched::into_result`] makes a `Result` of it.
///
/// A launch that is dropped leaves what it has started. Make it again under its key to get hold of
/// that.
#[must_use = "a launch does nothing until it is awaited"]
pub struct Launch<'a> {
    runtime: &'a Runtime,
    request: RunTaskRequest,
    count: u32,
    key: Option<String>,
    deadline: Duration,
    schedule: Option<Schedule>,
    fargate_pacing: bool,
    hook: Option<Hook<'a>>,
    halt: Option<&'a Halt>,
}

impl<'a> Launch<'a> {
    fn new(runtime: &'a Runtime, request: RunTaskRequest, count: u32) -> Self {
        Self {
            runtime,
            request,
            count,
            key: None,
            deadline: Duration::from_secs(600),
            schedule: None,
            fargate_pacing: true,
            hook: None,
            halt: None,
        }
    }

    /// Sets the key: what the job is called, in visible ASCII characters. By default the request's
    /// client token, or a random one.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets how long the launch may take; 10 minutes unless set.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets the pauses while there is no room: no capacity, too many tasks in PROVISIONING, no
    /// agent. From 2 to 30 seconds unless set. When a schedule ends, so do the tries of the chunk
    /// of ten that took its last pause. Other failures have pauses of their own.
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.schedule = Some(schedule);
        self
    }

    /// Turns off the pacing by Fargate's own quotas (20 calls a second, and 100 tasks at once,
    /// then 20 a second), for an account that has larger ones. All launches of a client share
    /// them, and the client's [`Pacing`](crate::pacing::Pacing) holds for them too.
    pub fn without_fargate_pacing(mut self) -> Self {
        self.fargate_pacing = false;
        self
    }

    /// Sets what is called whenever tasks have started or were given up.
    pub fn on_progress(mut self, hook: impl FnMut(LaunchProgress<'_>) + Send + 'a) -> Self {
        self.hook = Some(Box::new(hook));
        self
    }

    /// Sets what ends the launch early, as soon as it is certain what was started.
    pub(super) fn halt(mut self, halt: &'a Halt) -> Self {
        self.halt = Some(halt);
        self
    }

    #[inline] // as all that leads to a call; see `Work`
    async fn run(self) -> Launched {
        let Self { runtime, count, .. } = self;
        let key =
            (self.key.or(self.request.client_token.clone())).unwrap_or_else(|| runtime.uuid());
        let mut launched = Launched {
            key,
            asked: count,
            started: Vec::new(),
            failures: Vec::new(),
        };
        if let Err(problem) = tokens::check_key(&launched.key) {
            let cause = Cause::of_error(InvalidRequest::error("RunTask", problem));
            launched
                .failures
                .extend((count > 0).then(|| cause.for_tasks(count)));
            return launched;
        }
        let begun = Instant::now();
        let work = Work {
            runtime,
            fargate: FargateQuotas::of(&self.request, runtime).filter(|_| self.fargate_pacing),
            request: self.request,
            key: launched.key.clone(),
            asked: count,
            begun,
            end: begun + self.deadline.min(YEAR),
            schedule: self.schedule.unwrap_or_else(while_full),
            halt: self.halt,
            refused: AtomicUsize::new(0),
            tally: Mutex::new(Tally {
                started: 0,
                failed: 0,
                hook: self.hook,
            }),
        };
        let mut fresh = (0..count.div_ceil(MOST_A_CALL)).map(|index| {
            let size = (count - index * MOST_A_CALL).min(MOST_A_CALL);
            Chunk::new(index, size)
        });
        let waiting = Mutex::new(VecDeque::new());
        let queue = || waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let (work, queue) = (&work, &queue);
        let chunks = crew::run(CREW, || {
            let first = fresh.next().filter(|_| !work.is_hopeless());
            let first = first.map(|chunk| (chunk, NoRoom::PutAside));
            let (chunk, no_room) = first.or_else(|| Some((queue().pop_front()?, NoRoom::Wait)))?;
            Some(Box::pin(async move {
                let chunk = work.advance(chunk, no_room).await;
                if no_room == NoRoom::PutAside && chunk.is_waiting() {
                    queue().push_back(chunk);
                    return None;
                }
                Some(chunk)
            }) as BoxFuture<'_, Option<Chunk>>)
        });
        let mut chunks: Vec<Chunk> = chunks.await.into_iter().flatten().collect();
        chunks.sort_unstable_by_key(|chunk| chunk.index);
        let mut unasked = count;
        for mut chunk in chunks {
            unasked -= chunk.count;
            launched.started.append(&mut chunk.started);
            launched.failures.extend(chunk.failure());
        }
        if unasked > 0 {
            // Others were refused, as these would be.
            launched.failures.push(Cause::refused().for_tasks(unasked));
        }
        launched
    }
}

/// The pauses while there is no room.
fn while_full() -> Schedule {
    let (first, longest) = (Duration::from_secs(2), Duration::from_secs(30));
    Schedule::exponential(first, 2.0, longest).unwrap_or_else(|_| Schedule::eventual_consistency())
}

impl<'a> IntoFuture for Launch<'a> {
    type Output = Launched;
    type IntoFuture = BoxFuture<'a, Launched>;

    #[inline]
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Launch<'_> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launch")
            .field("request", &self.request)
            .field("count", &self.count)
            .field("key", &self.key)
            .field("deadline", &self.deadline)
            .field("schedule", &self.schedule)
            .finish_non_exhaustive()
    }
}

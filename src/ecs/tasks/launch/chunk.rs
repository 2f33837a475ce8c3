//! One chunk of a launch: rounds, each with a token of its own, until all its tasks are there.
//!
//! A token is used up by the first answer that starts a task, and only by that. So a round is sent
//! again under its token, with the same parameters, until such an answer comes; what that leaves
//! over is the next round's count. The counts thus follow from the answers alone, and a program
//! that runs the launch again goes through the same rounds, finds in each the tasks that were
//! started, and ends where nothing has been started yet. In particular, an answer that started
//! nothing does *not* end a round: the service forgets its token, and a run that comes later
//! would start tasks under it beside those of the following rounds.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::classify::FailureClass;
use super::fargate::FargateQuotas;
use super::report::{Cause, LaunchFailure, LaunchProgress};
use super::{Halt, Hook, tokens};
use crate::call::Call;
use crate::client::Runtime;
use crate::ecs::tasks::name::family;
use crate::ecs::{DescribeTasksRequest, Failure, RunTaskRequest, Task};
use crate::error::Error;
use crate::operation::Operation;
use crate::retry::{self, RetrySettings};
use crate::wait::Schedule;

/// How long tasks may be `MISSING` for want of consistency.
const LAG: Duration = Duration::from_secs(15);
/// A pause that would end beyond the deadline ends this long before it, for a last try.
const LAST_TRY: Duration = Duration::from_secs(5);

/// What the chunks of a launch share.
pub(super) struct Work<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) request: RunTaskRequest,
    pub(super) key: String,
    pub(super) asked: u32,
    pub(super) begun: Instant,
    pub(super) end: Instant,
    pub(super) schedule: Schedule,
    pub(super) fargate: Option<FargateQuotas>,
    pub(super) halt: Option<&'a Halt>,
    /// How many chunks were refused for good.
    pub(super) refused: AtomicUsize,
    pub(super) tally: Mutex<Tally<'a>>,
}

/// How far the launch is, and who wants to know.
pub(super) struct Tally<'a> {
    pub(super) started: u32,
    pub(super) failed: u32,
    pub(super) hook: Option<Hook<'a>>,
}

/// A chunk, and how far it is.
pub(super) struct Chunk {
    pub(super) index: u32,
    pub(super) count: u32,
    pub(super) started: Vec<Task>,
    left: u32,
    round: u32,
    /// Why it is not further.
    cause: Option<Cause>,
}

impl Chunk {
    pub(super) fn new(index: u32, count: u32) -> Self {
        Self {
            index,
            count,
            started: Vec::new(),
            left: count,
            round: 0,
            cause: None,
        }
    }

    /// Whether it waits for room.
    pub(super) fn is_waiting(&self) -> bool {
        (self.cause.as_ref()).is_some_and(|cause| cause.class.is_about_room())
    }

    pub(super) fn failure(self) -> Option<LaunchFailure> {
        Some(self.cause?.for_tasks(self.left))
    }
}

/// What comes of a lack of room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoRoom {
    /// The chunk is put aside, so that the others get their turn: there may be tasks of theirs
    /// from an earlier run.
    PutAside,
    /// It is waited for.
    Wait,
}

/// What one answer leaves to do in a round.
struct Answered {
    tasks: Vec<Task>,
    /// Those of the tasks that were not started; none where earlier tasks were found again.
    failures: Vec<Failure>,
}

/// The functions that lead to a call are `#[inline]`, so that a program that makes no launch, and
/// the crate itself, compile nothing of them and none of the messages that they read and write.
impl<'a> Work<'a> {
    /// Whether the rest of the launch would be refused as well, with nothing there to be found.
    pub(super) fn is_hopeless(&self) -> bool {
        self.refused.load(Ordering::Relaxed) >= super::CREW && self.tally().started == 0
    }

    /// Takes a chunk as far as it goes.
    #[inline]
    pub(super) async fn advance(&self, mut chunk: Chunk, no_room: NoRoom) -> Chunk {
        while chunk.left > 0 {
            let cause = match self.round(&mut chunk, no_room).await {
                Ok(answer) => {
                    self.note(&answer.tasks, 0);
                    let started = u32::try_from(answer.tasks.len()).unwrap_or(u32::MAX);
                    chunk.started.extend(answer.tasks);
                    chunk.left = chunk.left.saturating_sub(started);
                    chunk.round += 1;
                    let cause = Cause::of_failures(answer.failures);
                    // Without a reason there may be nothing amiss: earlier tasks were found again.
                    if chunk.left == 0 || cause.reasons.is_empty() || cause.class.is_retryable() {
                        continue;
                    }
                    cause
                }
                Err(cause) => cause,
            };
            if cause.class == FailureClass::Refused {
                self.refused.fetch_add(1, Ordering::Relaxed);
            }
            chunk.cause = Some(cause);
            if no_room == NoRoom::Wait || !chunk.is_waiting() {
                self.note(&[], chunk.left);
            }
            break;
        }
        chunk
    }

    /// Sends one request until it starts tasks, or finds those that it has started.
    #[inline]
    async fn round(&self, chunk: &mut Chunk, no_room: NoRoom) -> Result<Answered, Cause> {
        let count = chunk.left;
        let token = tokens::token(&self.key, chunk.index, chunk.round);
        let request = (self.request.clone())
            .count(i32::try_from(count).unwrap_or(i32::MAX))
            .client_token(token.as_str());
        let mut room = self.schedule.pauses();
        let mut trial = 0;
        let put_aside = chunk.cause.take();
        // Whether a request may have been carried out whose answer is not known.
        let mut doubt = put_aside.as_ref().is_some_and(|cause| cause.doubt);
        let mut pause = if put_aside.is_some() {
            room.next()
        } else {
            Some(Duration::ZERO)
        };
        let mut last = put_aside.unwrap_or_else(Cause::deadline);
        loop {
            match pause {
                Some(pause) if self.sleep(pause, doubt).await && self.pace(count, doubt).await => {}
                _ => return Err(last.in_doubt(doubt)),
            }
            let cause = match self.call(request.clone()).await {
                Ok(answer) if !answer.tasks.is_empty() => {
                    return Ok(Answered {
                        tasks: answer.tasks,
                        failures: answer.failures,
                    });
                }
                Ok(answer) => {
                    doubt = false;
                    Cause::of_failures(answer.failures)
                }
                Err(Error::Conflict {
                    resource_ids,
                    error,
                }) => {
                    let tasks = self.own(&request, &resource_ids).await;
                    return tasks.ok_or_else(|| {
                        Cause::of_error(Error::Conflict {
                            resource_ids,
                            error,
                        })
                    });
                }
                Err(error) => Cause::of_error(error),
            };
            doubt |= cause.class == FailureClass::Uncertain;
            if let (FailureClass::Throttled, Some(quotas)) = (cause.class, &self.fargate) {
                quotas.throttled();
            }
            if cause.class == FailureClass::Deadline {
                // It was not sent for want of time; what was before says more.
                return Err(last.in_doubt(doubt));
            }
            if !cause.class.is_retryable() {
                return Err(cause.in_doubt(doubt));
            }
            let about_room = cause.class.is_about_room();
            if about_room && no_room == NoRoom::PutAside {
                return Err(cause.in_doubt(doubt));
            }
            trial += 1;
            pause = if about_room {
                room.next()
            } else {
                Some(pause_after(&token, trial, cause.error.as_ref()))
            };
            last = cause;
        }
    }

    /// The tasks of a request that had the same token and other parameters, if it was this
    /// launch's: an earlier run with another count, say, or another revision.
    #[inline]
    async fn own(&self, request: &RunTaskRequest, arns: &[String]) -> Option<Answered> {
        if arns.is_empty() {
            return None;
        }
        let describe = DescribeTasksRequest {
            cluster: request.cluster.clone(),
            ..DescribeTasksRequest::new(arns)
        };
        let patience = Instant::now() + LAG;
        let mut trial = 0;
        loop {
            let asked_at = Instant::now();
            let error = match self.call(describe.clone()).await {
                Ok(answer) if answer.tasks.len() == arns.len() || asked_at >= patience => {
                    return adopt(request, arns, answer.tasks);
                }
                Ok(_) => None,
                Err(error) if FailureClass::of_error(&error).is_retryable() => Some(error),
                Err(_) => return None,
            };
            trial += 1;
            let pause = pause_after(&request.task_definition, trial, error.as_ref());
            // It is about tasks that may have been started.
            if !self.sleep(pause, true).await {
                return None;
            }
        }
    }

    /// One attempt, within the deadline. What comes of it decides whether another follows, and a
    /// call that tries by itself tells of the last attempt only.
    async fn call<O: Operation>(&self, request: O) -> Result<O::Response, Error> {
        let time_left = self.end.saturating_duration_since(Instant::now());
        Call::new(self.runtime, request)
            .max_attempts(1)
            .timeout(time_left)
            .await
    }

    /// Waits for Fargate's quotas; `false` if that would take beyond the deadline, or the launch
    /// is halted.
    #[inline]
    async fn pace(&self, count: u32, in_doubt: bool) -> bool {
        let wait = (self.fargate.as_ref()).map_or(Duration::ZERO, |quotas| quotas.take(count));
        let Some(at) = Instant::now().checked_add(wait).filter(|at| *at < self.end) else {
            return false;
        };
        self.sleep_until(at, in_doubt).await
    }

    /// Sleeps; `false` if there is no time for another try after it, or no need.
    #[inline]
    async fn sleep(&self, pause: Duration, in_doubt: bool) -> bool {
        if pause.is_zero() {
            return true;
        }
        let now = Instant::now();
        let last = self.end.checked_sub(LAST_TRY).filter(|last| *last > now);
        let at = match (now.checked_add(pause), last) {
            (Some(at), _) if at < self.end => at,
            (_, Some(last)) => last,
            _ => return false,
        };
        self.sleep_until(at, in_doubt).await
    }

    /// Sleeps; `false` if the launch is halted. As long as a request may have been carried out it
    /// goes on all the same.
    #[inline]
    async fn sleep_until(&self, at: Instant, in_doubt: bool) -> bool {
        match self.halt {
            Some(halt) if !in_doubt => halt.sleep_until(at).await,
            _ => {
                tokio::time::sleep_until(at).await;
                true
            }
        }
    }

    fn tally(&self) -> MutexGuard<'_, Tally<'a>> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, new: &[Task], failed: u32) {
        let mut tally = self.tally();
        tally.started += u32::try_from(new.len()).unwrap_or(u32::MAX);
        tally.failed += failed;
        let progress = LaunchProgress {
            asked: self.asked,
            started: tally.started,
            failed: tally.failed,
            new,
            elapsed: self.begun.elapsed(),
        };
        if let Some(hook) = &mut tally.hook {
            hook(progress);
        }
    }
}

/// The pause after a failure that is not about room: at least half of a bound that doubles with
/// each, or what the service asks for.
fn pause_after(token: &str, trial: u32, error: Option<&Error>) -> Duration {
    let asked = error.and_then(|error| error.service_error()?.retry_after);
    let random = 0.5 + tokens::chance(token, trial) / 2.0;
    retry::pause(&RetrySettings::default(), trial, random, asked)
}

/// The tasks by these ARNs, if those of them that are still known bear the marks of the request.
/// One RunTask started them all, so one of them speaks for those that have been forgotten, an
/// hour after they stopped.
fn adopt(request: &RunTaskRequest, arns: &[String], known: Vec<Task>) -> Option<Answered> {
    if known.is_empty() || !known.iter().all(|task| is_marked(request, task)) {
        return None;
    }
    let cluster = known.first()?.cluster_arn.clone();
    let mut tasks = known;
    for arn in arns {
        if !tasks.iter().any(|task| task.task_arn == *arn) {
            tasks.push(Task {
                task_arn: arn.clone(),
                cluster_arn: cluster.clone(),
                ..Task::default()
            });
        }
    }
    Some(Answered {
        tasks,
        failures: Vec::new(),
    })
}

/// Whether a task is of the request's family, in the request's group, and started in the
/// request's name.
fn is_marked(request: &RunTaskRequest, task: &Task) -> bool {
    let wanted = family(&request.task_definition);
    let group = task.group.as_deref();
    let in_group = match request.group.as_deref() {
        Some(wanted) => group == Some(wanted),
        None => group.and_then(|group| group.strip_prefix("family:")) == Some(wanted),
    };
    family(&task.task_definition_arn) == wanted && in_group && task.started_by == request.started_by
}

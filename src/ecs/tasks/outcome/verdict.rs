//! From a stopped task to the kind of its outcome.

use super::causes::StartFailure;
use super::{OutcomeKind, text};
use crate::ecs::{Container, Task, TaskStopCode};

/// Who ended the task.
enum By {
    Spot,
    Host,
    User,
    Service,
    /// Nobody: it did not start.
    Start,
    /// A container, by its exit.
    Container,
    Unknown,
}

/// How this task ended. Only the containers of these names count, if there are any.
pub(super) fn kind(task: &Task, essential: &[&str]) -> OutcomeKind {
    let reason = text::words(task.stopped_reason.as_deref()).unwrap_or_default();
    match ended_by(task.stop_code.as_ref(), reason) {
        By::Spot => OutcomeKind::SpotInterrupted,
        By::Host => OutcomeKind::HostTerminated,
        By::User => OutcomeKind::StoppedByUser,
        By::Service => OutcomeKind::ServiceStopped,
        By::Start => not_started(task, essential),
        By::Container => by_containers(task, essential),
        // Exit codes of 0 can be those of programs that obeyed whoever it was.
        By::Unknown => match by_containers(task, essential) {
            OutcomeKind::Exited { code, .. } if is_of_stop(code) || code == 0 => {
                OutcomeKind::Unknown
            }
            other => other,
        },
    }
}

/// Who ended the task, by stop code and prose. The prose comes first where it is the more exact:
/// an interruption of Spot has also been seen with `TerminationNotice`, and without any code.
fn ended_by(code: Option<&TaskStopCode>, reason: &str) -> By {
    let starts = |with: &[&str]| with.iter().any(|start| reason.starts_with(start));
    // A user's reason can be any prose, so that what stands inside it proves nothing.
    let holds = |with: &[&str]| {
        code != Some(&TaskStopCode::UserInitiated) && with.iter().any(|part| reason.contains(part))
    };

    if starts(&["Your Spot Task was interrupted", "SpotInterruption"]) {
        return By::Spot;
    }
    match code {
        Some(TaskStopCode::SpotInterruption) => return By::Spot,
        Some(TaskStopCode::TerminationNotice | TaskStopCode::InfrastructureHealth) => {
            return By::Host;
        }
        _ => {}
    }
    if starts(&[
        "Host EC2 (instance",
        "Container instance deregistration forced by user",
        "ECS is performing maintenance on the underlying infrastructure",
    ]) || holds(&[
        "ECS is performing maintenance on the underlying infrastructure",
        "container instance is in DRAINING state",
    ]) {
        return By::Host;
    }
    match code {
        Some(TaskStopCode::UserInitiated) => By::User,
        Some(TaskStopCode::ServiceSchedulerInitiated) => By::Service,
        Some(TaskStopCode::EssentialContainerExited) => By::Container,
        Some(TaskStopCode::TaskFailedToStart) if starts(&["Essential container"]) => By::Container,
        Some(TaskStopCode::TaskFailedToStart) => By::Start,
        None if reason.is_empty() || starts(&["Essential container"]) => By::Container,
        None if starts(&["Task stopped by user"]) => By::User,
        None if starts(&[
            "Scaling activity initiated by",
            "Task failed ELB health checks",
            "Task failed container health checks",
        ]) =>
        {
            By::Service
        }
        None if reason.starts_with("Task failed to start") => By::Start,
        None if StartFailure::read(reason).is_some() => By::Start,
        _ => By::Unknown,
    }
}

/// The kind of a task that is said not to have started.
fn not_started(task: &Task, essential: &[&str]) -> OutcomeKind {
    let StartProblem { cause, .. } = start_failure(task, essential);
    let counted = counted(task, essential);
    let ran = counted.iter().any(|one| one.exit_code.is_some());
    match cause {
        // It ran, though not for long.
        StartFailure::OutOfMemory if ran => by_containers(task, essential),
        // A container that others wait for has failed.
        cause @ StartFailure::Other(_) => match counted.iter().find(|one| failed(one)) {
            Some(failed) => exited(failed),
            None => OutcomeKind::FailedToStart { cause },
        },
        cause => OutcomeKind::FailedToStart { cause },
    }
}

/// Why a task did not start, and the words that say so.
pub(super) struct StartProblem<'a> {
    pub(super) cause: StartFailure,
    pub(super) words: Option<&'a str>,
}

/// Why this task did not start: by the task's reason or else by a container's.
pub(super) fn start_failure<'a>(task: &'a Task, essential: &[&str]) -> StartProblem<'a> {
    let of_task = text::words(task.stopped_reason.as_deref());
    let of_containers = counted(task, essential)
        .into_iter()
        .filter_map(|one| text::words(one.reason.as_deref()));
    for words in of_task.into_iter().chain(of_containers.clone()) {
        if let Some(cause) = StartFailure::read(words) {
            return StartProblem {
                cause,
                words: Some(words),
            };
        }
    }
    let words = of_containers.chain(of_task).next();
    let cause = if waited_in_vain(task) {
        StartFailure::Capacity
    } else {
        StartFailure::Other(words.unwrap_or_default().to_owned())
    };
    StartProblem { cause, words }
}

/// Whether ECS gave the task up after it had waited for a place. With managed scaling that takes
/// 10 to 30 minutes, in which nothing is even pulled.
fn waited_in_vain(task: &Task) -> bool {
    const LONG: f64 = 9.0 * 60.0;
    let begun = task.started_at.is_some()
        || task.pull_started_at.is_some()
        || task.containers.iter().any(|one| one.exit_code.is_some());
    let waited = match (task.created_at, task.stopping_at.or(task.stopped_at)) {
        (Some(from), Some(to)) => to.as_secs_f64() - from.as_secs_f64(),
        _ => 0.0,
    };
    !begun && waited >= LONG
}

/// The kind of a task that its containers ended; see [`Outcome`](super::Outcome) for the rules.
fn by_containers(task: &Task, essential: &[&str]) -> OutcomeKind {
    let counted = counted(task, essential);
    let main = main(task, &counted);
    let first = |test: fn(&Container) -> bool| counted.iter().copied().find(|one| test(one));

    let of_task = text::words(task.stopped_reason.as_deref()).and_then(StartFailure::read);
    if of_task == Some(StartFailure::OutOfMemory) {
        let victim = first(ran_out_of_memory).or(main);
        return out_of_memory(victim.or_else(|| first(|one| one.exit_code == Some(KILLED))));
    }
    if let Some(main) = main {
        if ran_out_of_memory(main) {
            return out_of_memory(Some(main));
        }
        if main.exit_code.is_some_and(|code| !is_of_stop(code)) {
            return exited(main);
        }
    }
    if let Some(victim) = first(ran_out_of_memory) {
        return out_of_memory(Some(victim));
    }
    if let Some(failed) = first(failed) {
        return exited(failed);
    }
    let unstarted = counted
        .iter()
        .filter(|one| one.exit_code.is_none())
        .find_map(|one| StartFailure::read(one.reason.as_deref()?));
    if let Some(cause) = unstarted {
        return OutcomeKind::FailedToStart { cause };
    }
    let complete = first(|one| one.exit_code.is_none()).is_none();
    let decides = main
        .filter(|main| main.exit_code.is_some())
        .or_else(|| first(|one| one.exit_code == Some(0)).filter(|_| complete))
        .or_else(|| first(|one| one.exit_code == Some(KILLED)))
        .or_else(|| first(|one| one.exit_code.is_some_and(|code| code != 0)));
    match (decides, of_task, &task.stop_code) {
        (Some(decides), ..) => exited(decides),
        (None, Some(cause), _) => OutcomeKind::FailedToStart { cause },
        (None, None, Some(TaskStopCode::TaskFailedToStart)) => OutcomeKind::FailedToStart {
            cause: start_failure(task, essential).cause,
        },
        _ => OutcomeKind::Unknown,
    }
}

/// The exit code that tells most about this task, however it ended.
pub(super) fn exit_code(task: &Task) -> Option<i32> {
    let counted = counted(task, &[]);
    let codes = || counted.iter().filter_map(|one| one.exit_code);
    main(task, &counted)
        .and_then(|main| main.exit_code)
        .or_else(|| codes().find(|code| *code != 0 && !is_of_stop(*code)))
        .or_else(|| codes().find(|code| *code != 0))
        .or_else(|| codes().next())
}

/// The containers whose end counts.
fn counted<'a>(task: &'a Task, essential: &[&str]) -> Vec<&'a Container> {
    let only = |test: &dyn Fn(&Container) -> bool| -> Vec<&'a Container> {
        task.containers.iter().filter(|one| test(one)).collect()
    };
    let named = only(&|one| essential.contains(&one.name.as_str()));
    if !named.is_empty() {
        return named;
    }
    let own = only(&|one| !is_of_aws(&one.name));
    if own.is_empty() { only(&|_| true) } else { own }
}

/// Whether AWS adds a container of this name to tasks by itself.
fn is_of_aws(name: &str) -> bool {
    ["aws-guardduty-agent", "ecs-service-connect-", "~internal~"]
        .iter()
        .any(|start| name.starts_with(start))
}

/// The container that the task is about, where that can be told: the only one, or the only one
/// that was given a command of its own.
fn main<'a>(task: &Task, counted: &[&'a Container]) -> Option<&'a Container> {
    if let [only] = counted {
        return Some(only);
    }
    let commanded = |container: &Container| {
        let overrides = task
            .overrides
            .iter()
            .flat_map(|all| all.container_overrides.iter().flatten());
        overrides
            .filter(|one| one.name.as_deref() == Some(container.name.as_str()))
            .any(|one| one.command.as_ref().is_some_and(|words| !words.is_empty()))
    };
    let mut found = counted.iter().copied().filter(|one| commanded(one));
    found.next().filter(|_| found.next().is_none())
}

const KILLED: i32 = 137;

/// Whether a container that is told to stop ends with this code: by SIGTERM, by SIGKILL when it
/// does not heed that, or by the SIGINT that some images ask for instead.
fn is_of_stop(code: i32) -> bool {
    matches!(code, KILLED | 143 | 130)
}

/// Whether the container exited with an error of its own.
fn failed(container: &Container) -> bool {
    container
        .exit_code
        .is_some_and(|code| code != 0 && !is_of_stop(code))
}

fn ran_out_of_memory(container: &Container) -> bool {
    let reason = container.reason.as_deref().unwrap_or_default();
    reason.trim_start().starts_with("OutOfMemory")
}

fn out_of_memory(container: Option<&Container>) -> OutcomeKind {
    OutcomeKind::OutOfMemory {
        container: container.map(|one| one.name.clone()),
    }
}

/// The kind of a task that this container decides.
fn exited(container: &Container) -> OutcomeKind {
    match container.exit_code {
        Some(code) => OutcomeKind::Exited {
            container: container.name.clone(),
            code,
        },
        None => OutcomeKind::Unknown,
    }
}

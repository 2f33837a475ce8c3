//! Tasks that ran, and why they stopped.

use super::*;

use OutcomeKind as K;

const OOM: &str = "OutOfMemoryError: Container killed due to memory usage";
const SPOT: &str = "Your Spot Task was interrupted.";
const HOST: &str = "Host EC2 (instance i-04b17daec78ef4a0b) terminated.";

/// Stop code, stopped reason, containers; the kind, and whether a retry may help.
type Case<'a> = (&'a str, &'a str, &'a [Ended<'a>], OutcomeKind, bool);

fn check(cases: &[Case<'_>]) {
    for (code, reason, containers, kind, retryable) in cases {
        let outcome = outcome(stopped(code, reason, containers));
        let what = format!("{code:?} {reason:?} {containers:?}");
        assert_eq!(outcome.kind, *kind, "{what}");
        assert_eq!(outcome.is_retryable(), *retryable, "{what}");
        let success = matches!(kind, K::Exited { code: 0, .. });
        assert_eq!(outcome.is_success(), success, "{what}");
    }
}

#[test]
fn by_its_own_end() {
    check(&[
        (
            EXITED,
            EXITED_REASON,
            &[("app", Some(0), "")],
            exited("app", 0),
            false,
        ),
        (
            EXITED,
            EXITED_REASON,
            &[("app", Some(1), "")],
            exited("app", 1),
            false,
        ),
        (
            EXITED,
            EXITED_REASON,
            &[("app", Some(137), "")],
            exited("app", 137),
            false,
        ),
        // Answers from before the stop code, and a shorter sentence.
        (
            "",
            EXITED_REASON,
            &[("app", Some(0), "")],
            exited("app", 0),
            false,
        ),
        (
            "",
            "Essential container exited",
            &[("app", Some(2), "")],
            exited("app", 2),
            false,
        ),
        ("", "", &[("app", Some(0), "")], exited("app", 0), false),
        // It ended before ECS had seen it run.
        (
            "TaskFailedToStart",
            EXITED_REASON,
            &[("app", Some(0), "")],
            exited("app", 0),
            false,
        ),
        (
            "TaskFailedToStart",
            "Task failed to start",
            &[("init", Some(3), ""), ("app", None, "")],
            exited("init", 3),
            false,
        ),
    ]);
}

#[test]
fn with_other_containers() {
    let both = |one: i32, other: i32| [("proxy", Some(one), ""), ("app", Some(other), "")];
    check(&[
        (
            EXITED,
            EXITED_REASON,
            &both(0, 0),
            exited("proxy", 0),
            false,
        ),
        (
            EXITED,
            EXITED_REASON,
            &both(137, 0),
            exited("app", 0),
            false,
        ),
        (
            EXITED,
            EXITED_REASON,
            &both(143, 0),
            exited("app", 0),
            false,
        ),
        (
            EXITED,
            EXITED_REASON,
            &both(137, 1),
            exited("app", 1),
            false,
        ),
        (
            EXITED,
            EXITED_REASON,
            &both(0, 139),
            exited("app", 139),
            false,
        ),
        (
            EXITED,
            EXITED_REASON,
            &both(143, 137),
            exited("app", 137),
            false,
        ),
        // Not all of them have told their code.
        (
            EXITED,
            EXITED_REASON,
            &[("proxy", Some(0), ""), ("app", None, "")],
            K::Unknown,
            false,
        ),
        (
            EXITED,
            EXITED_REASON,
            &[
                ("log", None, ""),
                ("proxy", Some(143), ""),
                ("app", Some(5), ""),
            ],
            exited("app", 5),
            false,
        ),
        // AWS's own do not count, whatever became of them.
        (
            EXITED,
            EXITED_REASON,
            &[
                (
                    "aws-guardduty-agent-x7Qd",
                    None,
                    "CannotPullContainerError: The task cannot pull the image",
                ),
                ("sync", Some(0), ""),
            ],
            exited("sync", 0),
            false,
        ),
        (
            EXITED,
            EXITED_REASON,
            &[
                ("ecs-service-connect-Yk2", Some(1), ""),
                ("app", Some(0), ""),
            ],
            exited("app", 0),
            false,
        ),
        // One of several did not start.
        (
            EXITED,
            EXITED_REASON,
            &[
                ("app", Some(143), ""),
                ("proxy", None, "CannotPullContainerError: API error (404)"),
            ],
            K::FailedToStart {
                cause: StartFailure::ImagePull(Obstacle::NotFound),
            },
            false,
        ),
    ]);
}

#[test]
fn by_memory() {
    check(&[
        (
            EXITED,
            EXITED_REASON,
            &[("app", Some(137), OOM)],
            out_of_memory("app"),
            false,
        ),
        (
            EXITED,
            EXITED_REASON,
            &[("app", Some(0), OOM)],
            out_of_memory("app"),
            false,
        ),
        (
            EXITED,
            EXITED_REASON,
            &[("app", None, OOM)],
            out_of_memory("app"),
            false,
        ),
        (
            "",
            OOM,
            &[("app", Some(137), "")],
            out_of_memory("app"),
            false,
        ),
        (EXITED, OOM, &[], K::OutOfMemory { container: None }, false),
        (
            EXITED,
            EXITED_REASON,
            &[("app", Some(143), ""), ("proxy", Some(137), OOM)],
            out_of_memory("proxy"),
            false,
        ),
        (
            "TaskFailedToStart",
            OOM,
            &[("app", Some(137), OOM)],
            out_of_memory("app"),
            false,
        ),
    ]);
}

#[test]
fn by_others() {
    let obeyed: &[Ended<'_>] = &[("app", Some(0), "")];
    let killed: &[Ended<'_>] = &[("app", Some(137), "")];
    let maintenance =
        "ECS is performing maintenance on the underlying infrastructure hosting the task";
    check(&[
        ("SpotInterruption", SPOT, obeyed, K::SpotInterrupted, true),
        ("TerminationNotice", SPOT, killed, K::SpotInterrupted, true),
        ("UserInitiated", SPOT, killed, K::SpotInterrupted, true),
        ("", SPOT, &[("app", Some(1), "")], K::SpotInterrupted, true),
        ("SpotInterruption", "", &[], K::SpotInterrupted, true),
        ("TerminationNotice", HOST, &[], K::HostTerminated, true),
        ("", HOST, &[("app", None, "")], K::HostTerminated, true),
        (
            "",
            "Host EC2 (instance i-06aab15feb4568492) stopped.",
            &[],
            K::HostTerminated,
            true,
        ),
        ("InfrastructureHealth", "", killed, K::HostTerminated, true),
        (
            "UserInitiated",
            "Container instance deregistration forced by user",
            &[],
            K::HostTerminated,
            true,
        ),
        (
            "ServiceSchedulerInitiated",
            maintenance,
            killed,
            K::HostTerminated,
            true,
        ),
        (
            "ServiceSchedulerInitiated",
            "Service web: ECS is performing maintenance on the underlying infrastructure hosting \
             the task",
            obeyed,
            K::HostTerminated,
            true,
        ),
        (
            "UserInitiated",
            "Task stopped by user",
            obeyed,
            K::StoppedByUser,
            false,
        ),
        (
            "UserInitiated",
            "Task stopped by user",
            killed,
            K::StoppedByUser,
            false,
        ),
        // Anything can stand in a user's reason.
        (
            "UserInitiated",
            "CannotPullContainerError? No: the container instance is in DRAINING state",
            &[("app", Some(1), "")],
            K::StoppedByUser,
            false,
        ),
        ("", "Task stopped by user", obeyed, K::StoppedByUser, false),
        (
            "ServiceSchedulerInitiated",
            "Scaling activity initiated by (deployment ecs-svc/8646900195280463695)",
            obeyed,
            K::ServiceStopped,
            false,
        ),
        (
            "",
            "Scaling activity initiated by deployment ecs-svc/123",
            obeyed,
            K::ServiceStopped,
            false,
        ),
        (
            "ServiceSchedulerInitiated",
            "Task failed ELB health checks in (target-group \
             arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/73e2d6bc24d8a067)",
            killed,
            K::ServiceStopped,
            false,
        ),
        (
            "",
            "Task failed container health checks",
            killed,
            K::ServiceStopped,
            false,
        ),
        // Someone did, and the program obeyed: that is no success.
        ("", "nightly clean-up", obeyed, K::Unknown, false),
        ("", "nightly clean-up", killed, K::Unknown, false),
        (
            "",
            "nightly clean-up",
            &[("app", Some(4), "")],
            exited("app", 4),
            false,
        ),
        ("QuotaExceeded", EXITED_REASON, obeyed, K::Unknown, false),
    ]);
}

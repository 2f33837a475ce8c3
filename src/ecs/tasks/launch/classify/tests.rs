use std::borrow::Cow;

use bytes::Bytes;
use http::HeaderMap;

use super::FailureClass::{self, *};
use crate::ecs::Failure;
use crate::error::{DecodeError, Error, InvalidRequest, TimeoutError, Unanswered, parse};
use crate::transport::{TransportError, TransportErrorKind};

const NO_CAPACITY: &str = "Capacity is unavailable at this time. Please try again later or in a \
     different availability zone";
const PROVISIONING: &str = "You've reached the limit on the number of tasks in the PROVISIONING \
     state. Please wait and try again.";

fn failure(reason: &str, detail: Option<&str>) -> Failure {
    Failure {
        arn: None,
        reason: Some(reason.to_owned()),
        detail: detail.map(str::to_owned),
    }
}

#[test]
fn failures_of_an_answer() {
    let cases = [
        ("RESOURCE:CPU", Capacity),
        ("RESOURCE:MEMORY", Capacity),
        ("RESOURCE:PORTS", Capacity),
        ("RESOURCE:ENI", Capacity),
        ("RESOURCE:GPU", Capacity),
        ("RESOURCE:SOMETHING_NEW", Capacity),
        ("AGENT", Agent),
        ("LOCATION", Placement),
        ("ATTRIBUTE", Placement),
        ("INACTIVE", Placement),
        ("MISSING", Placement),
        ("memberOf placement constraint unsatisfied.", Placement),
        (NO_CAPACITY, Capacity),
        (PROVISIONING, Provisioning),
        ("Rate exceeded", Throttled),
        ("RequestLimitExceeded", Throttled),
        ("SOMETHING NEW", Unknown),
        ("", Unknown),
    ];
    for (reason, class) in cases {
        let plain = failure(reason, None);
        assert_eq!(FailureClass::of_failure(&plain), class, "{reason}");
    }
    let told = failure("FAILED", Some("Rate exceeded (ErrorCode: Throttling)"));
    assert_eq!(FailureClass::of_failure(&told), Throttled);
    assert_eq!(FailureClass::of_failure(&Failure::default()), Unknown);
}

#[test]
fn failures_together() {
    let of = |reasons: &[&str]| {
        let failures: Vec<_> = reasons.iter().map(|one| failure(one, None)).collect();
        FailureClass::of_failures(&failures)
    };
    assert_eq!(of(&[]), Unknown);
    assert_eq!(of(&["ATTRIBUTE", "AGENT"]), Agent);
    assert_eq!(of(&["AGENT", "RESOURCE:CPU", "LOCATION"]), Capacity);
    assert_eq!(of(&["SOMETHING NEW", "LOCATION"]), Placement);
}

fn answered(status: u16, code: &str, message: &str) -> Error {
    let body = serde_json::json!({"__type": code, "message": message}).to_string();
    let operation = Cow::Borrowed("RunTask");
    let body = Bytes::from(body);
    Error::of_service(parse(operation, status, &HeaderMap::new(), &body))
        .in_words_of(&crate::ecs::SERVICE)
}

#[test]
fn errors_of_the_service() {
    let cases = [
        (400, "ClientException", PROVISIONING, Provisioning),
        (400, "ThrottlingException", "Rate exceeded", Throttled),
        (429, "Odd", "", Throttled),
        (
            400,
            "InvalidParameterException",
            "Rate exceeded (Service: AmazonEC2; Status Code: 400; ErrorCode: Throttling; ...)",
            Throttled,
        ),
        (
            400,
            "ServerException",
            "Unable to do so: RequestLimitExceeded",
            Throttled,
        ),
        (400, "ClientException", NO_CAPACITY, Capacity),
        (503, "InsufficientCapacityException", "", Capacity),
        (
            400,
            "InvalidParameterException",
            "No Container Instances were found in your cluster.",
            Capacity,
        ),
        (500, "ServerException", "", Uncertain),
        (502, "", "", Uncertain),
        (503, "ServiceUnavailable", "", Uncertain),
        (400, "RequestTimeout", "", Uncertain),
        (400, "ConflictException", "", Conflict),
        (400, "AccessDeniedException", "", Refused),
        (400, "ClusterNotFoundException", "", Refused),
        (400, "ClientException", "TaskDefinition not found.", Refused),
        (400, "InvalidParameterException", "count", Refused),
        (400, "SomethingNewException", "", Refused),
    ];
    for (status, code, message, class) in cases {
        let error = answered(status, code, message);
        assert_eq!(FailureClass::of_error(&error), class, "{error}");
    }
}

#[test]
fn errors_on_the_way() {
    let lost = |kind| {
        let cause = TransportError::new(kind, "");
        Error::Transport(Unanswered::boxed("RunTask".into(), 1, cause))
    };
    let late =
        |attempts, cause| Error::Timeout(Unanswered::boxed("RunTask".into(), attempts, cause));
    let second = std::time::Duration::from_secs(1);
    let unreadable = DecodeError {
        operation: "RunTask".into(),
        status: 200,
        request_id: None,
        attempts: 1,
        problem: String::new(),
    };
    let cases = [
        (lost(TransportErrorKind::Connect), Unreachable),
        (lost(TransportErrorKind::Lost), Uncertain),
        (lost(TransportErrorKind::TooLarge), Uncertain),
        (lost(TransportErrorKind::Tls), Refused),
        (lost(TransportErrorKind::Refused), Refused),
        (late(1, TimeoutError::Attempt(second)), Uncertain),
        (late(1, TimeoutError::Call(second)), Uncertain),
        (late(0, TimeoutError::Call(second)), Deadline),
        (Error::Decode(Box::new(unreadable)), Uncertain),
        (InvalidRequest::error("RunTask", ""), Refused),
    ];
    for (error, class) in cases {
        assert_eq!(FailureClass::of_error(&error), class, "{error}");
    }
}

#[test]
fn what_is_tried_again() {
    let all = [
        (Capacity, true),
        (Provisioning, true),
        (Agent, true),
        (Placement, false),
        (Throttled, true),
        (Unreachable, true),
        (Uncertain, true),
        (Conflict, false),
        (Refused, false),
        (Deadline, true),
        (Unknown, false),
    ];
    for (class, retryable) in all {
        assert_eq!(class.is_retryable(), retryable, "{class}");
        assert_eq!(class.is_certain(), class != Uncertain);
    }
}

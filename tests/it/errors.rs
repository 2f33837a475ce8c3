//! The exact text of every kind of error, and what can be asked of it.

use longshore::Error;
use longshore::ecs::{
    DescribeTasksRequest, ListTasksRequest, RunTaskRequest, StartTaskRequest, StopTaskRequest,
};
use longshore::transport::TransportErrorKind::{Connect, Lost, Refused, Tls, TooLarge};

use crate::support::{Script, Step};

async fn fail(step: Step) -> Error {
    let script = Script::new([step]);
    script
        .ecs()
        .stop_task(StopTaskRequest::new("t"))
        .max_attempts(1)
        .await
        .unwrap_err()
}

#[tokio::test]
async fn a_modelled_exception() {
    let error = fail(Step::error(
        400,
        "ClusterNotFoundException",
        "Cluster not found.",
    ))
    .await;
    assert_eq!(
        error.to_string(),
        "StopTask: ClusterNotFoundException: Cluster not found. (HTTP 400, request req-1, 1 attempt)"
    );
    let Error::ClusterNotFound(answer) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(answer.message, "Cluster not found.");
    assert_eq!(error.code(), Some("ClusterNotFoundException"));
    assert_eq!(error.message(), Some("Cluster not found."));
    assert_eq!(error.request_id(), Some("req-1"));
    assert_eq!(error.status(), Some(400));
    assert!(!error.is_throttle() && !error.is_retryable() && !error.is_capacity());
    assert!(std::error::Error::source(&error).is_none());
    assert_eq!(
        format!("{error:?}"),
        "ClusterNotFound(\"StopTask: ClusterNotFoundException: Cluster not found. (HTTP 400, request req-1, 1 attempt)\")"
    );
}

#[tokio::test]
async fn a_conflict_has_the_resources() {
    let body =
        r#"{"__type":"ConflictException","message":"in use","resourceIds":["arn:1","arn:2"]}"#;
    let error = fail(Step::Answer {
        status: 400,
        headers: vec![],
        body: body.into(),
    })
    .await;
    assert_eq!(
        error.to_string(),
        "StopTask: ConflictException: in use (HTTP 400, 1 attempt)"
    );
    let Error::Conflict { resource_ids, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(resource_ids, ["arn:1", "arn:2"]);
}

#[tokio::test]
async fn every_wire_form_of_a_code() {
    let json = |body: &str| Step::Answer {
        status: 400,
        headers: vec![],
        body: body.into(),
    };
    let code = "ClusterNotFoundException";
    let forms = [
        json(r#"{"__type":"ClusterNotFoundException"}"#),
        json(r#"{"__type":"com.amazonaws.ecs#ClusterNotFoundException"}"#),
        json(
            r#"{"__type":"com.amazonaws.ecs#ClusterNotFoundException:http://internal.amazon.com/x/"}"#,
        ),
        json(r#"{"code":"ClusterNotFoundException","Message":"m"}"#),
        json("{}").with_header("x-amzn-errortype", "ClusterNotFoundException"),
        json("not json").with_header("x-amzn-errortype", "ns#ClusterNotFoundException:http://x/"),
        json(r#"{"__type":"Other"}"#).with_header("x-amzn-errortype", code),
    ];
    for form in forms {
        let error = fail(form).await;
        assert!(matches!(error, Error::ClusterNotFound(_)), "{error}");
        assert_eq!(error.code(), Some(code));
    }
}

#[tokio::test]
async fn a_throttle() {
    let script = Script::new([Step::error(400, "ThrottlingException", "Rate exceeded")]);
    tokio::time::pause();
    let error = script
        .ecs()
        .list_tasks(ListTasksRequest::default())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "ListTasks: ThrottlingException: Rate exceeded (HTTP 400, request req-1, 3 attempts)"
    );
    assert!(matches!(error, Error::Throttled(_)) && error.is_throttle() && error.is_retryable());
}

#[tokio::test]
async fn a_code_without_a_variant_and_an_answer_without_a_code() {
    let error = fail(Step::error(
        403,
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    ))
    .await;
    assert_eq!(
        error.to_string(),
        "StopTask: UnrecognizedClientException: The security token included in the request is invalid. \
         (HTTP 403, request req-1, 1 attempt)"
    );
    assert!(matches!(error, Error::Service(_)));
    let html = Step::Answer {
        status: 502,
        headers: vec![],
        body: "<html>bad gateway</html>".into(),
    };
    let error = fail(html).await;
    assert_eq!(
        error.to_string(),
        "StopTask: BadGateway (HTTP 502, 1 attempt)"
    );
    assert!(error.is_retryable());
    let moved = Step::Answer {
        status: 301,
        headers: vec![("location", "https://evil.example/".into())],
        body: String::new(),
    };
    assert_eq!(
        fail(moved).await.to_string(),
        "StopTask: MovedPermanently: the endpoint redirects to https://evil.example/, which is not followed (HTTP 301, 1 attempt)"
    );
}

#[tokio::test]
async fn capacity() {
    for message in [
        "Capacity is unavailable at this time. Please try again later or in a different availability zone",
        "You've reached the limit on the number of tasks that can be in the PROVISIONING state.",
        "No Container Instances were found in your cluster.",
    ] {
        assert!(
            fail(Step::error(400, "ClientException", message))
                .await
                .is_capacity(),
            "{message}"
        );
    }
    assert!(
        !fail(Step::error(
            400,
            "ClientException",
            "TaskDefinition not found."
        ))
        .await
        .is_capacity()
    );
}

#[tokio::test]
async fn no_answer() {
    for (kind, retryable) in [
        (Connect, true),
        (Lost, true),
        (Tls, false),
        (TooLarge, false),
        (Refused, false),
    ] {
        let error = fail(Step::Fail(kind)).await;
        assert_eq!(
            error.to_string(),
            "StopTask: the connection to the test broke (1 attempt)"
        );
        assert_eq!(error.is_retryable(), retryable);
        assert_eq!(error.attempts(), 1);
    }
    tokio::time::pause();
    let error = fail(Step::Hang).await;
    assert_eq!(
        error.to_string(),
        "StopTask: no answer within 30 s; raise the attempt timeout if the network is this slow (1 attempt)"
    );
    let script = Script::new([Step::Hang]);
    let error = script
        .ecs()
        .list_tasks(ListTasksRequest::default())
        .timeout(std::time::Duration::from_millis(1500))
        .await;
    assert_eq!(
        error.unwrap_err().to_string(),
        "ListTasks: not done within 1.5 s, the timeout of the whole call (1 attempt)"
    );
}

#[tokio::test]
async fn requests_that_cannot_be_right() {
    let script = Script::new([Step::ok("{}")]);
    let ecs = script.ecs();
    let error = ecs.run_task(RunTaskRequest::default()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "RunTask: the required member `taskDefinition` is missing or empty; nothing was sent"
    );
    let error = ecs
        .describe_tasks(DescribeTasksRequest::new([] as [&str; 0]))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "DescribeTasks: the required member `tasks` is missing or empty; nothing was sent"
    );
    let error = ecs
        .start_task(StartTaskRequest::new(["i-1"], ""))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "StartTask: the required member `taskDefinition` is missing or empty; nothing was sent"
    );
    assert!(matches!(error, Error::InvalidRequest(_)));
    assert_eq!((error.attempts(), script.count()), (0, 0));
}

#[tokio::test]
async fn answers_that_cannot_be_read() {
    let table = [
        (
            "<html>\n<title>Sign in</title>",
            "StopTask: the answer is no JSON but begins `<html> <title>Sign in</title>`; is the endpoint right, or a proxy in the way? (HTTP 200, request req-1, 1 attempt)",
        ),
        (
            r#"{"task":{"taskArn":"arn:aws:ecs"#,
            "StopTask: the answer ends in the middle, after 31 bytes (HTTP 200, request req-1, 1 attempt)",
        ),
        (
            r#"{"task":{"version":"hunter2"}}"#,
            "StopTask: the answer is not what the service should send: invalid type: string \"…\", expected a whole number at line 1 column 28 (HTTP 200, request req-1, 1 attempt)",
        ),
    ];
    for (body, text) in table {
        let error = fail(Step::ok(body)).await;
        assert_eq!(error.to_string(), text);
        assert!(matches!(error, Error::Decode(_)));
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn text_of_the_service_stays_on_one_line() {
    let error = fail(Step::error(
        400,
        "ClientException",
        "first\nsecond\u{1b}[31m",
    ))
    .await;
    assert!(error.to_string().contains("first second [31m"), "{error}");
    let long = "x".repeat(5000);
    assert!(
        fail(Step::error(400, "ClientException", &long))
            .await
            .to_string()
            .len()
            < 1200
    );
}

#[test]
fn an_error_is_small_and_can_be_sent() {
    fn sent<T: Send + Sync + 'static>() {}
    sent::<Error>();
    assert!(size_of::<Error>() <= 32, "{}", size_of::<Error>());
}

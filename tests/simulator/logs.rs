//! What containers write, as CloudWatch Logs shows it.

use std::time::Duration;

use longshore::ecs::{self, LogConfiguration, LogDriver};
use longshore::logs::{
    Client, DescribeLogStreamsRequest, FilterLogEventsRequest, GetLogEventsRequest,
    GetLogEventsResponse, OrderBy,
};
use longshore::simulator::{Behavior, Simulator};

use crate::{bridge, client, container, launched, refusal, sleep, steady};

const GROUP: &str = "/jobs";

fn logs(simulator: &Simulator) -> Client {
    Client::new(&simulator.config().max_attempts(1)).unwrap()
}

/// Runs a task of a family that writes to a log; returns its stream.
async fn run(simulator: &Simulator, ecs: &ecs::Client, family: &str, behavior: Behavior) -> String {
    let options = [("awslogs-group", GROUP), ("awslogs-stream-prefix", family)];
    let log = LogConfiguration::new(LogDriver::Awslogs)
        .options(options.map(|(name, value)| (name.to_owned(), value.to_owned())));
    bridge(ecs, family, vec![container("main").log_configuration(log)]).await;
    simulator.behavior(family, behavior);
    let task = launched(ecs, ecs::RunTaskRequest::new(family)).await;
    let id = task.task_arn.rsplit('/').next().unwrap();
    format!("{family}/main/{id}")
}

fn get(stream: &str) -> GetLogEventsRequest {
    GetLogEventsRequest::new(stream).log_group_name(GROUP)
}

fn texts(answer: &GetLogEventsResponse) -> Vec<&str> {
    let events = answer.events.iter();
    events
        .map(|event| event.message.as_deref().unwrap())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn lines_can_be_read_once_they_have_come_in() {
    let simulator = steady();
    let ecs = client(&simulator);
    let logs = logs(&simulator);
    let (code, message) = refusal(logs.get_log_events(get("none")).await);
    assert_eq!(code, "ResourceNotFoundException");
    assert_eq!(message, "The specified log group does not exist.");
    let behavior = Behavior::exits_after(Duration::from_secs(10), 0)
        .printing(Duration::from_secs(4), "line {n}")
        .last_words("the end");
    let stream = run(&simulator, &ecs, "chatty", behavior).await;
    // Nothing is there before the container is: 5 seconds of PENDING and 1 of ACTIVATING.
    let (code, message) = refusal(logs.get_log_events(get(&stream)).await);
    assert_eq!(code, "ResourceNotFoundException");
    assert_eq!(message, "The specified log stream does not exist.");
    sleep(6.0 + 4.0 + 1.4).await;
    let answer = logs.get_log_events(get(&stream)).await.unwrap();
    assert!(answer.events.is_empty());
    sleep(0.2).await;
    let answer = logs.get_log_events(get(&stream)).await.unwrap();
    assert_eq!(texts(&answer), ["line 1"]);
    let event = &answer.events[0];
    assert_eq!(
        event.ingestion_time.unwrap() - event.timestamp.unwrap(),
        1500
    );
    // The last words come right before the end, and last longer than the task's description.
    sleep(2.0 * 3600.0).await;
    let answer = logs.get_log_events(get(&stream)).await.unwrap();
    assert_eq!(texts(&answer), ["line 1", "line 2", "the end"]);
}

#[tokio::test(start_paused = true)]
async fn tokens_go_both_ways() {
    let simulator = steady();
    let ecs = client(&simulator);
    let logs = logs(&simulator);
    let behavior =
        Behavior::exits_after(Duration::from_secs(7), 0).printing(Duration::from_secs(1), "{n}");
    let stream = run(&simulator, &ecs, "chatty", behavior).await;
    sleep(30.0).await;

    let head = logs.get_log_events(get(&stream).start_from_head(true).limit(3));
    let head = head.await.unwrap();
    assert_eq!(texts(&head), ["1", "2", "3"]);
    let on = |token: &Option<String>| {
        let mut request = get(&stream).limit(3);
        request.next_token.clone_from(token);
        logs.get_log_events(request)
    };
    let second = on(&head.next_forward_token).await.unwrap();
    assert_eq!(texts(&second), ["4", "5", "6"]);
    let third = on(&second.next_forward_token).await.unwrap();
    assert_eq!(texts(&third), ["7"]);
    let end = on(&third.next_forward_token).await.unwrap();
    assert!(end.events.is_empty());
    assert_eq!(end.next_forward_token, third.next_forward_token);
    let back = on(&third.next_backward_token).await.unwrap();
    assert_eq!(texts(&back), ["4", "5", "6"]);
    let begin = on(&head.next_backward_token).await.unwrap();
    assert!(begin.events.is_empty());
    assert_eq!(begin.next_backward_token, head.next_backward_token);

    let tail = logs.get_log_events(get(&stream).limit(2)).await.unwrap();
    assert_eq!(texts(&tail), ["6", "7"]);
    let between = get(&stream)
        .start_time(head.events[1].timestamp.unwrap())
        .end_time(second.events[0].timestamp.unwrap());
    let between = logs.get_log_events(between).await.unwrap();
    assert_eq!(texts(&between), ["2", "3"]);

    sleep(25.0 * 3600.0).await;
    let (code, message) = refusal(on(&third.next_forward_token).await);
    assert_eq!(code, "InvalidParameterException");
    assert_eq!(message, "The specified nextToken is invalid.");
}

#[tokio::test(start_paused = true)]
async fn an_answer_has_a_mebibyte_at_most() {
    let simulator = steady();
    let ecs = client(&simulator);
    let logs = logs(&simulator);
    // With 26 bytes more each, ten fit.
    let line = "x".repeat((1 << 20) / 10 - 26);
    let behavior =
        Behavior::exits_after(Duration::from_secs(25), 0).printing(Duration::from_secs(1), line);
    let stream = run(&simulator, &ecs, "chatty", behavior).await;
    sleep(60.0).await;
    let mut token = None;
    let mut sizes = Vec::new();
    loop {
        let mut request = get(&stream).start_from_head(true);
        request.next_token.clone_from(&token);
        let answer = logs.get_log_events(request).await.unwrap();
        sizes.push(answer.events.len());
        if answer.next_forward_token == token {
            break;
        }
        token = answer.next_forward_token;
    }
    assert_eq!(sizes, [10, 10, 5, 0]);
}

#[tokio::test(start_paused = true)]
async fn streams_are_searched_and_listed() {
    let simulator = steady();
    let ecs = client(&simulator);
    let logs = logs(&simulator);
    let chatty = |line: &str| {
        Behavior::exits_after(Duration::from_secs(6), 0).printing(Duration::from_secs(2), line)
    };
    let second = run(&simulator, &ecs, "b", chatty("b says {n}")).await;
    sleep(0.5).await;
    let first = run(&simulator, &ecs, "a", chatty("a says {n}")).await;
    sleep(60.0).await;

    let search = |pattern: &str| {
        FilterLogEventsRequest::default()
            .log_group_name(GROUP)
            .filter_pattern(pattern)
    };
    let found = async |request: FilterLogEventsRequest| -> Vec<String> {
        let events = logs.filter_log_events(request).await.unwrap().events;
        events.into_iter().filter_map(|one| one.message).collect()
    };
    assert_eq!(
        found(search("says")).await,
        [
            "b says 1", "a says 1", "b says 2", "a says 2", "b says 3", "a says 3"
        ]
    );
    assert_eq!(found(search("\"a says\" 2")).await, ["a says 2"]);
    let prefix = search("").log_stream_name_prefix("b/").limit(2);
    let page = logs.filter_log_events(prefix.clone()).await.unwrap();
    assert_eq!(page.events.len(), 2);
    let rest = prefix.next_token(page.next_token.unwrap());
    assert_eq!(found(rest).await, ["b says 3"]);
    let (code, message) = refusal(logs.filter_log_events(search("{ $.a = 1 }")).await);
    assert_eq!(code, "UnsupportedOperationException");
    assert_eq!(
        message,
        "the simulator models terms and quoted phrases, not the pattern { $.a = 1 }"
    );

    let list = DescribeLogStreamsRequest::default().log_group_name(GROUP);
    let names = async |request: DescribeLogStreamsRequest| -> Vec<String> {
        let streams = logs
            .describe_log_streams(request)
            .await
            .unwrap()
            .log_streams;
        streams
            .into_iter()
            .filter_map(|one| one.log_stream_name)
            .collect()
    };
    assert_eq!(names(list.clone()).await, [first.clone(), second.clone()]);
    let by_time = list.clone().order_by(OrderBy::LastEventTime);
    assert_eq!(
        names(by_time.clone()).await,
        [second.clone(), first.clone()]
    );
    let newest = by_time.clone().descending(true).limit(1);
    assert_eq!(names(newest).await, [first]);
    assert_eq!(names(list.log_stream_name_prefix("b/")).await, [second]);
    let both = logs
        .describe_log_streams(by_time.log_stream_name_prefix("b/"))
        .await;
    assert_eq!(refusal(both).0, "InvalidParameterException");
}

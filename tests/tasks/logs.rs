//! The output of tasks, to the last line.

use futures_util::StreamExt as _;
use longshore::ecs::tasks::{LogError, LogLine, NoLog};
use longshore::ecs::{
    Client, ContainerDefinition, LogConfiguration, LogDriver, RegisterTaskDefinitionRequest,
    RunTaskRequest,
};
use longshore::logs;
use longshore::simulator::{Behavior, Fault, RecordedRequest, Simulator};

use super::{client, secs, simulator};

async fn register(ecs: &Client, options: &[(&str, &str)]) {
    let options = options
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let log = LogConfiguration::new(LogDriver::Awslogs).options(options);
    let container = ContainerDefinition::default()
        .name("main")
        .image("busybox")
        .memory(64)
        .log_configuration(log);
    let request = RegisterTaskDefinitionRequest::new("chatty", [container]);
    ecs.register_task_definition(request).await.unwrap();
}

fn reader(simulator: &Simulator) -> logs::Client {
    logs::Client::new(&simulator.config()).unwrap()
}

/// Runs a task that writes a line a second for `lasts` seconds, and a last one.
async fn lines(simulator: &Simulator, ecs: &Client, lasts: u64) -> Vec<String> {
    let behavior = Behavior::exits_after(secs(lasts), 0)
        .printing(secs(1), "line {n}")
        .last_words("the end");
    simulator.behavior("chatty", behavior);
    let answer = ecs.run_task(RunTaskRequest::new("chatty")).await.unwrap();
    let task = ecs.watch_task(&answer.tasks[0]);
    let lines = task.logs(&reader(simulator));
    lines
        .map(|line: Result<LogLine, _>| line.unwrap().message)
        .collect()
        .await
}

fn expected(count: usize) -> Vec<String> {
    let lines = (1..=count).map(|n| format!("line {n}"));
    lines.chain(["the end".to_owned()]).collect()
}

#[tokio::test(start_paused = true)]
async fn all_lines_with_and_without_a_prefix() {
    for prefix in [true, false] {
        let simulator = simulator(1);
        let ecs = client(&simulator);
        let options = [("awslogs-group", "/jobs"), ("awslogs-stream-prefix", "p")];
        register(&ecs, &options[..1 + usize::from(prefix)]).await;
        assert_eq!(lines(&simulator, &ecs, 90).await, expected(90));
        // The stream ends soon after the task.
        assert!(
            simulator.elapsed() < secs(90 + 6 + 3 + 30),
            "{:?}",
            simulator.elapsed()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn no_line_is_lost_or_doubled_on_a_bad_day() {
    for seed in 0..20 {
        let simulator = simulator(100 + seed);
        let ecs = client(&simulator);
        register(
            &ecs,
            &[("awslogs-group", "/jobs"), ("awslogs-stream-prefix", "p")],
        )
        .await;
        for fault in [Fault::status(500), Fault::throttle(), Fault::reset_after()] {
            simulator.inject(fault.on("GetLogEvents").probability(0.2));
        }
        assert_eq!(lines(&simulator, &ecs, 60).await, expected(60));
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_is_silent_for_longer_than_a_token_holds() {
    const HOUR: u64 = 60 * 60;
    let simulator = simulator(4);
    let ecs = client(&simulator);
    let options = [("awslogs-group", "/jobs"), ("awslogs-stream-prefix", "p")];
    register(&ecs, &options).await;
    let behavior = Behavior::exits_after(secs(78 * HOUR - 600), 0)
        .printing(secs(20 * HOUR), "line {n}")
        .last_words("the end");
    simulator.behavior("chatty", behavior);
    let answer = ecs.run_task(RunTaskRequest::new("chatty")).await.unwrap();
    let task = ecs.watch_task(&answer.tasks[0]);
    let lines = task.logs(&reader(&simulator));
    let lines = lines.map(|line| line.unwrap().message).collect::<Vec<_>>();
    let skipping = async {
        for _ in 0..3 {
            tokio::time::sleep(secs(60)).await;
            simulator.advance(secs(26 * HOUR));
        }
    };
    let (lines, ()) = futures_util::future::join(lines, skipping).await;
    assert_eq!(lines, expected(3));
    let refused = |request: &&RecordedRequest| {
        request.operation == "GetLogEvents" && request.status == Some(400)
    };
    assert!(simulator.requests().iter().filter(refused).count() >= 3);
}

#[tokio::test(start_paused = true)]
async fn an_outage_before_the_first_line_is_waited_out() {
    let simulator = simulator(5);
    let ecs = client(&simulator);
    let options = [("awslogs-group", "/jobs"), ("awslogs-stream-prefix", "p")];
    register(&ecs, &options).await;
    let fault = Fault::status(503).on("DescribeTaskDefinition").times(20);
    simulator.inject(fault);
    assert_eq!(lines(&simulator, &ecs, 30).await, expected(30));
}

#[tokio::test(start_paused = true)]
async fn much_that_is_there_is_read_without_pauses() {
    let simulator = simulator(6);
    let ecs = client(&simulator);
    let options = [("awslogs-group", "/jobs"), ("awslogs-stream-prefix", "p")];
    register(&ecs, &options).await;
    // Ten lines an answer.
    let behavior = Behavior::exits_after(secs(200), 0).printing(secs(1), "x".repeat(100_000));
    simulator.behavior("chatty", behavior);
    let answer = ecs.run_task(RunTaskRequest::new("chatty")).await.unwrap();
    let task = ecs.watch_task(&answer.tasks[0]);
    task.stopped().await.unwrap();
    let begun = simulator.elapsed();
    let count = task.logs(&reader(&simulator)).count().await;
    assert_eq!(count, 200);
    // Twenty answers, and the time to settle.
    let lasted = simulator.elapsed() - begun;
    assert!(lasted < secs(16), "{lasted:?}");
}

#[tokio::test(start_paused = true)]
async fn the_log_of_a_task_that_has_ended() {
    let simulator = simulator(2);
    let ecs = client(&simulator);
    register(
        &ecs,
        &[("awslogs-group", "/jobs"), ("awslogs-stream-prefix", "p")],
    )
    .await;
    simulator.behavior(
        "chatty",
        Behavior::exits_after(secs(5), 0).last_words("the end"),
    );
    let answer = ecs.run_task(RunTaskRequest::new("chatty")).await.unwrap();
    let task = ecs.watch_task(&answer.tasks[0]);
    task.stopped().await.unwrap();
    let lines: Vec<_> = task.logs(&reader(&simulator)).collect().await;
    assert_eq!(lines.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_may_no_longer_be_looked_at_ends_the_stream() {
    let simulator = simulator(4);
    let ecs = client(&simulator);
    let options = [("awslogs-group", "/jobs"), ("awslogs-stream-prefix", "p")];
    register(&ecs, &options).await;
    simulator.behavior("chatty", Behavior::runs_forever().last_words("the end"));
    let answer = ecs.run_task(RunTaskRequest::new("chatty")).await.unwrap();
    let task = ecs.watch_task(&answer.tasks[0]);
    task.running().await.unwrap();
    let mut lines = task.logs(&reader(&simulator));
    assert!(tokio::time::timeout(secs(60), lines.next()).await.is_err());
    let denied = Fault::error("AccessDeniedException", "not you");
    simulator.inject(denied.on("DescribeTasks").always());
    let error = lines.next().await.unwrap().unwrap_err();
    assert!(
        error.to_string().contains("AccessDeniedException"),
        "{error}"
    );
    assert!(lines.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn without_awslogs_there_is_an_error() {
    let simulator = simulator(3);
    let ecs = client(&simulator);
    let answer = ecs.run_task(RunTaskRequest::new("sleep360")).await.unwrap();
    let task = ecs.watch_task(&answer.tasks[0]);
    let mut lines = task.logs(&reader(&simulator));
    let error = lines.next().await.unwrap().unwrap_err();
    assert!(
        matches!(error, LogError::Nowhere(NoLog::Driver(None))),
        "{error}"
    );
    assert_eq!(error.to_string(), "the container has no log configuration");
    assert!(lines.next().await.is_none());

    register(
        &ecs,
        &[
            ("awslogs-group", "/jobs"),
            ("awslogs-region", "eu-west-1"),
            ("awslogs-stream-prefix", "p"),
        ],
    )
    .await;
    let answer = ecs.run_task(RunTaskRequest::new("chatty")).await.unwrap();
    let task = ecs.watch_task(&answer.tasks[0]);
    let error = task
        .logs(&reader(&simulator))
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the log is in the region eu-west-1; read it with a client for that region"
    );
}

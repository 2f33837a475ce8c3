//! From launch to end.

use std::time::{Duration, SystemTime};

use longshore::ecs::{
    Connectivity, DescribeTasksRequest, LaunchType, RunTaskRequest, StopTaskRequest, Tag,
    TaskField, TaskStatus, TaskStopCode,
};
use longshore::simulator::{Behavior, Simulator};

use crate::{bridge, client, container, described, launched, on_fargate, sleep, steady};

#[tokio::test(start_paused = true)]
async fn every_state_in_order() {
    let simulator = steady();
    let ecs = client(&simulator);
    let task = launched(&ecs, on_fargate("sleep360-fargate")).await;
    assert_eq!(task.last_status, TaskStatus::Provisioning);
    assert_eq!(task.desired_status, TaskStatus::Running);
    assert_eq!(task.version, 1);
    let mut seen = vec![(task.last_status.clone(), task.version)];
    sleep(1.0).await;
    loop {
        let task = described(&ecs, &task.task_arn).await;
        let (last, version) = seen.last().unwrap();
        assert!(task.version >= *version);
        assert!(task.last_status == *last || task.version > *version);
        if task.last_status != *last {
            seen.push((task.last_status.clone(), task.version));
        }
        if task.last_status == TaskStatus::Stopped {
            break;
        }
        sleep(0.5).await;
    }
    let statuses: Vec<&str> = seen.iter().map(|(status, _)| status.as_str()).collect();
    let order = [
        "PROVISIONING",
        "PENDING",
        "ACTIVATING",
        "RUNNING",
        "DEACTIVATING",
        "STOPPING",
        "DEPROVISIONING",
        "STOPPED",
    ];
    assert_eq!(statuses, order);

    let task = described(&ecs, &task.task_arn).await;
    assert_eq!(task.stop_code, Some(TaskStopCode::EssentialContainerExited));
    assert_eq!(
        task.stopped_reason.as_deref(),
        Some("Essential container in task exited")
    );
    assert_eq!(task.containers[0].exit_code, Some(0));
    let after = |time: Option<longshore::wire::Timestamp>| {
        time.unwrap().as_secs_f64() - task.created_at.unwrap().as_secs_f64()
    };
    let times = [
        task.connectivity_at,
        task.pull_started_at,
        task.pull_stopped_at,
        task.started_at,
        task.execution_stopped_at,
        task.stopping_at,
        task.stopped_at,
    ];
    let expected = [5.0, 6.0, 10.0, 11.0, 371.0, 371.0, 378.0];
    for (time, expected) in times.into_iter().map(after).zip(expected) {
        assert!((time - expected).abs() < 0.001, "{time} is not {expected}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fargate_task_looks_like_one() {
    let simulator = steady();
    let ecs = client(&simulator);
    let task = launched(
        &ecs,
        on_fargate("sleep360-fargate")
            .started_by("test")
            .enable_execute_command(true),
    )
    .await;
    sleep(12.0).await;
    let task = described(&ecs, &task.task_arn).await;
    assert_eq!(task.last_status, TaskStatus::Running);
    let (prefix, id) = task.task_arn.rsplit_once('/').unwrap();
    assert_eq!(prefix, "arn:aws:ecs:us-east-1:123456789012:task/default");
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(
        task.task_definition_arn,
        "arn:aws:ecs:us-east-1:123456789012:task-definition/sleep360-fargate:1"
    );
    assert_eq!(task.group.as_deref(), Some("family:sleep360-fargate"));
    assert_eq!(task.started_by.as_deref(), Some("test"));
    assert_eq!(task.platform_version.as_deref(), Some("1.4.0"));
    assert_eq!(
        (task.cpu.as_deref(), task.memory.as_deref()),
        (Some("256"), Some("512"))
    );
    assert_eq!(task.connectivity, Some(Connectivity::Connected));
    assert_eq!(task.launch_type, Some(LaunchType::Fargate));
    assert_eq!(task.enable_execute_command, Some(true));
    assert_eq!(task.ephemeral_storage.as_ref().unwrap().size_in_gi_b, 20);
    assert_eq!(task.attachments[0].status.as_deref(), Some("ATTACHED"));
    let container = &task.containers[0];
    assert_eq!(container.last_status, TaskStatus::Running);
    assert!(container.runtime_id.as_ref().unwrap().starts_with(id));
    assert!(
        container.network_interfaces[0]
            .private_ipv4_address
            .as_ref()
            .unwrap()
            .starts_with("172.31.")
    );
    assert_eq!(container.exit_code, None);
    let size = serde_json::to_vec(&task).unwrap().len();
    assert!((1800..4000).contains(&size), "{size} bytes");
}

#[tokio::test(start_paused = true)]
async fn sigterm_is_heeded() {
    let simulator = steady();
    simulator.behavior("sleep360-fargate", Behavior::runs_forever());
    let ecs = client(&simulator);
    let task = launched(&ecs, on_fargate("sleep360-fargate")).await;
    sleep(20.0).await;
    let request = StopTaskRequest::new(&task.task_arn).reason("enough");
    let stopping = ecs.stop_task(request).await.unwrap().task.unwrap();
    assert_eq!(stopping.desired_status, TaskStatus::Stopped);
    assert_eq!(stopping.last_status, TaskStatus::Deactivating);
    assert_eq!(stopping.containers[0].exit_code, None);
    sleep(1.6).await;
    let task = described(&ecs, &task.task_arn).await;
    assert_eq!(task.last_status, TaskStatus::Stopping);
    assert_eq!(task.containers[0].exit_code, Some(143));
    sleep(10.0).await;
    let task = described(&ecs, &task.task_arn).await;
    assert_eq!(task.last_status, TaskStatus::Stopped);
    assert_eq!(task.stop_code, Some(TaskStopCode::UserInitiated));
    assert_eq!(task.stopped_reason.as_deref(), Some("enough"));

    // Another StopTask changes nothing any more.
    let request = StopTaskRequest::new(&task.task_arn).reason("again");
    assert_eq!(ecs.stop_task(request).await.unwrap().task.unwrap(), task);
}

#[tokio::test(start_paused = true)]
async fn sigkill_after_the_timeout() {
    let simulator = steady();
    simulator.behavior("sleep360-fargate", Behavior::ignores_sigterm());
    simulator.behavior("hasty", Behavior::ignores_sigterm());
    let ecs = client(&simulator);
    simulator.add_container_instance("default", 1024, 2048);
    bridge(&ecs, "hasty", vec![container("main").stop_timeout(3)]).await;
    let usual = launched(&ecs, on_fargate("sleep360-fargate")).await;
    let hasty = launched(&ecs, RunTaskRequest::new("hasty")).await;
    sleep(20.0).await;
    for (task, timeout) in [(usual, 30.0), (hasty, 3.0)] {
        ecs.stop_task(StopTaskRequest::new(&task.task_arn))
            .await
            .unwrap();
        // One second of DEACTIVATING comes before SIGTERM.
        sleep(timeout + 0.9).await;
        let alive = described(&ecs, &task.task_arn).await;
        assert_eq!(alive.last_status, TaskStatus::Stopping);
        assert_eq!(alive.containers[0].exit_code, None);
        sleep(0.2).await;
        let killed = described(&ecs, &task.task_arn).await;
        assert_eq!(killed.containers[0].exit_code, Some(137));
        assert_eq!(killed.containers[0].last_status, TaskStatus::Stopped);
        let passed = killed.execution_stopped_at.unwrap().as_secs_f64()
            - killed.stopping_at.unwrap().as_secs_f64();
        assert!((passed - timeout - 1.0).abs() < 0.001, "{passed}");
    }
}

#[tokio::test(start_paused = true)]
async fn stopped_before_it_ran() {
    let simulator = steady();
    let ecs = client(&simulator);
    for wait in [0.0, 7.0, 10.5] {
        let task = launched(&ecs, on_fargate("sleep360-fargate")).await;
        sleep(wait).await;
        ecs.stop_task(StopTaskRequest::new(&task.task_arn))
            .await
            .unwrap();
        sleep(7.0).await;
        let task = described(&ecs, &task.task_arn).await;
        assert_eq!(task.last_status, TaskStatus::Stopped);
        assert_eq!(task.stop_code, Some(TaskStopCode::UserInitiated));
        assert_eq!(task.stopped_reason.as_deref(), Some("Task stopped by user"));
        assert_eq!(task.started_at, None);
        assert_eq!(task.containers[0].exit_code, None);
        assert_eq!(task.containers[0].last_status, TaskStatus::Stopped);
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_that_cannot_start() {
    let simulator = steady();
    let ecs = client(&simulator);
    let pull = "CannotPullContainerError: pull image manifest has been retried 7 time(s)";
    simulator.behavior("sleep360-fargate", Behavior::fails_to_start(pull));
    let task = launched(&ecs, on_fargate("sleep360-fargate")).await;
    sleep(20.0).await;
    let task = described(&ecs, &task.task_arn).await;
    assert_eq!(task.last_status, TaskStatus::Stopped);
    assert_eq!(task.stop_code, Some(TaskStopCode::TaskFailedToStart));
    assert_eq!(task.stopped_reason.as_deref(), Some(pull));
    assert_eq!(task.containers[0].reason.as_deref(), Some(pull));
    assert_eq!(task.containers[0].exit_code, None);
    assert!(task.pull_started_at.is_some() && task.started_at.is_none());

    let stuck = "Timeout waiting for network interface provisioning to complete.";
    simulator.behavior(
        "sleep360-fargate",
        Behavior::stuck_provisioning(Duration::from_secs(900), stuck),
    );
    let task = launched(&ecs, on_fargate("sleep360-fargate")).await;
    sleep(899.0).await;
    assert_eq!(
        described(&ecs, &task.task_arn).await.last_status,
        TaskStatus::Provisioning
    );
    sleep(10.0).await;
    let task = described(&ecs, &task.task_arn).await;
    assert_eq!(task.last_status, TaskStatus::Stopped);
    assert_eq!(task.stop_code, Some(TaskStopCode::TaskFailedToStart));
    assert_eq!(task.stopped_reason.as_deref(), Some(stuck));
}

#[tokio::test(start_paused = true)]
async fn out_of_memory_and_other_exits() {
    let simulator = steady();
    let ecs = client(&simulator);
    simulator.behavior(
        "sleep360-fargate",
        Behavior::out_of_memory_after(Duration::from_secs(4)),
    );
    let first = launched(&ecs, on_fargate("sleep360-fargate")).await;
    simulator.behavior(
        "sleep360-fargate",
        Behavior::exits_after(Duration::from_secs(4), 7),
    );
    let second = launched(&ecs, on_fargate("sleep360-fargate")).await;
    sleep(30.0).await;
    let first = described(&ecs, &first.task_arn).await;
    assert_eq!(first.containers[0].exit_code, Some(137));
    assert!(
        first.containers[0]
            .reason
            .as_ref()
            .unwrap()
            .starts_with("OutOfMemoryError: ")
    );
    assert_eq!(
        first.stop_code,
        Some(TaskStopCode::EssentialContainerExited)
    );
    let second = described(&ecs, &second.task_arn).await;
    assert_eq!(second.containers[0].exit_code, Some(7));
    assert_eq!(second.containers[0].reason, None);
}

#[tokio::test(start_paused = true)]
async fn containers_beside_the_main_one() {
    let simulator = steady();
    let ecs = client(&simulator);
    simulator.add_container_instance("default", 4096, 8192);
    let containers = vec![
        container("helper").essential(false),
        container("main"),
        container("proxy").essential(false),
    ];
    bridge(&ecs, "trio", containers).await;
    simulator.behavior("trio", Behavior::exits_after(Duration::from_secs(60), 0));
    simulator.container_behavior(
        "trio",
        "helper",
        Behavior::exits_after(Duration::from_secs(10), 1),
    );
    simulator.container_behavior("trio", "proxy", Behavior::ignores_sigterm());
    let task = launched(&ecs, RunTaskRequest::new("trio")).await;
    assert_eq!(task.last_status, TaskStatus::Pending);
    sleep(20.0).await;
    let running = described(&ecs, &task.task_arn).await;
    assert_eq!(running.last_status, TaskStatus::Running);
    assert_eq!(running.containers[0].exit_code, Some(1));
    assert_eq!(running.containers[1].last_status, TaskStatus::Running);
    sleep(60.0).await;
    let stopping = described(&ecs, &task.task_arn).await;
    assert_eq!(stopping.last_status, TaskStatus::Stopping);
    assert_eq!(stopping.containers[1].exit_code, Some(0));
    assert_eq!(stopping.containers[2].exit_code, None);
    sleep(30.0).await;
    let stopped = described(&ecs, &task.task_arn).await;
    assert_eq!(stopped.last_status, TaskStatus::Stopped);
    assert_eq!(stopped.containers[2].exit_code, Some(137));
}

#[tokio::test(start_paused = true)]
async fn spot_interruption() {
    let simulator = steady();
    let ecs = client(&simulator);
    let spot = longshore::ecs::CapacityProviderStrategyItem::new("FARGATE_SPOT");
    let request = RunTaskRequest::new("sleep360-fargate")
        .capacity_provider_strategy([spot])
        .network_configuration(crate::network());
    let task = launched(&ecs, request).await;
    assert_eq!(task.capacity_provider_name.as_deref(), Some("FARGATE_SPOT"));
    let other = launched(&ecs, on_fargate("sleep360-fargate")).await;
    sleep(20.0).await;
    assert!(!simulator.interrupt_spot(&other.task_arn));
    assert!(simulator.interrupt_spot(&task.task_arn));
    assert!(!simulator.interrupt_spot(&task.task_arn));
    sleep(20.0).await;
    let task = described(&ecs, &task.task_arn).await;
    assert_eq!(task.stop_code, Some(TaskStopCode::SpotInterruption));
    assert_eq!(
        task.stopped_reason.as_deref(),
        Some("Your Spot Task was interrupted.")
    );
    assert_eq!(task.containers[0].exit_code, Some(143));
}

#[tokio::test(start_paused = true)]
async fn invisible_at_first_and_gone_after_an_hour() {
    let simulator = steady();
    let ecs = client(&simulator);
    let task = launched(&ecs, on_fargate("sleep360-fargate")).await;
    let request = DescribeTasksRequest::new([&task.task_arn]);
    let missing = |answer: longshore::ecs::DescribeTasksResponse| {
        assert!(answer.tasks.is_empty());
        assert_eq!(answer.failures[0].arn.as_ref(), Some(&task.task_arn));
        assert_eq!(answer.failures[0].reason.as_deref(), Some("MISSING"));
    };
    sleep(0.9).await;
    missing(ecs.describe_tasks(request.clone()).await.unwrap());
    assert!(
        ecs.list_tasks(Default::default())
            .await
            .unwrap()
            .task_arns
            .is_empty()
    );
    sleep(0.1).await;
    described(&ecs, &task.task_arn).await;
    assert_eq!(
        ecs.list_tasks(Default::default()).await.unwrap().task_arns,
        std::slice::from_ref(&task.task_arn)
    );

    ecs.stop_task(StopTaskRequest::new(&task.task_arn))
        .await
        .unwrap();
    simulator.advance(Duration::from_secs(3600));
    described(&ecs, &task.task_arn).await;
    simulator.advance(Duration::from_secs(10));
    missing(ecs.describe_tasks(request).await.unwrap());
    assert!(simulator.tasks().is_empty());
}

#[tokio::test(start_paused = true)]
async fn tags_go_with_the_stop() {
    let simulator = steady();
    let ecs = client(&simulator);
    let task = launched(
        &ecs,
        on_fargate("sleep360-fargate").tags([Tag::default().key("run").value("7")]),
    )
    .await;
    sleep(2.0).await;
    let request = DescribeTasksRequest::new([&task.task_arn]).include([TaskField::Tags]);
    let tags = |answer: longshore::ecs::DescribeTasksResponse| answer.tasks[0].tags.len();
    assert_eq!(tags(ecs.describe_tasks(request.clone()).await.unwrap()), 1);
    assert!(described(&ecs, &task.task_arn).await.tags.is_empty());
    ecs.stop_task(StopTaskRequest::new(&task.task_arn))
        .await
        .unwrap();
    sleep(60.0).await;
    assert_eq!(tags(ecs.describe_tasks(request).await.unwrap()), 0);
}

#[tokio::test(start_paused = true)]
async fn time_can_run_faster() {
    let simulator = Simulator::builder().speed(60.0).build();
    let ecs = client(&simulator);
    let task = launched(&ecs, on_fargate("sleep360-fargate")).await;
    sleep(7.0).await;
    assert_eq!(
        described(&ecs, &task.task_arn).await.last_status,
        TaskStatus::Stopped
    );
    assert_eq!(simulator.elapsed(), Duration::from_secs(420));
}

#[tokio::test(start_paused = true)]
async fn repeatable_to_the_byte() {
    async fn story(seed: u64) -> (String, f64) {
        let origin = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let simulator = Simulator::builder().seed(seed).start_at(origin).build();
        let ecs = client(&simulator);
        let task = launched(&ecs, on_fargate("sleep360-fargate")).await;
        sleep(30.0).await;
        let task = described(&ecs, &task.task_arn).await;
        (
            serde_json::to_string(&task).unwrap(),
            task.started_at.unwrap().as_secs_f64(),
        )
    }
    let (first, started) = story(1).await;
    assert_eq!(story(1).await.0, first);
    let (other, other_started) = story(2).await;
    assert_ne!(other, first);
    assert!((started - other_started).abs() > f64::EPSILON);
}

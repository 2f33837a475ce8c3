//! One ECS task, from RunTask to its outcome.
//!
//! ```text
//! cargo run --example quickstart                    on the embedded simulator, over HTTP
//! cargo run --example quickstart -- --endpoint URL  on a server that speaks the API
//! cargo run --example quickstart -- --aws           in the account of the environment
//! ```

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use longshore::Config;
use longshore::ecs::{
    Client, DescribeTasksRequest, DescribeTasksResponse, RunTaskRequest, StopTaskRequest, Task,
    TaskStatus,
};
use longshore::simulator::{Server, Simulator};
use longshore::wait::{Schedule, Verdict};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let service = choose().await?;
    let ecs = Client::new(&service.config)?;

    let request = RunTaskRequest::new("sleep360:1")
        .cluster("default")
        .started_by("quickstart");
    let ran = ecs.run_task(request).await?;
    for failure in &ran.failures {
        println!(
            "not started: {}",
            failure.reason.as_deref().unwrap_or("no reason given")
        );
    }
    let task = ran.tasks.first().ok_or("RunTask started no task")?;
    println!("started {}", task.task_arn);

    let mut shown = Shown {
        state: String::new(),
        pause: service.pause,
    };
    follow(&ecs, task, &mut shown, TaskStatus::Running).await?;

    let stop = StopTaskRequest::new(&task.task_arn).cluster("default");
    ecs.stop_task(stop.reason("the quickstart is over")).await?;
    println!("asked to stop");

    let stopped = follow(&ecs, task, &mut shown, TaskStatus::Stopped).await?;
    println!(
        "stopped: {}",
        stopped
            .stopped_reason
            .as_deref()
            .unwrap_or("no reason given")
    );
    for container in &stopped.containers {
        match container.exit_code {
            Some(code) => println!("container {} exited with code {code}", container.name),
            None => println!("container {} never ran", container.name),
        }
    }
    Ok(())
}

/// Prints each new state until the task is in the one wanted, or STOPPED.
async fn follow(
    ecs: &Client,
    task: &Task,
    shown: &mut Shown,
    wanted: TaskStatus,
) -> Result<Task, Box<dyn Error>> {
    let request = DescribeTasksRequest::new([&task.task_arn]).cluster("default");
    let waited = ecs
        .wait_until(request, |answer| {
            // Right after RunTask the task may not be visible yet: no task, no verdict.
            let status = &answer.as_ref().ok().and_then(first)?.last_status;
            (*status == wanted || *status == TaskStatus::Stopped).then_some(Verdict::Success)
        })
        .schedule(Schedule::fixed(shown.pause)?)
        .deadline(Duration::from_secs(900))
        .on_poll(|poll| {
            if let Some(task) = poll.answer.as_ref().ok().and_then(first) {
                shown.show(task);
            }
        })
        .await?;
    let task = waited
        .response
        .and_then(|response| response.tasks.into_iter().next());
    Ok(task.ok_or("the task is gone")?)
}

fn first(response: &DescribeTasksResponse) -> Option<&Task> {
    response.tasks.first()
}

/// The last state printed, and how often to look for the next.
struct Shown {
    state: String,
    pause: Duration,
}

impl Shown {
    fn show(&mut self, task: &Task) {
        if self.state != task.last_status.as_str() {
            self.state = task.last_status.to_string();
            println!("{}", self.state);
        }
    }
}

/// The service that the arguments name.
struct Service {
    config: Config,
    pause: Duration,
    /// The simulator serves as long as its server is kept.
    _server: Option<Server>,
}

async fn choose() -> Result<Service, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let pause = Duration::from_secs(2);
    match arguments[..] {
        [] => {
            // Ten seconds of the simulation are one of ours.
            let simulator = Simulator::builder().speed(10.0).build();
            let server = simulator.serve().await?;
            println!("simulator at {}", server.url());
            let config = simulator.config_for(&server);
            let pause = Duration::from_millis(50);
            Ok(Service {
                config,
                pause,
                _server: Some(server),
            })
        }
        ["--endpoint", url] => {
            let mut config = Config::from_env()?.endpoint_url(url);
            if std::env::var("AWS_REGION")
                .or(std::env::var("AWS_DEFAULT_REGION"))
                .is_err()
            {
                config = config.region("us-east-1");
            }
            if std::env::var("AWS_ACCESS_KEY_ID").is_err() {
                config = config.access_key("local", "local");
            }
            Ok(Service {
                config,
                pause,
                _server: None,
            })
        }
        ["--aws"] => Ok(Service {
            config: Config::from_env()?,
            pause,
            _server: None,
        }),
        _ => Err("usage: quickstart [--endpoint URL | --aws]".into()),
    }
}

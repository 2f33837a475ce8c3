//! Hundreds of tasks from one template: a progress bar while they run, a table of what became of
//! them, and Ctrl-C stops them all.
//!
//! ```text
//! cargo run --example fleet                                on the embedded simulator
//! cargo run --example fleet -- --count 50                  fewer of them
//! cargo run --example fleet -- --endpoint URL              on a server that speaks the API
//! cargo run --example fleet -- --aws --cluster jobs --task-definition work --subnet subnet-0123
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use indicatif::{ProgressBar, ProgressStyle};
use longshore::ecs::Client;
use longshore::ecs::tasks::{Outcome, OutcomeKind, TaskError, TaskHandle};
use longshore::simulator::{Behavior, Simulator};

#[path = "support/service.rs"]
mod service;
#[path = "support/template.rs"]
mod template;

use service::Service;

const FAMILY: &str = "sleep360-fargate";
/// Stops under way at once; the client paces them.
const STOPS: usize = 50;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("fleet: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<bool, Box<dyn Error>> {
    let mut service = Service::of_arguments().await?;
    let request = template::template(&mut service, FAMILY)?;
    let count: u32 = service.option("--count")?.map_or(Ok(300), |n| n.parse())?;
    service.no_more()?;
    let ecs = Client::new(&service.config)?;

    let bar = ProgressBar::new(count.into()).with_style(ProgressStyle::with_template(
        "{msg:10} {wide_bar} {pos}/{len} {elapsed}",
    )?);
    bar.set_message("starting");
    let mut launch = ecs.launch(request, count);
    if let Some(simulator) = service.simulator.clone() {
        // The simulator's quotas go by our time: with the published ones it would take a while.
        simulator.set_throttling(false);
        vary(&simulator, 0);
        launch = launch.without_fargate_pacing();
    }
    let simulator = service.simulator.as_ref();
    let launched = launch
        .on_progress(|progress| {
            bar.set_position(progress.started.into());
            if let Some(simulator) = simulator {
                vary(simulator, progress.started);
            }
        })
        .await;
    for failure in &launched.failures {
        bar.suspend(|| eprintln!("not started: {failure}"));
    }

    bar.set_message("running");
    bar.set_position(0);
    let tasks = ecs.watch(&launched.started);
    let mut results = Vec::new();
    let mut waiting: FuturesUnordered<_> = tasks.iter().map(ended).collect();
    let mut ctrl_c = Box::pin(tokio::signal::ctrl_c());
    let mut cancelled = false;
    loop {
        let result = tokio::select! {
            result = waiting.next() => result,
            Ok(()) = &mut ctrl_c => {
                cancelled = true;
                break;
            }
        };
        let Some(result) = result else { break };
        bar.inc(1);
        results.push(result);
    }
    drop(waiting);
    if cancelled {
        bar.set_message("stopping");
        let left = tasks.iter().filter(|task| task.outcome().is_none());
        let stops = left.map(|task| async move { (task, task.stop("Ctrl-C").await) });
        let mut stops = futures_util::stream::iter(stops).buffer_unordered(STOPS);
        while let Some(result) = stops.next().await {
            bar.inc(1);
            results.push(result);
        }
    }
    bar.finish_and_clear();
    print!("{}", table(&results, launched.missing()));
    let succeeded = results.iter().filter(|(_, result)| is_success(result));
    Ok(succeeded.count() == count as usize)
}

type Ended<'a> = (&'a TaskHandle, Result<Outcome, TaskError>);

async fn ended(task: &TaskHandle) -> Ended<'_> {
    (task, task.stopped().await)
}

fn is_success(result: &Result<Outcome, TaskError>) -> bool {
    result.as_ref().is_ok_and(Outcome::is_success)
}

/// One line for each way to end, with an example of those that are no success.
fn table(results: &[Ended<'_>], missing: u32) -> String {
    let mut rows: BTreeMap<String, (usize, Option<String>)> = BTreeMap::new();
    for (task, result) in results {
        let (kind, example) = match result {
            Ok(outcome) => {
                let kind = match &outcome.kind {
                    OutcomeKind::Exited { code, .. } => format!("exit code {code}"),
                    OutcomeKind::OutOfMemory { .. } => "out of memory".to_owned(),
                    OutcomeKind::SpotInterrupted => "Spot interruption".to_owned(),
                    OutcomeKind::FailedToStart { .. } => "did not start".to_owned(),
                    OutcomeKind::StoppedByUser => "stopped".to_owned(),
                    other => format!("{other:?}"),
                };
                (kind, (!outcome.is_success()).then(|| outcome.to_string()))
            }
            Err(error) => (format!("lost: {}", task.arn()), Some(error.to_string())),
        };
        let row = rows.entry(kind).or_insert((0, example));
        row.0 += 1;
    }
    if missing > 0 {
        rows.insert("not launched".to_owned(), (missing as usize, None));
    }
    rows.into_iter()
        .map(|(kind, (count, example))| {
            format!("{count:6}  {kind:18}  {}\n", example.unwrap_or_default())
        })
        .collect()
}

/// Not every simulated task ends well.
fn vary(simulator: &Simulator, started: u32) {
    let after = |secs: u32| Duration::from_secs(u64::from(10 + secs));
    let behavior = match started / 10 % 10 {
        3 => Behavior::exits_after(after(started % 60), 1),
        5 => Behavior::out_of_memory_after(after(started % 60)),
        7 => Behavior::fails_to_start("CannotPullContainerError: manifest unknown"),
        _ => Behavior::exits_after(after(started % 90), 0),
    };
    simulator.behavior(FAMILY, behavior);
}

//! Amazon ECS in the same process, for tests: an account in memory that behaves as the service
//! does, above all where clients get it wrong.
//!
//! A [`Simulator`] has two doors to one account: a [`Transport`](crate::transport::Transport)
//! without sockets, which works under tokio's paused clock, and an HTTP server on the loopback
//! interface. It verifies signatures by a computation of its own, lets new tasks stay invisible
//! for a moment, takes tasks through all their states, stops them by SIGTERM and then SIGKILL,
//! refuses what cannot be placed, remembers idempotency tokens, forgets stopped tasks after an
//! hour, enforces the published request quotas, and has [`Fault`]s on demand. Time, ids and chance
//! follow a seed, so that a failure can be had again.
//!
//! ```
//! use std::time::Duration;
//! use longshore::ecs::{Client, DescribeTasksRequest, RunTaskRequest, TaskStatus};
//! use longshore::simulator::{Behavior, Simulator};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let simulator = Simulator::new();
//! simulator.behavior("sleep360", Behavior::exits_after(Duration::from_secs(20), 3));
//!
//! let ecs = Client::new(&simulator.config())?;
//! let task = ecs.run_task(RunTaskRequest::new("sleep360")).await?.tasks.remove(0);
//!
//! tokio::time::sleep(Duration::from_secs(60)).await; // takes no time under a paused clock
//! let answer = ecs.describe_tasks(DescribeTasksRequest::new([task.task_arn])).await?;
//! assert_eq!(answer.tasks[0].last_status, TaskStatus::Stopped);
//! assert_eq!(answer.tasks[0].containers[0].exit_code, Some(3));
//! # Ok(())
//! # }
//! ```
//!
//! With the feature `sagemaker-pipelines` there are the pipelines of SageMaker too, all 18 operations:
//! steps in the order of their dependencies (jobs, callbacks, Lambda functions, conditions,
//! failures), stops that wait for callbacks and Lambda functions, retries, idempotency tokens. With
//! `sqs` beside it, callback steps send to the account's queues.
//!
//! What it does not model it refuses by name, with `UnsupportedOperationException`.

// A refusal is made once a request.
#![allow(clippy::result_large_err)]
// Without a service there is nothing to carry out requests, and much is left unused.
#![cfg_attr(not(feature = "ecs"), allow(dead_code))]

mod account;
mod builder;
#[cfg(any(feature = "ecs", feature = "sqs", feature = "logs"))]
mod carry;
mod clock;
mod door;
mod faults;
mod hex;
mod journal;
mod refusal;
mod server;
mod signature;
mod throttle;
mod world;

#[cfg(feature = "ecs")]
mod ecs;
#[cfg(all(feature = "ecs", feature = "logs"))]
mod logs;
#[cfg(any(feature = "ecs", feature = "sagemaker-pipelines"))]
mod pages;
#[cfg(feature = "sagemaker-pipelines")]
mod sagemaker;
#[cfg(feature = "sqs")]
mod sqs;

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use builder::SimulatorBuilder;
pub use door::SimulatorTransport;
#[cfg(feature = "ecs")]
pub use ecs::{Behavior, Timing};
pub use faults::Fault;
pub use journal::RecordedRequest;
#[cfg(feature = "sagemaker-pipelines")]
#[cfg_attr(docsrs, doc(cfg(feature = "sagemaker-pipelines")))]
pub use sagemaker::StepBehavior;
pub use server::Server;
#[cfg(feature = "sqs")]
pub use sqs::Delivery;

use crate::config::{Config, WallClock};
use crate::credentials::Credentials;
use account::Account;

/// An account in memory. Cheap to clone; clones are the same account.
///
/// See the [module](self) for what it does.
#[derive(Debug, Clone)]
pub struct Simulator {
    account: Arc<Account>,
}

impl Default for Simulator {
    fn default() -> Self {
        Self::new()
    }
}

impl Simulator {
    /// A simulator with the usual settings; see [`SimulatorBuilder`] for these.
    ///
    /// The account has the cluster `default` with one container instance (4 CPUs, 16 GiB), and the
    /// task definitions `sleep360:1`, for instances, and `sleep360-fargate:1`; the container of
    /// both exits with 0 after 360 seconds. Its time begins now, by tokio's clock: under a paused
    /// clock it has to be made inside the runtime.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Settings for a simulator.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder::new()
    }

    fn of(account: Arc<Account>) -> Self {
        Self { account }
    }

    /// A configuration for clients that use the door without sockets: with the account's region
    /// and access key, the simulator's clock, and chance that is repeatable but different for each
    /// configuration.
    ///
    /// Clients of *one* configuration draw the same idempotency tokens; take another one for each
    /// client.
    #[must_use]
    pub fn config(&self) -> Config {
        self.bare_config().transport(self.transport())
    }

    /// As [`config`](Self::config), but for the HTTP server.
    #[must_use]
    pub fn config_for(&self, server: &Server) -> Config {
        self.bare_config().endpoint_url(server.url())
    }

    fn bare_config(&self) -> Config {
        let keys = &self.account.keys;
        let token = keys.session_token.clone();
        let credentials = Credentials::new(&keys.id, &keys.secret, token, None, "simulator");
        let clock = self.account.clock.clone();
        Config::new()
            .region(&self.account.region)
            .credentials(credentials)
            .wall_clock(WallClock::new(move || clock.wall()))
            .seed(self.account.next_seed())
    }

    /// The door without sockets, for a [`Config`] of one's own.
    #[must_use]
    pub fn transport(&self) -> SimulatorTransport {
        SimulatorTransport::new(self.account.clone())
    }

    /// Opens the door over HTTP, on a free port of the loopback interface.
    ///
    /// # Errors
    ///
    /// No port can be had.
    pub async fn serve(&self) -> io::Result<Server> {
        Server::start(self.account.clone()).await
    }

    /// How long the account has been there, in its own time.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.account.now().world.now
    }

    /// What time it is for the account.
    #[must_use]
    pub fn date(&self) -> SystemTime {
        self.account.clock.at(self.elapsed())
    }

    /// Moves the account's time forward, all that happens in between included.
    pub fn advance(&self, distance: Duration) {
        self.account.clock.skip(distance);
        drop(self.account.now());
    }

    /// Adds a fault to those that are to come.
    pub fn inject(&self, fault: Fault) {
        self.account.now().faults.add(fault);
    }

    /// Drops the faults that are to come.
    pub fn clear_faults(&self) {
        self.account.now().faults.clear();
    }

    /// Turns the published request quotas on or off.
    pub fn set_throttling(&self, on: bool) {
        self.account.now().world.throttle.turn(on);
    }

    /// What came in so far, the refused included, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.account.now().journal.clone()
    }

    /// How often an operation was asked for.
    #[must_use]
    pub fn count(&self, operation: &str) -> usize {
        let state = self.account.now();
        state
            .journal
            .iter()
            .filter(|request| request.operation == operation)
            .count()
    }

    /// Forgets what came in so far.
    pub fn clear_requests(&self) {
        self.account.now().journal.clear();
    }
}

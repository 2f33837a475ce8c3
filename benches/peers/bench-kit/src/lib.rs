//! What the programs that are compared have in common: their arguments, the loop that is measured,
//! and what they say of it.
//!
//! A program is called as `program WHAT CALLS`, with the server in `AWS_ENDPOINT_URL`, and answers
//! with one line of JSON. Its twin that ends in `-counted` has an allocator that counts.

use std::alloc::System;
use std::time::{Duration, Instant};

use nix::sys::resource::{Usage, UsageWho, getrusage};
use serde_json::json;
pub use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

/// The allocator of the programs that count.
pub type Allocator = StatsAlloc<System>;

/// The account that all sides use.
pub const REGION: &str = "us-east-1";
/// Its access key.
pub const KEY: (&str, &str) = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
/// How often the watcher that is measured looks at a group, and who is compared with it calls:
/// what is done at long intervals takes longer than what is done in a loop, because other things
/// are in the processor's caches.
pub const POLLED_EVERY: Duration = Duration::from_micros(2500);
/// The cluster of all tasks.
pub const CLUSTER: &str = "jobs";
/// What is run.
pub const TASK_DEFINITION: &str = "render:7";
/// Where it runs.
pub const SUBNETS: [&str; 2] = ["subnet-0f64e0c3a1b2d4e5f", "subnet-0a1b2c3d4e5f60718"];
/// What may reach it.
pub const SECURITY_GROUP: &str = "sg-0123456789abcdef0";
/// What its container is told.
pub const COMMAND: [&str; 3] = ["render", "--frame", "1042"];

/// The ARN of the task with a number.
#[must_use]
pub fn task_arn(number: usize) -> String {
    // Spread over all digits, as real ids are.
    let id = (number as u128 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
    format!("arn:aws:ecs:us-east-1:123456789012:task/{CLUSTER}/{id:032x}")
}

/// What a program is to do.
#[derive(Debug, Clone)]
pub struct Job {
    /// `run-task`, `stop-task`, `describe-1`, `describe-100`, `describe-100-paced`, `start-up` or
    /// `watch`.
    pub what: String,
    /// How often.
    pub calls: usize,
    /// The server.
    pub url: String,
    counted: Option<&'static Allocator>,
}

impl Job {
    /// The job that the command line states.
    ///
    /// # Panics
    ///
    /// If it states none.
    #[must_use]
    pub fn from_args(counted: Option<&'static Allocator>) -> Self {
        let mut args = std::env::args().skip(1);
        let usage = "usage: program WHAT CALLS, with AWS_ENDPOINT_URL set";
        Self {
            what: args.next().expect(usage),
            calls: args.next().and_then(|n| n.parse().ok()).expect(usage),
            url: std::env::var("AWS_ENDPOINT_URL").expect(usage),
            counted,
        }
    }

    /// How many tasks a DescribeTasks call asks for.
    #[must_use]
    pub fn tasks(&self) -> usize {
        if self.what.starts_with("describe-100") {
            100
        } else {
            1
        }
    }

    /// Makes the calls, after a tenth of them to get warm, and tells what they took.
    pub async fn measure(&self, mut call: impl AsyncFnMut()) {
        for _ in 0..self.calls / 10 {
            call().await;
        }
        let gauge = self.gauge();
        let mut turns = tokio::time::interval(POLLED_EVERY);
        let paced = self.what.ends_with("-paced");
        for _ in 0..self.calls {
            if paced {
                turns.tick().await;
            }
            call().await;
        }
        gauge.tell(self.calls);
    }

    /// Begins to measure what [`Gauge::tell`] will tell.
    #[must_use]
    pub fn gauge(&self) -> Gauge {
        Gauge {
            counted: self.counted,
            allocated: self.counted.map(allocated),
            usage: usage(),
            since: Instant::now(),
        }
    }
}

/// The state of things when measuring began.
#[derive(Debug)]
pub struct Gauge {
    counted: Option<&'static Allocator>,
    allocated: Option<(usize, usize)>,
    usage: Usage,
    since: Instant,
}

impl Gauge {
    /// Prints what each of so many calls took.
    pub fn tell(self, calls: usize) {
        let wall = self.since.elapsed();
        let now = usage();
        let each = |time: Duration| time.as_secs_f64() * 1e6 / calls as f64;
        let user = micros(now.user_time()) - micros(self.usage.user_time());
        let system = micros(now.system_time()) - micros(self.usage.system_time());
        let mut told = json!({
            "calls": calls,
            "wall_us": each(wall),
            "user_us": user / calls as f64,
            "system_us": system / calls as f64,
            "cpu_us": (user + system) / calls as f64,
        });
        if let (Some(counted), Some(before)) = (self.counted, self.allocated) {
            let after = allocated(counted);
            told["allocations"] = json!((after.0 - before.0) as f64 / calls as f64);
            told["allocated_bytes"] = json!((after.1 - before.1) as f64 / calls as f64);
        }
        println!("{told}");
    }
}

fn usage() -> Usage {
    getrusage(UsageWho::RUSAGE_SELF).expect("the kernel knows what this process used")
}

fn micros(time: nix::sys::time::TimeVal) -> f64 {
    time.tv_sec() as f64 * 1e6 + time.tv_usec() as f64
}

/// Allocations and their bytes; an allocation that grows counts with what it grew by.
fn allocated(counted: &Allocator) -> (usize, usize) {
    let stats = counted.stats();
    (
        stats.allocations + stats.reallocations,
        stats.bytes_allocated,
    )
}

/// Prints that the first answer is there, and what memory that took.
pub fn tell_started() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.trim_matches([':', '\t', ' ', 'k', 'B']).parse().ok())
            .unwrap_or(f64::NAN)
    };
    println!(
        "{}",
        json!({ "resident_kb": kilobytes("VmRSS"), "peak_kb": kilobytes("VmHWM") })
    );
}

/// Runs the measured part on one thread, so that it repeats.
///
/// # Panics
///
/// If the system has no resources for a runtime.
pub fn block_on(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(work);
}

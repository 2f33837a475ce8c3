#![doc = include_str!("../README.md")]
//!
//! # Where to look
//!
//! - [`ecs`]: the client of Amazon ECS, its operations and shapes.
//! - `ecs::tasks` (feature `ecs-tasks`): starting many tasks, watching them, and what became of them.
//! - [`Config`]: region, credentials, endpoints, timeouts, retries, pacing.
//! - [`Error`]: what can go wrong, and what can be asked of it.
//! - [`wait`]: waiters, schedules, deadlines. [`pagination`]: lists as streams.
//! - `simulator` (with the feature of that name): testing without AWS.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod call;
pub mod client;
pub mod config;
pub mod credentials;
pub mod endpoint;
pub mod error;
#[cfg(test)]
mod fuzz;
#[cfg(any(feature = "ecs-tasks", feature = "sagemaker-pipelines"))]
mod hash;
pub mod operation;
pub mod pacing;
pub mod pagination;
pub mod retry;
mod signing;
pub mod transport;
pub mod wait;
pub mod wire;

#[cfg(feature = "ecs")]
#[cfg_attr(docsrs, doc(cfg(feature = "ecs")))]
pub mod ecs;

#[cfg(feature = "logs")]
#[cfg_attr(docsrs, doc(cfg(feature = "logs")))]
pub mod logs;

#[cfg(any(feature = "sagemaker", feature = "sagemaker-pipelines"))]
#[cfg_attr(
    docsrs,
    doc(cfg(any(feature = "sagemaker", feature = "sagemaker-pipelines")))
)]
pub mod sagemaker;

#[cfg(feature = "sqs")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqs")))]
pub mod sqs;

#[cfg(feature = "simulator")]
#[cfg_attr(docsrs, doc(cfg(feature = "simulator")))]
pub mod simulator;

pub use config::Config;
pub use error::Error;

//! wip
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod call;
pub mod client;
pub mod config;
pub mod credentials;
pub mod endpoint;
pub mod error;
pub mod operation;
pub mod pacing;
pub mod pagination;
pub mod retry;
mod signing;
pub mod transport;
pub mod wait;
pub mod wire;

#[cfg(feature = "ecs")]
pub mod ecs;

pub use config::Config;
pub use error::Error;

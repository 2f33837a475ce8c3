//! Tests of the public API over scripted answers, in virtual time.
#![cfg(feature = "ecs-tasks")]
#![allow(clippy::unwrap_used)]

mod bad_input;
mod call;
mod config;
mod endpoints;
mod errors;
mod events;
mod files;
mod pages;
#[cfg(feature = "reqwest")]
mod proxies;
mod retries;
mod support;
#[cfg(feature = "sagemaker")]
mod waiters;
mod waits;

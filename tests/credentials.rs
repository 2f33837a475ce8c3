//! Every source of credentials, over real HTTP and real files, and the order between them.
#![cfg(all(feature = "ecs", feature = "reqwest", feature = "credentials-chain"))]
#![allow(clippy::unwrap_used)]

#[path = "credentials/container.rs"]
mod container;
#[path = "credentials/metadata.rs"]
mod metadata;
#[path = "credentials/order.rs"]
mod order;
#[path = "credentials/process.rs"]
mod process;
#[path = "credentials/roles.rs"]
mod roles;
#[path = "credentials/secrets.rs"]
mod secrets;
#[path = "credentials/sso.rs"]
mod sso;
#[path = "credentials/world.rs"]
mod world;

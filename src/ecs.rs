//! Amazon ECS: all operations of API version 2014-11-13.
//!
//! A [`Client`] has a method for each operation; its requests and responses, and the shapes that
//! these are made of, stand here beside it. They serialize to the service's own JSON and back, so
//! the output of the AWS CLI, EventBridge details and CloudTrail payloads parse into them.

mod generated;
#[cfg(feature = "ecs-tasks")]
#[cfg_attr(docsrs, doc(cfg(feature = "ecs-tasks")))]
pub mod tasks;

pub use generated::*;

//! Amazon CloudWatch Logs, as much as reading a task's log needs.

mod generated;

pub use generated::*;

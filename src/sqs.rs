//! Amazon SQS, as much as a worker needs: receive, delete, hide for longer, send.

mod generated;

pub use generated::*;

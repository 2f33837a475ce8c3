//! Amazon SageMaker: API version 2017-07-24.
//!
//! The feature `sagemaker-pipelines` has the operations of pipelines and what they reach; the
//! feature `sagemaker` has all operations. A [`Client`] has a method for each; requests, responses
//! and shapes stand here beside it. [`pipelines`] has what it takes beyond single calls to start an
//! execution, wait for it, stop it, and answer its callback steps.

mod generated;
pub mod pipelines;

pub use generated::*;

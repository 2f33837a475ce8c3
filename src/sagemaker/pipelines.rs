//! Executions of pipelines from start to end, and the callbacks that hold them up.
//!
//! StopPipelineExecution returns at once, and then the execution may never end: a callback step
//! has to be answered, and a lambda step is waited for. [`Execution::stop_and_wait`] says which
//! step it is; a [`CallbackWorker`] answers callback steps, those of a stopping execution too.
//!
//! ```
//! # use longshore::sagemaker::CreatePipelineRequest;
//! # use longshore::simulator::Simulator;
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let simulator = Simulator::new();
//! # let sagemaker = longshore::sagemaker::Client::new(&simulator.config())?;
//! # let definition = r#"{"Version": "2020-12-01",
//! #     "Parameters": [{"Name": "rows", "Type": "Integer", "DefaultValue": 10}],
//! #     "Steps": [{"Name": "Train", "Type": "Training", "Arguments": {}}]}"#;
//! # let role = "arn:aws:iam::123456789012:role/pipelines";
//! # sagemaker
//! #     .create_pipeline(CreatePipelineRequest::new("nightly", role).pipeline_definition(definition))
//! #     .await?;
//! let execution = sagemaker.start_execution("nightly").parameter("rows", "1000").await?;
//! println!("started {execution}");
//!
//! let ended = execution
//!     .stop_and_wait()
//!     .on_progress(|progress| {
//!         for holdup in progress.state.holdups() {
//!             println!("after {:?}: {holdup}", progress.elapsed);
//!         }
//!     })
//!     .await?;
//! println!("{ended}");
//! # Ok(())
//! # }
//! ```

mod answer;
mod ended;
mod execution;
mod memory;
mod message;
mod queue;
#[cfg(feature = "sqs")]
mod sqs;
mod start;
mod state;
mod stop;
mod wait;
mod worker;

pub use answer::{Answered, CallbackAnswer};
pub use ended::{Ended, NotEnded, Unsuccessful};
pub use execution::Execution;
pub use message::{CallbackMessage, CallbackStatus, InvalidCallback};
pub use queue::{CallbackQueue, QueueError, QueueMessage};
#[cfg(feature = "sqs")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqs")))]
pub use sqs::SqsQueue;
pub use start::ExecutionStart;
pub use state::{ExecutionProgress, ExecutionState, FailedStep, Holdup, HoldupReason};
pub use stop::{StopAnswer, StopCall};
pub use wait::ExecutionWait;
pub use worker::{CallbackContext, CallbackWorker, WorkerEvent, WorkerReport};

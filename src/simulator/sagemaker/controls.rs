//! What a test does to the account beside calling it.

use super::StepBehavior;
use crate::simulator::Simulator;

/// Pipelines of Amazon SageMaker.
#[cfg_attr(docsrs, doc(cfg(feature = "sagemaker-pipelines")))]
impl Simulator {
    /// Sets what a step of a pipeline does, by the names of both.
    ///
    /// It holds for steps that begin to run from now on. The pipeline need not be there yet.
    pub fn step_behavior(
        &self,
        pipeline: impl Into<String>,
        step: impl Into<String>,
        behavior: StepBehavior,
    ) {
        let mut state = self.account.now();
        let behaviors = state
            .sagemaker
            .behaviors
            .entry(pipeline.into())
            .or_default();
        behaviors.insert(step.into(), behavior);
    }

    /// The bodies of the messages that callback steps have sent to a queue so far, in order,
    /// whether or not there is such a queue in the account.
    #[must_use]
    pub fn callback_messages(&self, queue_url: &str) -> Vec<String> {
        let state = self.account.now();
        let sent = state.sagemaker.sent.iter();
        let own = sent.filter(|message| message.queue_url == queue_url);
        own.map(|message| message.body.clone()).collect()
    }
}

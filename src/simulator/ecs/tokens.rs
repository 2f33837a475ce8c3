//! Idempotency tokens of RunTask.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::ecs::{RunTaskRequest, RunTaskResponse};
use crate::simulator::refusal::Refusal;

/// How long a token is remembered.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// The tokens of launches that started something, with what was asked and answered.
#[derive(Debug, Default)]
pub(super) struct Tokens(BTreeMap<String, Launched>);

#[derive(Debug)]
struct Launched {
    request: RunTaskRequest,
    response: RunTaskResponse,
    at: Duration,
}

impl Tokens {
    /// What the launch with this token was answered.
    ///
    /// # Errors
    ///
    /// `ConflictException`, with the tasks of that launch, when it had other parameters.
    pub(super) fn find(
        &mut self,
        request: &RunTaskRequest,
        now: Duration,
    ) -> Result<Option<&RunTaskResponse>, Refusal> {
        self.0
            .retain(|_, launched| now.saturating_sub(launched.at) < KEPT);
        let Some(launched) = request
            .client_token
            .as_ref()
            .and_then(|token| self.0.get(token))
        else {
            return Ok(None);
        };
        if launched.request == *request {
            return Ok(Some(&launched.response));
        }
        let arns: Vec<String> = launched
            .response
            .tasks
            .iter()
            .map(|task| task.task_arn.clone())
            .collect();
        let message = "The client token is in use by a RunTask with other parameters.";
        Err(Refusal::new("ConflictException", message).with_member("resourceIds", arns))
    }

    /// Remembers a launch. One that started nothing may be tried again under its token.
    pub(super) fn keep(
        &mut self,
        request: RunTaskRequest,
        response: &RunTaskResponse,
        now: Duration,
    ) {
        if let Some(token) = request.client_token.clone()
            && !response.tasks.is_empty()
        {
            let response = response.clone();
            self.0.insert(
                token,
                Launched {
                    request,
                    response,
                    at: now,
                },
            );
        }
    }
}

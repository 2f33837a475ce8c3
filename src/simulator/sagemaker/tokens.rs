//! Idempotency tokens.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::invalid;
use crate::simulator::refusal::Refusal;

/// How long a token is remembered. The service does not say.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// The tokens of calls that succeeded, by operation and token, with what was asked and answered.
#[derive(Debug, Default)]
pub(super) struct Tokens(BTreeMap<(String, String), Answered>);

#[derive(Debug)]
struct Answered {
    request: Value,
    response: Vec<u8>,
    at: Duration,
}

/// The token of a request, if it is one.
///
/// # Errors
///
/// `ValidationException` for one of another length than 32 to 128, or none where one is needed.
pub(super) fn of_request(operation: &str, request: &Value) -> Result<Option<String>, Refusal> {
    let token = request.get("ClientRequestToken").and_then(Value::as_str);
    match token {
        Some(token) if (32..=128).contains(&token.chars().count()) => Ok(Some(token.to_owned())),
        Some(_) => Err(invalid(
            "ClientRequestToken must have 32 to 128 characters.",
        )),
        None if is_required(operation) => Err(invalid("ClientRequestToken is required.")),
        None => Ok(None),
    }
}

fn is_required(operation: &str) -> bool {
    matches!(
        operation,
        "CreatePipeline"
            | "DeletePipeline"
            | "StartPipelineExecution"
            | "StopPipelineExecution"
            | "RetryPipelineExecution"
    )
}

impl Tokens {
    /// What the call with this token was answered.
    ///
    /// # Errors
    ///
    /// `ConflictException`, when it had other parameters.
    pub(super) fn find(
        &mut self,
        operation: &str,
        token: &str,
        request: &Value,
        now: Duration,
    ) -> Result<Option<Vec<u8>>, Refusal> {
        self.0
            .retain(|_, answered| now.saturating_sub(answered.at) < KEPT);
        match self.0.get(&(operation.to_owned(), token.to_owned())) {
            None => Ok(None),
            Some(answered) if answered.request == *request => Ok(Some(answered.response.clone())),
            Some(_) => Err(Refusal::new(
                "ConflictException",
                format!(
                    "The client request token is in use by a {operation} with other parameters."
                ),
            )),
        }
    }

    pub(super) fn keep(
        &mut self,
        operation: &str,
        token: String,
        request: Value,
        response: &[u8],
        at: Duration,
    ) {
        let response = response.to_vec();
        self.0.insert(
            (operation.to_owned(), token),
            Answered {
                request,
                response,
                at,
            },
        );
    }
}

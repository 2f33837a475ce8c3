//! Credentials: any provider of the AWS ecosystem, behind one cache.

mod cache;

use std::fmt;
use std::sync::Arc;

pub use aws_credential_types::Credentials;
pub use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

pub(crate) use cache::Cache;

/// Why there are no credentials.
#[derive(Debug)]
#[non_exhaustive]
pub struct CredentialsError {
    /// What happened, and what to set; does not repeat `source`.
    pub message: String,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl CredentialsError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
        }
    }
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CredentialsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<aws_credential_types::provider::error::CredentialsError> for CredentialsError {
    fn from(error: aws_credential_types::provider::error::CredentialsError) -> Self {
        use aws_credential_types::provider::error::CredentialsError as Cause;
        let message = match &error {
            Cause::CredentialsNotLoaded(_) => "the credentials provider has no credentials",
            Cause::ProviderTimedOut(_) => "the credentials provider did not answer in time",
            Cause::InvalidConfiguration(_) => "the credentials provider is not configured rightly",
            _ => "the credentials provider failed",
        };
        Self {
            message: message.to_owned(),
            source: Some(Arc::new(error)),
        }
    }
}

/// The variables that hold credentials.
pub(crate) const KEY_ID: &str = "AWS_ACCESS_KEY_ID";
pub(crate) const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
pub(crate) const SESSION: &str = "AWS_SESSION_TOKEN";

/// What a client says that was given no credentials.
pub(crate) const NONE: &str = "there are no credentials; set AWS_ACCESS_KEY_ID and \
     AWS_SECRET_ACCESS_KEY, or give the configuration a credentials provider";

/// The credentials of the environment: `None` where it has none of them.
///
/// # Errors
///
/// One of the two variables without the other.
pub(crate) fn from_vars(
    get: impl Fn(&str) -> Option<String>,
) -> Result<Option<Credentials>, CredentialsError> {
    let set = |name: &str| get(name).filter(|value| !value.trim().is_empty());
    match (set(KEY_ID), set(SECRET)) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(CredentialsError::new(format!(
            "{KEY_ID} is set, but {SECRET} is not; set both or neither"
        ))),
        (None, Some(_)) => Err(CredentialsError::new(format!(
            "{SECRET} is set, but {KEY_ID} is not; set both or neither"
        ))),
        (Some(id), Some(secret)) => Ok(Some(Credentials::new(
            id.trim(),
            secret.trim(),
            set(SESSION).map(|token| token.trim().to_owned()),
            None,
            "environment",
        ))),
    }
}

#[cfg(test)]
mod tests;

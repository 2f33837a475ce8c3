//! Credentials: any provider of the AWS ecosystem, behind one cache.
//!
//! # The default chain
//!
//! With the feature `credentials-chain`, [`Config::from_env`](crate::Config::from_env) looks for
//! credentials in this order:
//!
//! 1. The environment: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
//! 2. The profile that `AWS_PROFILE` names, else `default`, in the files that `AWS_CONFIG_FILE` and
//!    `AWS_SHARED_CREDENTIALS_FILE` name, else `~/.aws/config` and `~/.aws/credentials`. In it: a
//!    role (`role_arn` with `source_profile` or `credential_source`, or with
//!    `web_identity_token_file`), IAM Identity Center (`sso_session`, or `sso_start_url` and
//!    the like), `credential_process`, keys.
//! 3. The web identity of `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN`, as EKS sets them.
//! 4. The container's endpoint: `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` (Amazon ECS) or
//!    `AWS_CONTAINER_CREDENTIALS_FULL_URI` (EKS Pod Identity and others).
//! 5. The instance metadata service of EC2, version 2, unless `AWS_EC2_METADATA_DISABLED` is true.
//!
//! The first source that is there at all decides. If it is there and does not work, there are no
//! credentials, and the error says what is wrong: a weaker source never stands in for it.
//!
//! What it asks over the network goes through the clients' own transport. Multi-factor devices and
//! `login_session` are not served; a profile that asks for them is refused by name.

mod cache;
#[cfg(feature = "credentials-chain")]
mod chain;
mod secret;

use std::fmt;
use std::sync::Arc;

pub use aws_credential_types::Credentials;
pub use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

use crate::config::Vars;

pub(crate) use cache::Cache;
#[cfg(feature = "credentials-chain")]
pub(crate) use chain::Chain;
#[cfg(all(test, feature = "credentials-chain"))]
pub(crate) use chain::{fuzzed_keys, fuzzed_plan, fuzzed_role};
pub(crate) use secret::Secret;

/// Why there are no credentials.
#[derive(Debug, Clone)]
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
        // What comes from the chain says it all.
        if let Some(own) =
            std::error::Error::source(&error).and_then(|source| source.downcast_ref())
        {
            return Self::clone(own);
        }
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
#[cfg(feature = "credentials-chain")]
pub(crate) const NONE: &str = "there are no credentials; use Config::from_env, or give the \
     configuration a credentials provider";
#[cfg(not(feature = "credentials-chain"))]
pub(crate) const NONE: &str = "there are no credentials; set AWS_ACCESS_KEY_ID and \
     AWS_SECRET_ACCESS_KEY, give the configuration a credentials provider, or turn on the feature \
     `credentials-chain`";

/// The credentials of the environment: `None` where it has none of them.
///
/// # Errors
///
/// One of the two variables without the other.
pub(crate) fn from_vars(vars: &Vars) -> Result<Option<Credentials>, CredentialsError> {
    let set = |name: &str| vars.get(name);
    match (set(KEY_ID), set(SECRET)) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(CredentialsError::new(format!(
            "{KEY_ID} is set, but {SECRET} is not; set both or neither"
        ))),
        (None, Some(_)) => Err(CredentialsError::new(format!(
            "{SECRET} is set, but {KEY_ID} is not; set both or neither"
        ))),
        (Some(id), Some(secret)) => Ok(Some(Credentials::new(
            id,
            secret,
            set(SESSION).map(str::to_owned),
            None,
            "environment",
        ))),
    }
}

#[cfg(test)]
mod tests;

//! What can be wrong with a configuration.

use std::path::PathBuf;

use crate::credentials::CredentialsError;
use crate::error::{Error, OneLine};
use crate::transport::TransportError;

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No region is set.
    #[error("there is no region; set AWS_REGION, or call Config::region")]
    MissingRegion,
    /// A region that cannot be part of a host name.
    #[error("`{}` is no region; one looks like eu-central-1", shown(.region))]
    InvalidRegion {
        /// The region as set.
        region: String,
    },
    /// An endpoint that is no URL of a service.
    #[error("the endpoint `{}` {why}; one looks like https://ecs.eu-central-1.amazonaws.com", shown(.url))]
    MalformedEndpoint {
        /// The endpoint as set.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// An endpoint without TLS on another machine.
    #[error(
        "the endpoint `{}` is without TLS and not on this machine; use https://, or call Config::allow_plain_http",
        shown(.url)
    )]
    PlainHttp {
        /// The endpoint as set.
        url: String,
    },
    /// An endpoint of one's own together with a switch that would choose another.
    #[error("an endpoint URL and {what} are both asked for; unset one of them")]
    EndpointConflict {
        /// The switch.
        what: &'static str,
    },
    /// The service has no such endpoint in the region's partition.
    #[error(
        "the service has no endpoint of the kind asked for in {region} (partition {partition})"
    )]
    NoEndpoint {
        /// The region.
        region: String,
        /// Its partition.
        partition: &'static str,
    },
    /// A variable of the environment that cannot be read.
    #[error("{} is `{}`; it must be {expected}", OneLine(.name), shown(.value))]
    InvalidVariable {
        /// The variable.
        name: String,
        /// Its value.
        value: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A configuration or credentials file that cannot be read.
    #[error("{}: {problem}", OneLine(&.path.display().to_string()))]
    InvalidFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, with the line; what stands there is not quoted.
        problem: String,
    },
    /// A setting that makes no sense.
    #[error("{problem}")]
    InvalidSetting {
        /// What is wrong.
        problem: String,
    },
    /// Credentials of the environment that are not whole.
    #[error(transparent)]
    Credentials(CredentialsError),
    /// The HTTP client cannot be built.
    #[error(transparent)]
    Transport(TransportError),
}

/// Text from outside, of a length that can be read and without control characters.
fn shown(text: &str) -> String {
    text.chars()
        .take(100)
        .map(|c| if c.is_control() { '·' } else { c })
        .collect()
}

impl core::convert::From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::Config(Box::new(error))
    }
}

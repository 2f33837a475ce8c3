//! Carrying requests: a trait, and `reqwest` as its implementation.

#[cfg(feature = "reqwest")]
mod proxy;
#[cfg(feature = "reqwest")]
mod reqwest;
#[cfg(feature = "reqwest")]
mod tls;

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;

use bytes::Bytes;
use http::{Request, Response};

#[cfg(feature = "reqwest")]
pub use self::proxy::Proxy;
#[cfg(feature = "reqwest")]
pub use self::reqwest::{HttpSettings, ReqwestTransport};

/// A boxed future, as the traits of this crate return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Carries a signed request to its host and brings the answer back, whatever its status.
///
/// An implementation follows no redirects, sends the request once, and bounds the size of the
/// answer. Timeouts are the caller's: dropping the future ends the request.
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends one request.
    ///
    /// The future fails when no whole answer came; [`TransportErrorKind`] says how far the request
    /// got, which decides whether it may be sent again.
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>>;
}

/// How far a request got that was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// There is no connection: refused, unreachable, no such host. The request was not sent.
    Connect,
    /// TLS failed: the certificate is not trusted or not the host's. The request was not sent.
    Tls,
    /// The connection broke while the request was under way: it may have been carried out.
    Lost,
    /// The answer is larger than the limit. The request was carried out, or may have been.
    TooLarge,
    /// The request could not be built or is refused by the transport itself. It was not sent.
    Refused,
}

/// A request that was not answered.
#[derive(Debug)]
#[non_exhaustive]
pub struct TransportError {
    /// How far it got.
    pub kind: TransportErrorKind,
    /// What happened, and what to look at; does not repeat `source`.
    pub message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl TransportError {
    /// An error with a sentence on what happened.
    pub fn new(kind: TransportErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whether another try may go better.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self.kind,
            TransportErrorKind::Connect | TransportErrorKind::Lost
        )
    }

    /// Whether the service surely has not seen the request.
    #[must_use]
    pub fn was_not_sent(&self) -> bool {
        matches!(
            self.kind,
            TransportErrorKind::Connect | TransportErrorKind::Tls | TransportErrorKind::Refused
        )
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

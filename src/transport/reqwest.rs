//! The transport over `reqwest`.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response};

use super::{BoxFuture, Transport, TransportError, TransportErrorKind};

/// Settings of the HTTP client.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HttpSettings {
    /// How long a connection may take to come about, with DNS and TLS. 5 seconds.
    pub connect_timeout: Duration,
    /// The largest answer that is read, in bytes. 32 MiB, some hundred times what the
    /// largest lists take.
    pub max_response_bytes: usize,
    /// How long an idle connection is kept. 20 seconds, less than AWS load balancers do.
    pub idle_timeout: Duration,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            max_response_bytes: 32 << 20,
            idle_timeout: Duration::from_secs(20),
        }
    }
}

/// HTTP by `reqwest`: connections are pooled, system proxies honored, redirects not followed.
///
/// TLS is what the crate's features choose. The client brings its own `rustls` provider: it needs
/// no process-wide one and sets none.
#[derive(Debug, Clone)]
pub struct ReqwestTransport {
    client: reqwest::Client,
    max_response_bytes: usize,
}

impl ReqwestTransport {
    /// Builds a client.
    ///
    /// # Errors
    ///
    /// A TLS backend that cannot be set up, for want of root certificates for example.
    pub fn new(settings: &HttpSettings) -> Result<Self, TransportError> {
        let refused = |error: Box<dyn StdError + Send + Sync>| {
            TransportError::new(
                TransportErrorKind::Refused,
                "the HTTP client cannot be built",
            )
            .with_source(error)
        };
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(settings.connect_timeout)
            .pool_idle_timeout(settings.idle_timeout)
            .tcp_nodelay(true)
            // The crate's own retries know which operations may be sent twice.
            .retry(reqwest::retry::never());
        let builder = with_tls(builder).map_err(refused)?;
        let client = builder.build().map_err(|error| refused(error.into()))?;
        Ok(Self {
            client,
            max_response_bytes: settings.max_response_bytes,
        })
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let host = request
            .uri()
            .authority()
            .map(ToString::to_string)
            .unwrap_or_default();
        let request = reqwest::Request::try_from(request).map_err(|error| {
            TransportError::new(TransportErrorKind::Refused, "the request cannot be sent")
                .with_source(error.without_url())
        })?;
        let mut answer = self
            .client
            .execute(request)
            .await
            .map_err(|error| classify(error, &host))?;
        let limit = self.max_response_bytes;
        let too_large = || {
            TransportError::new(
                TransportErrorKind::TooLarge,
                format!("the answer of {host} is larger than {limit} bytes, the limit set"),
            )
        };
        if answer
            .content_length()
            .is_some_and(|length| length > limit as u64)
        {
            return Err(too_large());
        }
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = answer.status();
        std::mem::swap(response.headers_mut(), answer.headers_mut());
        let mut body = BytesMut::new();
        while let Some(chunk) = answer
            .chunk()
            .await
            .map_err(|error| classify(error, &host))?
        {
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        *response.body_mut() = body.freeze();
        Ok(response)
    }
}

impl Transport for ReqwestTransport {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

type BuildError = Box<dyn StdError + Send + Sync>;

/// An explicit provider, so that building a client depends on nothing outside it.
#[cfg(feature = "rustls")]
fn with_tls(builder: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, BuildError> {
    use rustls_platform_verifier::BuilderVerifierExt as _;

    let Some(provider) = provider() else {
        return Err("feature `rustls` needs `rustls-ring` or `rustls-aws-lc-rs` beside it".into());
    };
    let config = rustls::ClientConfig::builder_with_provider(std::sync::Arc::new(provider))
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    Ok(builder.tls_backend_preconfigured(config))
}

#[cfg(all(feature = "rustls", feature = "rustls-ring"))]
#[allow(clippy::unnecessary_wraps)] // the other variants have none
fn provider() -> Option<rustls::crypto::CryptoProvider> {
    Some(rustls::crypto::ring::default_provider())
}

#[cfg(all(
    feature = "rustls",
    feature = "rustls-aws-lc-rs",
    not(feature = "rustls-ring")
))]
#[allow(clippy::unnecessary_wraps)]
fn provider() -> Option<rustls::crypto::CryptoProvider> {
    Some(rustls::crypto::aws_lc_rs::default_provider())
}

#[cfg(all(
    feature = "rustls",
    not(any(feature = "rustls-ring", feature = "rustls-aws-lc-rs"))
))]
fn provider() -> Option<rustls::crypto::CryptoProvider> {
    None
}

#[cfg(not(feature = "rustls"))]
#[allow(clippy::unnecessary_wraps)]
fn with_tls(builder: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, BuildError> {
    Ok(builder)
}

/// Says how far the request got, and in a sentence what happened.
fn classify(error: reqwest::Error, host: &str) -> TransportError {
    let error = error.without_url();
    let io = causes(&error)
        .find_map(|cause| cause.downcast_ref::<io::Error>())
        .map(io::Error::kind);
    let tls = causes(&error).find_map(tls_problem);
    let (kind, message) = if let Some(problem) = tls {
        (
            TransportErrorKind::Tls,
            format!("TLS with {host} failed: {problem}"),
        )
    } else if error.is_connect() {
        let message = match io {
            _ if causes(&error).any(|cause| cause.to_string().contains("dns error")) => {
                format!("there is no host {host}; check the region and the endpoint")
            }
            Some(io::ErrorKind::ConnectionRefused) => {
                format!("{host} refused the connection; does anything listen there?")
            }
            _ if error.is_timeout() => {
                format!("no connection to {host} in time; is the network or a proxy in the way?")
            }
            _ => format!("no connection to {host}; is the network or a proxy in the way?"),
        };
        (TransportErrorKind::Connect, message)
    } else if error.is_builder() || error.is_request() && causes(&error).count() == 1 {
        (
            TransportErrorKind::Refused,
            "the request cannot be sent".to_owned(),
        )
    } else {
        (
            TransportErrorKind::Lost,
            format!("the connection to {host} broke before the whole answer came"),
        )
    };
    TransportError::new(kind, message).with_source(error)
}

/// An error and what it was caused by.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| cause(*error))
}

fn cause<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    // An io::Error shows what it wraps only by `get_ref`.
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

#[cfg(feature = "rustls")]
fn tls_problem(cause: &(dyn StdError + 'static)) -> Option<String> {
    use rustls::{CertificateError, Error};

    Some(match cause.downcast_ref::<Error>()? {
        Error::InvalidCertificate(problem) => match problem {
            CertificateError::UnknownIssuer => {
                "its certificate is from an authority that this machine does not trust".to_owned()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "its certificate is for another host name".to_owned()
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired, or the clock of this machine is wrong".to_owned()
            }
            // What openssl's `req -x509` makes unless told otherwise.
            CertificateError::Other(error) if error.to_string().contains("CaUsedAsEndEntity") => {
                "its certificate is a self-signed one".to_owned()
            }
            other => format!("its certificate is refused ({other:?})"),
        },
        Error::InvalidMessage(_) => {
            "it does not speak TLS; is the endpoint an http:// one?".to_owned()
        }
        other => other.to_string(),
    })
}

#[cfg(not(feature = "rustls"))]
fn tls_problem(cause: &(dyn StdError + 'static)) -> Option<String> {
    // The platform's TLS has no error type in common; its errors say "certificate" or "TLS".
    let text = cause.to_string();
    (text.contains("certificate") || text.contains("SSL") || text.contains("TLS")).then_some(text)
}

//! The transport over `reqwest`.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::uri::Authority;
use http::{Request, Response, Uri};
use reqwest::Response as Answer;

use super::tls::{self, BuildError, Tls};
use super::{BoxFuture, Proxy, Transport, TransportError, TransportErrorKind};
use crate::endpoint::is_near;

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
    /// A PEM file with the certificates of the authorities that are trusted in place of the
    /// machine's. Unset: those of `AWS_CA_BUNDLE` if the configuration is that of the environment.
    pub ca_bundle: Option<PathBuf>,
    /// The proxies. Unset: those of the environment or the system.
    pub proxy: Option<Proxy>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            max_response_bytes: 32 << 20,
            idle_timeout: Duration::from_secs(20),
            ca_bundle: None,
            proxy: None,
        }
    }
}

/// HTTP by `reqwest`: connections are pooled, proxies honored, redirects not followed.
///
/// Requests to this machine and to link-local addresses go through no proxy.
///
/// TLS is what the crate's features choose. The client brings its own `rustls` provider: it needs
/// no process-wide one and sets none.
#[derive(Debug, Clone)]
pub struct ReqwestTransport {
    client: reqwest::Client,
    /// Goes through no proxy.
    direct: reqwest::Client,
    max_response_bytes: usize,
    /// Where the last request went: mostly the next one goes there too, and reading a URL takes as
    /// long as writing the request.
    last: Arc<Mutex<Option<Place>>>,
}

/// Where a request goes.
#[derive(Debug, Clone)]
struct Place {
    uri: Uri,
    url: reqwest::Url,
    /// Whether it is near enough for no proxy to be in between.
    is_near: bool,
}

impl Place {
    fn of(uri: &Uri) -> Option<Self> {
        let url = reqwest::Url::parse(&uri.to_string()).ok()?;
        // Nobody's password belongs into a URL, and this client would send it in another header.
        if !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        Some(Self {
            uri: uri.clone(),
            is_near: url.host_str().is_some_and(is_near),
            url,
        })
    }
}

impl ReqwestTransport {
    /// Builds a client.
    ///
    /// # Errors
    ///
    /// A TLS backend that cannot be set up, for want of root certificates for example.
    pub fn new(settings: &HttpSettings) -> Result<Self, TransportError> {
        let unbuildable = |error: BuildError| {
            let message = format!("the HTTP client cannot be built: {error}");
            TransportError::new(TransportErrorKind::Refused, message).with_source(error)
        };
        let tls = Tls::new(settings.ca_bundle.as_deref()).map_err(unbuildable)?;
        let builder = || {
            let builder = reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(settings.connect_timeout)
                .pool_idle_timeout(settings.idle_timeout)
                .tcp_nodelay(true)
                // The crate's own retries know which operations may be sent twice. Without a number
                // `never` copies each request all the same.
                .retry(reqwest::retry::never().max_retries_per_request(0));
            tls.apply(builder)
        };
        let mut proxied = builder();
        if let Some(proxy) = &settings.proxy {
            proxied = proxied.no_proxy();
            // Its error would show the URL, and with it a password.
            let parts = proxy
                .parts()
                .map_err(|_| unbuildable(format!("{proxy:?} has a URL that is none").into()))?;
            for part in parts {
                proxied = proxied.proxy(part);
            }
        }
        let build = |builder: reqwest::ClientBuilder| {
            builder.build().map_err(|error| unbuildable(error.into()))
        };
        Ok(Self {
            client: build(proxied)?,
            direct: build(builder().no_proxy())?,
            max_response_bytes: settings.max_response_bytes,
            last: Arc::default(),
        })
    }

    fn place(&self, uri: &Uri) -> Result<Place, TransportError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = last.as_ref().filter(|place| place.uri == *uri) {
            return Ok(place.clone());
        }
        let place = Place::of(uri).ok_or_else(|| {
            TransportError::new(TransportErrorKind::Refused, "the request has no URL")
        })?;
        *last = Some(place.clone());
        Ok(place)
    }

    /// Everything that needs no waiting, so that a future need not hold it.
    fn begin(
        &self,
        request: Request<Bytes>,
    ) -> Result<
        (
            impl Future<Output = reqwest::Result<Answer>> + Send + use<>,
            Uri,
        ),
        TransportError,
    > {
        let place = self.place(request.uri())?;
        let (parts, body) = request.into_parts();
        let mut request = reqwest::Request::new(parts.method, place.url);
        *request.headers_mut() = parts.headers;
        *request.body_mut() = Some(body.into());
        let client = if place.is_near {
            &self.direct
        } else {
            &self.client
        };
        Ok((client.execute(request), place.uri))
    }

    async fn finish(
        &self,
        pending: impl Future<Output = reqwest::Result<Answer>>,
        uri: Uri,
    ) -> Result<Response<Bytes>, TransportError> {
        let host = || uri.authority().map_or("", Authority::as_str);
        let mut answer = pending.await.map_err(|error| classify(error, host()))?;
        let limit = self.max_response_bytes;
        let too_large = || {
            TransportError::new(
                TransportErrorKind::TooLarge,
                format!(
                    "the answer of {} is larger than {limit} bytes, the limit set",
                    host()
                ),
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
        let announced = answer.content_length();
        let mut body = Bytes::new();
        let mut parts = BytesMut::new();
        while let Some(chunk) = answer
            .chunk()
            .await
            .map_err(|error| classify(error, host()))?
        {
            if body.len() + parts.len() + chunk.len() > limit {
                return Err(too_large());
            }
            // Most answers come in one piece, which need not be copied.
            if body.is_empty() && parts.is_empty() {
                body = chunk;
                continue;
            }
            if parts.is_empty() {
                let whole = announced.and_then(|length| usize::try_from(length).ok());
                parts.reserve(whole.unwrap_or(0).max(body.len() + chunk.len()).min(limit));
                parts.extend_from_slice(&std::mem::take(&mut body));
            }
            parts.extend_from_slice(&chunk);
        }
        *response.body_mut() = if parts.is_empty() {
            body
        } else {
            parts.freeze()
        };
        Ok(response)
    }
}

impl Transport for ReqwestTransport {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        match self.begin(request) {
            Ok((pending, uri)) => Box::pin(self.finish(pending, uri)),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }
}

/// Says how far the request got, and in a sentence what happened.
fn classify(error: reqwest::Error, host: &str) -> TransportError {
    let error = error.without_url();
    let io = causes(&error)
        .find_map(|cause| cause.downcast_ref::<io::Error>())
        .map(io::Error::kind);
    let tls = causes(&error).find_map(tls::problem);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_request_is_that_of_its_own_url() {
        let transport = ReqwestTransport::new(&HttpSettings::default()).unwrap();
        for url in [
            "http://127.0.0.1:1/a",
            "http://127.0.0.1:1/a",
            "http://127.0.0.1:1/b?c=d",
            "https://ecs.eu-west-1.amazonaws.com/",
            "http://127.0.0.1:1/a",
        ] {
            let place = transport.place(&url.parse().unwrap()).unwrap();
            assert_eq!(place.url.as_str(), url);
            assert_eq!(place.is_near, url.contains("127.0.0.1"));
        }
    }

    #[test]
    fn a_password_in_a_url_goes_nowhere() {
        assert!(Place::of(&"http://me:secret@host/".parse().unwrap()).is_none());
        assert!(Place::of(&"http://me@host/".parse().unwrap()).is_none());
    }
}

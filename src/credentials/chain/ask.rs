//! One small exchange with whoever has credentials.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};

use super::{Chain, CredentialsError, broken};

/// The largest answer that is looked at. Credentials are a few kilobytes.
const MOST: usize = 64 << 10;

/// Whom, and how patiently.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub(super) attempts: u32,
    pub(super) each: Duration,
}

impl Patience {
    /// For what is in the same machine or across a network alike.
    pub(super) const USUAL: Self = Self {
        attempts: 3,
        each: Duration::from_secs(10),
    };
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct NoAnswer {
    pub(super) message: String,
    /// Whether there may be nobody to answer.
    pub(super) nobody: bool,
}

impl Chain {
    /// Sends a request until it is answered by other than a passing fault.
    pub(super) async fn ask(
        &self,
        mut request: Request<Bytes>,
        patience: Patience,
    ) -> Result<Response<Bytes>, NoAnswer> {
        let agent = HeaderValue::from_static(concat!("longshore/", env!("CARGO_PKG_VERSION")));
        request.headers_mut().insert(header::USER_AGENT, agent);
        let host = request.uri().authority().map(ToString::to_string);
        let mut attempt = 1;
        loop {
            let sent = tokio::time::timeout(patience.each, self.transport.send(request.clone()));
            let last = attempt == patience.attempts;
            match sent.await {
                Ok(Ok(response)) if !passes(response.status()) || last => {
                    if response.body().len() > MOST {
                        let message = format!("its answer is larger than {MOST} bytes");
                        return Err(NoAnswer {
                            message,
                            nobody: false,
                        });
                    }
                    return Ok(response);
                }
                Ok(Err(error)) if !error.is_transient() || last => {
                    let nobody = error.was_not_sent();
                    return Err(NoAnswer {
                        message: error.message,
                        nobody,
                    });
                }
                Err(_) if last => {
                    return Err(NoAnswer {
                        message: format!(
                            "{} did not answer in time",
                            host.as_deref().unwrap_or("the host")
                        ),
                        nobody: true,
                    });
                }
                _ => {}
            }
            tokio::time::sleep(Duration::from_millis(50) * (1 << attempt.min(5))).await;
            attempt += 1;
        }
    }
}

fn passes(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// A request without a body.
pub(super) fn get(uri: &str) -> Result<Request<Bytes>, CredentialsError> {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = uri
        .parse()
        .map_err(|_| broken("the URL for credentials is none"))?;
    Ok(request)
}

/// Adds a header that nobody may see.
pub(super) fn add_secret(
    request: &mut Request<Bytes>,
    name: &'static str,
    value: &str,
) -> Result<(), CredentialsError> {
    let mut value = HeaderValue::try_from(value)
        .map_err(|_| broken("a token has characters that cannot stand in a header"))?;
    value.set_sensitive(true);
    request.headers_mut().insert(name, value);
    Ok(())
}

/// Text from outside, short enough for a sentence.
pub(super) fn brief(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut brief: String = text.trim().chars().take(200).map(plain).collect();
    if text.trim().chars().nth(200).is_some() {
        brief.push('…');
    }
    brief
}

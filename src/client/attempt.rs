//! One attempt: build, sign, send, classify.

use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};

use super::deadline::Deadline;
use super::{Incoming, Outgoing, Runtime, body};
use crate::credentials::{self, Cache, Credentials, CredentialsError};
use crate::error::{self, Error, InvalidRequest, Unanswered};
use crate::signing::{self, Scope};
use crate::transport::{TransportError, TransportErrorKind};

static TARGET: HeaderName = HeaderName::from_static("x-amz-target");
static INVOCATION: HeaderName = HeaderName::from_static("amz-sdk-invocation-id");
static ATTEMPT: HeaderName = HeaderName::from_static("amz-sdk-request");

/// Which attempt of which call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn<'a> {
    pub(super) invocation: &'a str,
    pub(super) number: u32,
    pub(super) max: u32,
    pub(super) deadline: Deadline,
}

/// Credentials, and which fetch they are of.
pub(super) struct Signer {
    credentials: Credentials,
    generation: u64,
}

impl Signer {
    /// Has the cache fetch anew.
    pub(super) fn forget(&self, cache: Option<&Cache>) {
        if let Some(cache) = cache {
            cache.forget(self.generation);
        }
    }
}

/// An attempt that failed.
pub(super) struct Failed {
    pub(super) error: Error,
    /// What time it is for the service.
    pub(super) server_time: Option<SystemTime>,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self {
            error,
            server_time: None,
        }
    }
}

impl Runtime {
    pub(super) async fn signer(
        &self,
        outgoing: &Outgoing,
        attempts: u32,
        deadline: Deadline,
    ) -> Result<Signer, Error> {
        let failed =
            |cause| Error::Credentials(Unanswered::boxed(outgoing.name.clone(), attempts, cause));
        let Some(cache) = &self.0.credentials else {
            return Err(failed(CredentialsError::new(credentials::NONE)));
        };
        let now = self.0.clock.now();
        let got = match cache.ready(now) {
            Some(got) => got,
            // Seldom, and much larger than what is there each time.
            None => match deadline.bound(Box::pin(cache.get(now))).await {
                Ok(got) => got,
                Err(_) => return Err(outgoing.late(attempts, deadline.missed())),
            },
        };
        let (credentials, generation) = got.map_err(failed)?;
        Ok(Signer {
            credentials,
            generation,
        })
    }

    pub(super) async fn attempt(
        &self,
        outgoing: &Outgoing,
        signer: &Signer,
        turn: Turn<'_>,
    ) -> Result<Incoming, Failed> {
        let request = self.build(outgoing, signer, turn)?;
        let limit = outgoing
            .settings
            .attempt_timeout
            .unwrap_or(self.0.attempt_timeout);
        let sent = self.0.transport.send(request);
        let (sent, late) = turn.deadline.bound_attempt(limit, sent);
        let sent = sent.await;
        let response = match sent.map_err(|_| outgoing.late(turn.number, late))? {
            Ok(response) => response,
            Err(cause) => {
                return Err(Error::Transport(Unanswered::boxed(
                    outgoing.name.clone(),
                    turn.number,
                    cause,
                ))
                .into());
            }
        };
        classify(outgoing, response)
    }

    fn build(
        &self,
        outgoing: &Outgoing,
        signer: &Signer,
        turn: Turn<'_>,
    ) -> Result<Request<Bytes>, Error> {
        let invalid = |problem: &str| InvalidRequest::error(outgoing.name.clone(), problem);
        let service = self.0.service;
        let uri = (self.0.endpoint.uri(outgoing.host_prefix.as_deref()))
            .map_err(|_| invalid("a member that becomes part of the host name cannot be in one"))?;
        let (content, encoding) = body::prepare(outgoing);
        let text = |value: String| HeaderValue::try_from(value);
        let target = text(format!("{}.{}", service.target_prefix, outgoing.name))
            .map_err(|_| invalid("the operation's name cannot stand in a header"))?;
        let mut request = Request::new(content);
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        // These, and those of the signature.
        headers.reserve(12);
        let content_type = match service.json_version {
            "1.0" => "application/x-amz-json-1.0",
            _ => "application/x-amz-json-1.1",
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(&TARGET, target);
        headers.insert(header::USER_AGENT, self.0.user_agent.clone());
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        let tracked = [
            (&INVOCATION, turn.invocation.to_owned()),
            (
                &ATTEMPT,
                format!("attempt={}; max={}", turn.number, turn.max),
            ),
        ];
        for (name, value) in tracked {
            if let Ok(value) = text(value) {
                headers.insert(name, value);
            }
        }
        let scope = Scope {
            region: &self.0.region,
            service: service.signing_name,
            time: self.signing_time(),
        };
        signing::sign(&mut request, &signer.credentials, scope).map_err(|error| {
            let cause = TransportError::new(TransportErrorKind::Refused, error.to_string())
                .with_source(error);
            Error::Transport(Unanswered::boxed(outgoing.name.clone(), 0, cause))
        })?;
        Ok(request)
    }

    /// What time it is, by the service's clock as far as it is known.
    fn signing_time(&self) -> SystemTime {
        let skew = self.0.skew.load(Ordering::Relaxed);
        let distance = Duration::from_millis(skew.unsigned_abs());
        let now = self.0.clock.now();
        let moved = if skew < 0 {
            now.checked_sub(distance)
        } else {
            now.checked_add(distance)
        };
        moved.unwrap_or(now)
    }

    /// Notes how far the service's clock is from ours.
    pub(super) fn set_skew(&self, theirs: SystemTime) {
        let ours = self.0.clock.now();
        let millis = |d: Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX);
        let skew = match theirs.duration_since(ours) {
            Ok(ahead) => millis(ahead),
            Err(behind) => -millis(behind.duration()),
        };
        tracing::warn!(
            skew_ms = skew,
            "the clock of this machine is off; signatures follow the service's"
        );
        self.0.skew.store(skew, Ordering::Relaxed);
    }
}

fn classify(outgoing: &Outgoing, response: Response<Bytes>) -> Result<Incoming, Failed> {
    let status = response.status();
    let (parts, body) = response.into_parts();
    if status.is_success() {
        return Ok(Incoming {
            operation: outgoing.name.clone(),
            status: status.as_u16(),
            request_id: error::request_id(&parts.headers),
            attempts: 1,
            body,
        });
    }
    let answer = error::parse(
        outgoing.name.clone(),
        status.as_u16(),
        &parts.headers,
        &body,
    );
    Err(Failed {
        error: Error::of_service(answer),
        server_time: server_time(&parts.headers),
    })
}

fn server_time(headers: &HeaderMap) -> Option<SystemTime> {
    let date = headers.get(header::DATE)?.to_str().ok()?;
    DateTime::from_str(date, Format::HttpDate)
        .ok()?
        .try_into()
        .ok()
}

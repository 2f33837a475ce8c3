//! One call: settings, then `.await`.

use std::borrow::Cow;
use std::fmt;
use std::future::ready;
use std::time::Duration;

use crate::client::{self, CallSettings, Incoming, Outgoing, Runtime};
use crate::error::{Error, InvalidRequest};
use crate::operation::{Operation, RetrySafety};
use crate::transport::BoxFuture;
use crate::wire::{self, Document};

/// A call that is about to be made: `.await` makes it, settings can be given before.
///
/// ```no_run
/// # async fn example(ecs: longshore::ecs::Client) -> Result<(), longshore::Error> {
/// use std::time::Duration;
/// use longshore::ecs::StopTaskRequest;
///
/// let request = StopTaskRequest::new("0123456789abcdef").cluster("jobs");
/// let answer = ecs.stop_task(request).timeout(Duration::from_secs(10)).max_attempts(5).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<'a, O> {
    runtime: &'a Runtime,
    request: O,
    settings: CallSettings,
}

/// An answer with what came beside it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Detailed<R> {
    /// The answer.
    pub response: R,
    /// The request's id, which AWS support asks for.
    pub request_id: Option<String>,
    /// How often the call was tried.
    pub attempts: u32,
}

impl<'a, O: Operation> Call<'a, O> {
    /// A call on a client's runtime.
    #[inline]
    pub fn new(runtime: &'a Runtime, request: O) -> Self {
        Self {
            runtime,
            request,
            settings: CallSettings::default(),
        }
    }

    /// Sets how long the call may take with all its attempts and pauses.
    #[inline]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = Some(timeout);
        self
    }

    /// Sets how long one attempt may take.
    #[inline]
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.settings.attempt_timeout = Some(timeout);
        self
    }

    /// Sets how often the call is tried, the first attempt included; at least once.
    #[inline]
    pub fn max_attempts(mut self, count: u32) -> Self {
        self.settings.max_attempts = Some(count);
        self
    }

    /// The request, with its idempotency token where it has one: to be kept by a program that
    /// means to send the very same again.
    pub fn into_request(mut self) -> O {
        self.request.fill_token(&mut || self.runtime.uuid());
        self.request
    }

    /// Makes the call and returns what came beside the answer too.
    ///
    /// # Errors
    ///
    /// As the call itself.
    pub async fn detailed(mut self) -> Result<Detailed<O::Response>, Error> {
        self.request.fill_token(&mut || self.runtime.uuid());
        let outgoing = self.encode()?;
        let incoming = self.runtime.execute(&outgoing).await?;
        Ok(Detailed {
            response: client::decode(&incoming)?,
            request_id: incoming.request_id,
            attempts: incoming.attempts,
        })
    }

    pub(crate) fn parts(self) -> (&'a Runtime, O, CallSettings) {
        (self.runtime, self.request, self.settings)
    }

    pub(crate) fn with_settings(mut self, settings: CallSettings) -> Self {
        self.settings = settings;
        self
    }

    fn encode(&self) -> Result<Outgoing, Error>
    where
        O: Operation,
    {
        encode(self.runtime, &self.request, self.settings)
    }
}

/// The generic part of a call's beginning: checks and JSON.
fn encode<O: Operation>(
    runtime: &Runtime,
    request: &O,
    settings: CallSettings,
) -> Result<Outgoing, Error> {
    let info = O::INFO;
    admit(runtime, info.service.id, info.name)?;
    request.check().map_err(|missing| {
        InvalidRequest::error(
            info.name,
            format!("the required member `{missing}` is missing or empty"),
        )
    })?;
    let body = wire::to_json(request)
        .map_err(|error| InvalidRequest::error(info.name, error.to_string()))?;
    let mut outgoing = Outgoing::new(info, body, settings);
    outgoing.host_prefix = request.host_prefix();
    Ok(outgoing)
}

/// Refuses a request of another service.
fn admit(runtime: &Runtime, service: &str, name: &'static str) -> Result<(), Error> {
    if runtime.service().id == service {
        return Ok(());
    }
    let problem = format!(
        "this is an operation of {service}, but the client is one of {}",
        runtime.service().id
    );
    Err(InvalidRequest::error(name, problem))
}

impl<'a, O: Operation + 'a> IntoFuture for Call<'a, O> {
    type Output = Result<O::Response, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(mut self) -> Self::IntoFuture {
        self.request.fill_token(&mut || self.runtime.uuid());
        let runtime = self.runtime;
        match self.encode() {
            Ok(outgoing) => Box::pin(async move {
                let incoming = runtime.execute(&outgoing).await?;
                client::decode(&incoming)
            }),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }
}

impl<O: fmt::Debug> fmt::Debug for Call<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("request", &self.request)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// A call of an operation by its name, with JSON in and out.
///
/// Nothing is known of the operation, so it counts as one that is not safe to repeat, until
/// [`NamedCall::idempotent`] says otherwise.
#[must_use = "a call does nothing until it is awaited"]
#[derive(Debug)]
pub struct NamedCall<'a> {
    runtime: &'a Runtime,
    operation: String,
    input: Document,
    settings: CallSettings,
    retry: RetrySafety,
}

impl<'a> NamedCall<'a> {
    /// A call on a client's runtime.
    #[inline]
    pub fn new(runtime: &'a Runtime, operation: String, input: Document) -> Self {
        Self {
            runtime,
            operation,
            input,
            settings: CallSettings::default(),
            retry: RetrySafety::Unsafe,
        }
    }

    /// Says that the operation may be sent twice.
    pub fn idempotent(mut self) -> Self {
        self.retry = RetrySafety::Idempotent;
        self
    }

    /// Sets how long the call may take with all its attempts and pauses.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = Some(timeout);
        self
    }

    /// Sets how often the call is tried, the first attempt included; at least once.
    pub fn max_attempts(mut self, count: u32) -> Self {
        self.settings.max_attempts = Some(count);
        self
    }

    #[inline]
    fn encode(&self) -> Result<Outgoing, Error> {
        let invalid = |problem: &str| InvalidRequest::error(self.operation.clone(), problem);
        let is_name =
            !self.operation.is_empty() && self.operation.bytes().all(|b| b.is_ascii_alphanumeric());
        if !is_name {
            return Err(invalid("an operation's name is letters and digits"));
        }
        if !self.input.is_object() {
            return Err(invalid("the input is no JSON object"));
        }
        Ok(Outgoing {
            name: Cow::Owned(self.operation.clone()),
            retry: self.retry,
            quota: None,
            compress: false,
            host_prefix: None,
            body: self.input.to_string().into(),
            settings: self.settings,
        })
    }
}

impl<'a> IntoFuture for NamedCall<'a> {
    type Output = Result<Document, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    #[inline] // like all calls compiled where it is made
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let outgoing = self.encode()?;
            let incoming: Incoming = self.runtime.execute(&outgoing).await?;
            client::decode(&incoming)
        })
    }
}

//! What every client is made of: one request's way, compiled once, over bytes.

mod attempt;
mod body;
mod deadline;

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use tokio::time::Instant;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::config::{Config, ConfigError, WallClock};
use crate::credentials::Cache;
use crate::endpoint::Endpoint;
use crate::error::{Error, TimeoutError, Unanswered};
use crate::operation::{OperationInfo, RetrySafety, Service};
use crate::pacing::{Bucket, Pacing};
use crate::retry::{self, Decision, History, Outcome, RetrySettings, RetryTokens};
use crate::transport::Transport;
use deadline::Deadline;

pub(crate) use body::decode;
#[cfg(feature = "ecs-tasks")]
pub(crate) use body::{text, undecodable};

/// The part of a client that knows no service. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    service: &'static Service,
    region: String,
    endpoint: Endpoint,
    transport: Arc<dyn Transport>,
    credentials: Option<Arc<Cache>>,
    retries: RetrySettings,
    tokens: Mutex<RetryTokens>,
    #[cfg_attr(not(feature = "ecs-tasks"), allow(dead_code))]
    pacing: Pacing,
    buckets: Option<Mutex<Vec<Bucket>>>,
    /// What layers above keep for this client and all its clones.
    #[cfg_attr(not(feature = "ecs-tasks"), allow(dead_code))]
    companions: Mutex<Vec<Arc<dyn Any + Send + Sync>>>,
    /// What pacing's times are distances from.
    epoch: Instant,
    call_timeout: Duration,
    attempt_timeout: Duration,
    clock: WallClock,
    /// How far the service's clock is ahead of ours, in milliseconds.
    skew: AtomicI64,
    random: Mutex<fastrand::Rng>,
    user_agent: HeaderValue,
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("service", &self.0.service.id)
            .field("region", &self.0.region)
            .field("endpoint", &self.0.endpoint)
            .finish_non_exhaustive()
    }
}

/// What a caller sets for one call.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CallSettings {
    pub(crate) timeout: Option<Duration>,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) max_attempts: Option<u32>,
}

/// An encoded request with the facts that its way depends on.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) name: Cow<'static, str>,
    pub(crate) retry: RetrySafety,
    pub(crate) quota: Option<usize>,
    pub(crate) compress: bool,
    pub(crate) host_prefix: Option<String>,
    pub(crate) body: Bytes,
    pub(crate) settings: CallSettings,
}

impl Outgoing {
    pub(crate) fn new(info: &OperationInfo, body: Vec<u8>, settings: CallSettings) -> Self {
        Self {
            name: Cow::Borrowed(info.name),
            retry: info.retry,
            quota: info.quota,
            compress: info.compress,
            host_prefix: None,
            body: body.into(),
            settings,
        }
    }

    fn late(&self, attempts: u32, cause: TimeoutError) -> Error {
        Error::Timeout(Unanswered::boxed(self.name.clone(), attempts, cause))
    }
}

/// A successful answer, before it is decoded.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) operation: Cow<'static, str>,
    pub(crate) status: u16,
    pub(crate) request_id: Option<String>,
    pub(crate) attempts: u32,
    pub(crate) body: Bytes,
}

impl Runtime {
    /// Checks a configuration and makes the runtime of a service's client from it.
    ///
    /// # Errors
    ///
    /// [`Error::Config`], naming what is missing or wrong.
    pub fn new(service: &'static Service, config: &Config) -> Result<Self, Error> {
        config.check()?;
        let endpoint = config.endpoint(service)?;
        if let Some(problem) = config.pacing.problem(service.quotas) {
            return Err(ConfigError::InvalidSetting { problem }.into());
        }
        let random = config
            .seed
            .map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        Ok(Self(Arc::new(Inner {
            service,
            region: config.checked_region()?.to_owned(),
            endpoint,
            transport: config.shared_transport()?,
            credentials: config.credentials_cache()?,
            retries: config.retries.clone(),
            tokens: Mutex::new(RetryTokens::full()),
            buckets: config.pacing.buckets(service.quotas).map(Mutex::new),
            pacing: config.pacing.clone(),
            companions: Mutex::default(),
            epoch: Instant::now(),
            call_timeout: config.call_timeout,
            attempt_timeout: config.attempt_timeout,
            clock: config.clock.clone(),
            skew: AtomicI64::new(0),
            random: Mutex::new(random),
            user_agent: user_agent(service, config.shown_app_name()),
        })))
    }

    pub(crate) fn service(&self) -> &'static Service {
        self.0.service
    }

    #[cfg(feature = "ecs-tasks")]
    pub(crate) fn region(&self) -> &str {
        &self.0.region
    }

    #[cfg(feature = "ecs-tasks")]
    pub(crate) fn pacing(&self) -> &Pacing {
        &self.0.pacing
    }

    /// The one value of a type that belongs to this client and all its clones, made when it is
    /// first asked for.
    #[cfg_attr(not(feature = "ecs-tasks"), allow(dead_code))]
    pub(crate) fn companion<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let mut companions = lock(&self.0.companions);
        for one in &*companions {
            if let Ok(found) = one.clone().downcast() {
                return found;
            }
        }
        let made = Arc::new(make());
        companions.push(made.clone());
        made
    }

    /// A random UUID, for idempotency tokens and invocation ids.
    pub(crate) fn uuid(&self) -> String {
        let bits = lock(&self.0.random).u128(..);
        // Version 4, variant 1: https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-4
        let bits = bits & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
        let mut text = format!("{bits:032x}");
        for end in [20, 16, 12, 8] {
            text.insert(end, '-');
        }
        text
    }

    /// Sends a request until it is answered, its attempts are used up or its time is over.
    pub(crate) async fn execute(&self, outgoing: &Outgoing) -> Result<Incoming, Error> {
        let timeout = outgoing.settings.timeout.unwrap_or(self.0.call_timeout);
        let service = self.0.service;
        // Names as in https://opentelemetry.io/docs/specs/semconv/cloud-providers/aws-sdk/
        let span = tracing::info_span!(
            "call",
            otel.name = format_args!("{}.{}", service.id, outgoing.name),
            otel.kind = "client",
            otel.status_code = Empty,
            rpc.system = "aws-api",
            rpc.service = service.id,
            rpc.method = &*outgoing.name,
            server.address = self.0.endpoint.authority(),
            cloud.region = self.0.region.as_str(),
            http.response.status_code = Empty,
            aws.request_id = Empty,
            aws.attempts = Empty,
            error.type = Empty,
        );
        let work = self.try_until(outgoing, Deadline::after(timeout));
        let result = if span.is_disabled() {
            work.await
        } else {
            work.instrument(span.clone()).await
        };
        record(&span, &result);
        result
    }

    async fn try_until(&self, outgoing: &Outgoing, deadline: Deadline) -> Result<Incoming, Error> {
        let max_attempts = outgoing
            .settings
            .max_attempts
            .unwrap_or(self.0.retries.max_attempts)
            .max(1);
        let invocation = self.uuid();
        let mut history = History::default();
        let mut taken = None;
        loop {
            let wait = self.with_bucket(outgoing.quota, Bucket::take);
            if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
                let paced = deadline.bound(Box::pin(tokio::time::sleep(wait))).await;
                paced.map_err(|_| outgoing.late(history.attempts, deadline.missed()))?;
            }
            let signer = self.signer(outgoing, history.attempts, deadline).await?;
            history.attempts += 1;
            let turn = attempt::Turn {
                invocation: &invocation,
                number: history.attempts,
                max: max_attempts,
                deadline,
            };
            let failed = match self.attempt(outgoing, &signer, turn).await {
                Ok(mut incoming) => {
                    incoming.attempts = history.attempts;
                    lock(&self.0.tokens).give_back(taken);
                    return Ok(incoming);
                }
                Err(failed) => failed,
            };
            let error = (failed.error)
                .with_attempts(history.attempts)
                .in_words_of(self.0.service);
            let outcome = Outcome::of(&error);
            if outcome == Outcome::Throttled {
                self.throttled(outgoing.quota);
            }
            match retry::decide(outcome, outgoing.retry, history, max_attempts) {
                Decision::Stop => return Err(error),
                Decision::CorrectClock => {
                    let Some(theirs) = failed.server_time else {
                        return Err(error);
                    };
                    self.set_skew(theirs);
                    history.clock_corrected = true;
                }
                Decision::RefreshCredentials => {
                    signer.forget(self.0.credentials.as_deref());
                    history.credentials_refreshed = true;
                }
                Decision::Pause => {
                    let Some(cost) = lock(&self.0.tokens).take(outcome) else {
                        tracing::debug!("no retry tokens left");
                        return Err(error);
                    };
                    taken = Some(cost);
                    let asked = error.service_error().and_then(|error| error.retry_after);
                    let random = lock(&self.0.random).f64();
                    let pause = retry::pause(&self.0.retries, history.attempts, random, asked);
                    // A pause that outlasts the call would only hide what went wrong.
                    if deadline.is_before(pause) {
                        return Err(error);
                    }
                    tracing::debug!(%error, ?pause, "trying again");
                    Box::pin(tokio::time::sleep(pause)).await;
                }
            }
        }
    }

    fn throttled(&self, quota: Option<usize>) {
        self.with_bucket(quota, Bucket::throttled);
    }

    fn with_bucket<T>(
        &self,
        quota: Option<usize>,
        act: impl FnOnce(&mut Bucket, Duration) -> T,
    ) -> Option<T> {
        let mut buckets = lock(self.0.buckets.as_ref()?);
        let bucket = buckets.get_mut(quota?)?;
        Some(act(bucket, self.0.epoch.elapsed()))
    }
}

/// Who we are, in the form that AWS SDKs use.
fn user_agent(service: &Service, app: Option<&str>) -> HeaderValue {
    let plain = |text: &str| -> String {
        text.chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || "-.".contains(c) {
                    c
                } else {
                    '-'
                }
            })
            .collect()
    };
    let mut text = format!(
        "longshore/{} ua/2.1 os/{} lang/rust api/{}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        plain(service.id).to_lowercase(),
    );
    if let Some(app) = app {
        text.push_str(" app/");
        text.push_str(&plain(app));
    }
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("longshore"))
}

fn record(span: &tracing::Span, result: &Result<Incoming, Error>) {
    match result {
        Ok(incoming) => {
            span.record("http.response.status_code", incoming.status);
            span.record("aws.attempts", incoming.attempts);
            if let Some(id) = &incoming.request_id {
                span.record("aws.request_id", id.as_str());
            }
        }
        Err(error) => {
            span.record("otel.status_code", "ERROR");
            span.record("aws.attempts", error.attempts());
            let kind = match error {
                Error::Transport(_) => "transport",
                Error::Timeout(_) => "timeout",
                Error::Credentials(_) => "credentials",
                other => other.code().unwrap_or("other"),
            };
            span.record("error.type", kind);
            if let Some(status) = error.status() {
                span.record("http.response.status_code", status);
            }
            if let Some(id) = error.request_id() {
                span.record("aws.request_id", id);
            }
        }
    }
}

/// Locks; a panic elsewhere while the lock was held leaves plain numbers, which are still good.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Defines the client of a service around a [`Runtime`].
#[doc(hidden)]
#[macro_export]
macro_rules! service_client {
    ($(#[$meta:meta])* pub struct $client:ident($service:path);) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $client {
            runtime: $crate::client::Runtime,
        }

        impl $client {
            /// A client with this configuration.
            ///
            /// # Errors
            ///
            /// [`Error::Config`]($crate::Error::Config), naming what is missing or wrong.
            pub fn new(config: &$crate::Config) -> Result<Self, $crate::Error> {
                let runtime = $crate::client::Runtime::new(&$service, config)?;
                Ok(Self { runtime })
            }

            /// A client with the configuration of the environment
            /// ([`Config::from_env`]($crate::Config::from_env)).
            ///
            /// # Errors
            ///
            /// [`Error::Config`]($crate::Error::Config), naming what is missing or wrong.
            pub fn from_env() -> Result<Self, $crate::Error> {
                Self::new(&$crate::Config::from_env()?)
            }

            /// Calls the operation that a request stands for; the methods named after operations
            /// do the same.
            #[inline]
            pub fn call<O: $crate::operation::Operation>(
                &self,
                request: O,
            ) -> $crate::call::Call<'_, O> {
                $crate::call::Call::new(&self.runtime, request)
            }

            /// Calls an operation by its name, one newer than this crate for example, with JSON
            /// in and out.
            #[inline]
            pub fn call_by_name(
                &self,
                operation: impl Into<String>,
                input: $crate::wire::Document,
            ) -> $crate::call::NamedCall<'_> {
                $crate::call::NamedCall::new(&self.runtime, operation.into(), input)
            }

            /// Polls an operation until `judge` has a verdict: a waiter of one's own.
            ///
            /// Throttles and passing faults are waited out; an error that will not pass ends the
            /// wait, unless `judge` says otherwise. Every 6 seconds for 10 minutes unless set
            /// otherwise.
            #[inline]
            pub fn wait_until<'a, O: $crate::operation::Operation + Clone>(
                &'a self,
                request: O,
                judge: impl FnMut(&Result<O::Response, $crate::Error>) -> Option<$crate::wait::Verdict>
                + Send
                + 'a,
            ) -> $crate::wait::Wait<'a, O> {
                $crate::wait::Wait::custom(&self.runtime, request, judge)
            }

            #[doc(hidden)]
            #[inline]
            #[must_use]
            pub fn runtime(&self) -> &$crate::client::Runtime {
                &self.runtime
            }
        }
    };
}

//! One cache in front of any provider.

use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, timeout};

use super::{Credentials, CredentialsError, ProvideCredentials as _, SharedCredentialsProvider};
use crate::transport::BoxFuture;

/// Credentials are fetched anew this long before they expire.
const AHEAD: Duration = Duration::from_secs(5 * 60);
/// After a refresh that brought nothing better, the old ones are used this long before the next
/// try. Without credentials, the pauses grow from a second to this.
const AGAIN: Duration = Duration::from_secs(30);
/// A call that refreshes credentials which are still good waits this long; then it uses the old
/// ones, and another call carries the refresh on.
const PATIENCE: Duration = Duration::from_secs(5);

/// Credentials, and the number of their fetch.
type Numbered = (Credentials, u64);
type Flight = BoxFuture<'static, Result<Credentials, CredentialsError>>;

/// Keeps credentials until they are about to expire. There is one fetch at a time; a call that is
/// cancelled while it fetches leaves the fetch to the next.
#[derive(Debug)]
pub(crate) struct Cache {
    provider: SharedCredentialsProvider,
    held: Mutex<Held>,
    flight: tokio::sync::Mutex<InFlight>,
}

#[derive(Debug, Default)]
struct Held {
    credentials: Option<Credentials>,
    /// Counts fetches, so that a refresh asked for by many is done once.
    generation: u64,
    /// What the last fetch came to, if it failed.
    failed: Option<CredentialsError>,
    /// Failures in a row.
    failures: u32,
    /// No fetch before this.
    not_before: Option<Instant>,
}

/// What can be done without a fetch.
enum Look {
    Done(Result<Numbered, CredentialsError>),
    /// These would do, but are to be refreshed.
    Stale(Numbered),
    Nothing,
}

#[derive(Default)]
struct InFlight(Option<Flight>);

impl std::fmt::Debug for InFlight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InFlight({})", self.0.is_some())
    }
}

impl Cache {
    pub(crate) fn new(provider: SharedCredentialsProvider) -> Self {
        Self {
            provider,
            held: Mutex::default(),
            flight: tokio::sync::Mutex::default(),
        }
    }

    /// Credentials that need no waiting, or the error that keeps them from being fetched again.
    pub(crate) fn ready(&self, now: SystemTime) -> Option<Result<Numbered, CredentialsError>> {
        match self.look(now) {
            Look::Done(result) => Some(result),
            Look::Stale(_) | Look::Nothing => None,
        }
    }

    /// Credentials that are good at `now` as far as can be known, and the number of their fetch.
    pub(crate) async fn get(&self, now: SystemTime) -> Result<Numbered, CredentialsError> {
        match self.look(now) {
            Look::Done(result) => return result,
            Look::Stale(old) => {
                return match self.flight.try_lock() {
                    Ok(mut flight) => self.refresh(&mut flight, now, old).await,
                    Err(_) => Ok(old),
                };
            }
            Look::Nothing => {}
        }
        let mut flight = self.flight.lock().await;
        match self.look(now) {
            Look::Done(result) => result,
            Look::Stale(old) => self.refresh(&mut flight, now, old).await,
            Look::Nothing => {
                let result = self.fetch(&mut flight).await;
                self.settle(result, now)
            }
        }
    }

    async fn refresh(
        &self,
        flight: &mut InFlight,
        now: SystemTime,
        old: Numbered,
    ) -> Result<Numbered, CredentialsError> {
        match timeout(PATIENCE, self.fetch(flight)).await {
            Ok(result) => self.settle(result, now),
            Err(_) => Ok(old),
        }
    }

    /// Carries the fetch that is under way on, or begins one. It stays where it is when this is
    /// dropped, but not when it panics.
    async fn fetch(&self, flight: &mut InFlight) -> Result<Credentials, CredentialsError> {
        poll_fn(|context| {
            let mut future = flight.0.take().unwrap_or_else(|| {
                let provider = self.provider.clone();
                Box::pin(async move { Ok(provider.provide_credentials().await?) })
            });
            let polled = future.as_mut().poll(context);
            if polled.is_pending() {
                flight.0 = Some(future);
            }
            polled
        })
        .await
    }

    fn look(&self, now: SystemTime) -> Look {
        let held = self.held();
        let resting = held.not_before.is_some_and(|at| Instant::now() < at);
        match (&held.credentials, &held.failed) {
            (Some(credentials), failed) => {
                let numbered = || (credentials.clone(), held.generation);
                let good = lasts(credentials, now);
                match failed {
                    _ if lasts(credentials, later(now, AHEAD)) => Look::Done(Ok(numbered())),
                    // By our clock they may have been expired when they came.
                    None if resting => Look::Done(Ok(numbered())),
                    Some(_) if resting && good => Look::Done(Ok(numbered())),
                    Some(error) if resting => Look::Done(Err(error.clone())),
                    _ if good => Look::Stale(numbered()),
                    _ => Look::Nothing,
                }
            }
            (None, Some(error)) if resting => Look::Done(Err(error.clone())),
            (None, _) => Look::Nothing,
        }
    }

    fn settle(
        &self,
        result: Result<Credentials, CredentialsError>,
        now: SystemTime,
    ) -> Result<Numbered, CredentialsError> {
        let mut held = self.held();
        match result {
            Ok(credentials) => {
                held.generation += 1;
                held.failed = None;
                held.failures = 0;
                let fresh = lasts(&credentials, later(now, AHEAD));
                let left =
                    (credentials.expiry()).and_then(|expiry| expiry.duration_since(now).ok());
                let rest = left
                    .filter(|left| !left.is_zero())
                    .map_or(AGAIN, |left| left.min(AGAIN));
                held.not_before = (!fresh).then(|| Instant::now() + rest);
                held.credentials = Some(credentials.clone());
                Ok((credentials, held.generation))
            }
            Err(error) => {
                held.failed = Some(error.clone());
                held.failures = held.failures.saturating_add(1);
                let good = (held.credentials.clone()).filter(|credentials| lasts(credentials, now));
                let doubled = Duration::from_secs(1 << (held.failures - 1).min(5));
                let rest = if good.is_some() {
                    AGAIN
                } else {
                    doubled.min(AGAIN)
                };
                held.not_before = Some(Instant::now() + rest);
                match good {
                    Some(credentials) => {
                        tracing::warn!(%error, "credentials could not be refreshed; the old ones are still good");
                        Ok((credentials, held.generation))
                    }
                    None => Err(error),
                }
            }
        }
    }

    /// Forgets the credentials of a fetch that the service called expired.
    pub(crate) fn forget(&self, generation: u64) {
        let mut held = self.held();
        if held.generation == generation {
            held.credentials = None;
            held.not_before = None;
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lasts(credentials: &Credentials, until: SystemTime) -> bool {
    credentials.expiry().is_none_or(|expiry| expiry > until)
}

/// A time beyond all time is the one that it was to be later than.
fn later(now: SystemTime, by: Duration) -> SystemTime {
    now.checked_add(by).unwrap_or(now)
}

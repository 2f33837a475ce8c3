//! One cache in front of any provider.

use std::time::{Duration, SystemTime};

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Credentials, CredentialsError, ProvideCredentials as _, SharedCredentialsProvider};

/// Credentials are fetched anew this long before they expire.
const AHEAD: Duration = Duration::from_secs(5 * 60);
/// After a failed refresh the old ones, while good, are used this long before the next try.
const AGAIN: Duration = Duration::from_secs(30);

/// Keeps credentials until they are about to expire. Callers that come while they are being
/// fetched wait for the same fetch.
#[derive(Debug)]
pub(crate) struct Cache {
    provider: SharedCredentialsProvider,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    credentials: Option<Credentials>,
    /// Counts fetches, so that a refresh asked for by many is done once.
    generation: u64,
    /// No refresh before this.
    not_before: Option<Instant>,
}

impl Cache {
    pub(crate) fn new(provider: SharedCredentialsProvider) -> Self {
        Self {
            provider,
            held: Mutex::default(),
        }
    }

    /// Credentials that are good at `now`, and the number of their fetch.
    pub(crate) async fn get(
        &self,
        now: SystemTime,
    ) -> Result<(Credentials, u64), CredentialsError> {
        let mut held = self.held.lock().await;
        if let Some(credentials) = &held.credentials {
            let fresh = lasts(credentials, now + AHEAD);
            let resting = held.not_before.is_some_and(|at| Instant::now() < at);
            if fresh || lasts(credentials, now) && resting {
                return Ok((credentials.clone(), held.generation));
            }
        }
        match self.provider.provide_credentials().await {
            Ok(credentials) => {
                held.generation += 1;
                held.not_before = None;
                held.credentials = Some(credentials.clone());
                Ok((credentials, held.generation))
            }
            Err(error) => match &held.credentials {
                Some(credentials) if lasts(credentials, now) => {
                    let credentials = credentials.clone();
                    tracing::warn!(%error, "credentials could not be refreshed; the old ones are still good");
                    held.not_before = Some(Instant::now() + AGAIN);
                    Ok((credentials, held.generation))
                }
                _ => Err(error.into()),
            },
        }
    }

    /// Forgets the credentials of a fetch that the service called expired.
    pub(crate) async fn forget(&self, generation: u64) {
        let mut held = self.held.lock().await;
        if held.generation == generation {
            held.credentials = None;
        }
    }
}

fn lasts(credentials: &Credentials, until: SystemTime) -> bool {
    credentials.expiry().is_none_or(|expiry| expiry > until)
}

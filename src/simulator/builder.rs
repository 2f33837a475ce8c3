//! Settings of a simulator.

use std::sync::Arc;
#[cfg(feature = "ecs")]
use std::time::Duration;
use std::time::SystemTime;

use super::Simulator;
use super::account::Account;
#[cfg(feature = "ecs")]
use super::ecs::Timing;
use super::signature::Keys;

/// Settings of a [`Simulator`]; made by [`Simulator::builder`].
#[derive(Debug, Clone)]
#[must_use = "settings do nothing until the simulator is built"]
pub struct SimulatorBuilder {
    pub(super) seed: u64,
    pub(super) speed: f64,
    pub(super) origin: SystemTime,
    pub(super) region: String,
    pub(super) account_id: String,
    pub(super) keys: Keys,
    pub(super) throttling: bool,
    #[cfg(feature = "ecs")]
    pub(super) lag: Duration,
    #[cfg(feature = "ecs")]
    pub(super) timing: Timing,
}

impl SimulatorBuilder {
    pub(super) fn new() -> Self {
        Self {
            seed: 0,
            speed: 1.0,
            origin: SystemTime::now(),
            region: "us-east-1".to_owned(),
            account_id: "123456789012".to_owned(),
            keys: Keys {
                id: "AKIDSIMULATOR".to_owned(),
                secret: "secret".to_owned(),
                session_token: None,
            },
            throttling: true,
            #[cfg(feature = "ecs")]
            lag: Duration::from_secs(1),
            #[cfg(feature = "ecs")]
            timing: Timing::default(),
        }
    }

    /// Sets what all chance comes from: ids, jitter, faults. 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets how much faster than tokio's clock the account's time runs. 1. What makes no sense
    /// counts as 1.
    ///
    /// Signatures, request quotas and slow answers keep to tokio's clock.
    pub fn speed(mut self, factor: f64) -> Self {
        self.speed = if factor.is_finite() && factor > 0.0 {
            factor
        } else {
            1.0
        };
        self
    }

    /// Sets the date at which the account's time begins. Now.
    ///
    /// With a fixed date and a seed every byte of an answer is repeatable. Clients must follow
    /// the simulator's clock then, as those of [`Simulator::config`] do.
    pub fn start_at(mut self, date: SystemTime) -> Self {
        self.origin = date;
        self
    }

    /// Sets the region. `us-east-1`.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = region.into();
        self
    }

    /// Sets the number of the account. `123456789012`.
    pub fn account_id(mut self, id: impl Into<String>) -> Self {
        self.account_id = id.into();
        self
    }

    /// Sets the one access key that the account knows.
    pub fn access_key(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.keys.id = id.into();
        self.keys.secret = secret.into();
        self
    }

    /// Sets the session token that belongs to the access key. None.
    pub fn session_token(mut self, token: impl Into<String>) -> Self {
        self.keys.session_token = Some(token.into());
        self
    }

    /// Sets whether the service enforces its published request quotas. It does.
    pub fn throttling(mut self, on: bool) -> Self {
        self.throttling = on;
        self
    }

    /// Sets how long a new task is there without being visible. 1 second of the account's time.
    #[cfg(feature = "ecs")]
    #[cfg_attr(docsrs, doc(cfg(feature = "ecs")))]
    pub fn lag(mut self, lag: Duration) -> Self {
        self.lag = lag;
        self
    }

    /// Sets how long tasks take from state to state.
    #[cfg(feature = "ecs")]
    #[cfg_attr(docsrs, doc(cfg(feature = "ecs")))]
    pub fn timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    /// Makes the simulator. Its time begins now.
    #[must_use]
    pub fn build(self) -> Simulator {
        Simulator::of(Arc::new(Account::new(self)))
    }
}

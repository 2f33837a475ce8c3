//! Staying inside the request quotas that a service publishes: token buckets, as pure arithmetic.

use std::time::Duration;

use litemap::LiteMap;

use crate::operation::Quota;

/// How a client paces its requests.
///
/// By default each quota of the service is kept as published, for this client alone: programs that
/// share an account share its quotas, and can say so with [`Pacing::share`]. A throttle halves a
/// quota's rate; it regrows in half a minute.
#[derive(Debug, Clone, PartialEq)]
pub struct Pacing {
    on: bool,
    share: f64,
    set: LiteMap<String, (u32, f64)>,
}

impl Default for Pacing {
    fn default() -> Self {
        Self {
            on: true,
            share: 1.0,
            set: LiteMap::new_vec(),
        }
    }
}

impl Pacing {
    /// The quotas as the service publishes them.
    #[must_use]
    pub fn published() -> Self {
        Self::default()
    }

    /// No pacing.
    #[must_use]
    pub fn off() -> Self {
        Self {
            on: false,
            ..Self::default()
        }
    }

    /// A share of every quota, from 0 to 1: this client's part of the account's.
    #[must_use]
    pub fn share(mut self, share: f64) -> Self {
        self.share = share;
        self
    }

    /// Another size for a quota, by its name, as an increase granted by AWS.
    #[must_use]
    pub fn quota(mut self, name: impl Into<String>, burst: u32, per_second: f64) -> Self {
        self.set.insert(name.into(), (burst, per_second));
        self
    }

    /// The first setting that makes no sense.
    pub(crate) fn problem(&self, quotas: &[Quota]) -> Option<String> {
        if !(self.share > 0.0 && self.share <= 1.0) {
            return Some(format!(
                "the share of the quotas is {}; it must be above 0 and at most 1",
                self.share
            ));
        }
        self.set.iter().find_map(|(name, (burst, rate))| {
            if !quotas.iter().any(|quota| quota.name == name) {
                return Some(format!("there is no quota `{name}`"));
            }
            (*burst == 0 || !(rate.is_finite() && *rate > 0.0))
                .then(|| format!("the quota `{name}` is set to nothing; turn pacing off instead"))
        })
    }

    /// The client's part of every quota; `None` when pacing is off.
    #[cfg_attr(not(feature = "ecs-tasks"), allow(dead_code))]
    pub(crate) fn share_of_all(&self) -> Option<f64> {
        self.on.then_some(self.share)
    }

    /// Burst and rate that this client may use of a quota.
    pub(crate) fn of(&self, quota: &Quota) -> (f64, f64) {
        let published = (quota.burst, f64::from(quota.per_second));
        let (burst, rate) = self.set.get(quota.name).copied().unwrap_or(published);
        ((f64::from(burst) * self.share).max(1.0), rate * self.share)
    }

    /// One bucket for each quota; `None` when pacing is off.
    pub(crate) fn buckets(&self, quotas: &[Quota]) -> Option<Vec<Bucket>> {
        let bucket = |quota: &Quota| {
            let (burst, rate) = self.of(quota);
            Bucket::new(burst, rate)
        };
        self.on.then(|| quotas.iter().map(bucket).collect())
    }
}

/// A token bucket. Its times are distances from any fixed point.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    burst: f64,
    full_rate: f64,
    rate: f64,
    /// Below zero: requests that wait for their token.
    tokens: f64,
    at: Duration,
    halved_at: Option<Duration>,
}

/// How long a halved rate takes to double again.
const REGROWTH: Duration = Duration::from_secs(30);
/// Throttles that come together count once.
const APART: Duration = Duration::from_secs(1);
/// A rate is not halved below this part of the full one.
const LEAST: f64 = 1.0 / 32.0;

impl Bucket {
    /// A full bucket.
    #[must_use]
    pub fn new(burst: f64, per_second: f64) -> Self {
        Self {
            burst,
            full_rate: per_second,
            rate: per_second,
            tokens: burst,
            at: Duration::ZERO,
            halved_at: None,
        }
    }

    /// How many requests a second there are now.
    #[must_use]
    pub fn rate(&mut self, now: Duration) -> f64 {
        self.refill(now);
        self.rate
    }

    /// Takes a token; returns how long to wait until it is there.
    pub fn take(&mut self, now: Duration) -> Duration {
        self.refill(now);
        self.tokens -= 1.0;
        if self.tokens >= 0.0 {
            return Duration::ZERO;
        }
        Duration::try_from_secs_f64(-self.tokens / self.rate).unwrap_or(Duration::MAX)
    }

    /// Takes a token if one is there; otherwise tells how long it takes to come.
    ///
    /// # Errors
    ///
    /// How long to wait before the next try.
    pub fn try_take(&mut self, now: Duration) -> Result<(), Duration> {
        self.refill(now);
        // Rounding must not make a token late that a wait of the right length was for.
        if self.tokens >= 1.0 - 1e-6 {
            self.tokens -= 1.0;
            return Ok(());
        }
        let wait = (1.0 - self.tokens) / self.rate;
        Err(Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX))
    }

    /// Notes a throttle: the burst is gone, and the rate is half of what it was.
    pub fn throttled(&mut self, now: Duration) {
        self.refill(now);
        self.tokens = self.tokens.min(0.0);
        if self
            .halved_at
            .is_none_or(|at| now.saturating_sub(at) >= APART)
        {
            self.rate = (self.rate / 2.0).max(self.full_rate * LEAST);
            self.halved_at = Some(now);
        }
    }

    fn refill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.at = self.at.max(now);
        self.tokens = (self.tokens + passed * self.rate).min(self.burst);
        let regrown = self.full_rate / 2.0 * passed / REGROWTH.as_secs_f64();
        self.rate = (self.rate + regrown).min(self.full_rate);
    }
}

#[cfg(test)]
mod tests;

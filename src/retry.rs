//! Whether to send again, and when: decisions without I/O and without a clock.
//!
//! The rules are those of the AWS SDKs' standard mode
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>), with one
//! stricter: an operation that is not safe to repeat is sent again only when it surely was not
//! carried out.

use std::time::Duration;

use backon::BackoffBuilder as _;

use crate::error::{Error, TimeoutError};
use crate::operation::RetrySafety;

/// How a client tries again.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RetrySettings {
    /// Attempts of a call, the first one included. 3; 1 for none beyond the first.
    pub max_attempts: u32,
    /// The upper bound of the first pause; it doubles with each attempt. 1 second.
    pub base_delay: Duration,
    /// The longest pause. 20 seconds.
    pub max_delay: Duration,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            base_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(20),
        }
    }
}

/// What an attempt came to, as far as retries care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The service asks for fewer requests; it carried nothing out.
    Throttled,
    /// The service failed on its side: who knows what it carried out.
    ServerFault,
    /// There was no connection.
    NotConnected,
    /// The connection broke, or the answer did not come in time: who knows.
    NoAnswer,
    /// The signature's time was off; nothing was carried out.
    ClockSkew,
    /// The credentials had expired; nothing was carried out.
    ExpiredCredentials,
    /// Another try would end alike.
    Final,
}

impl Outcome {
    /// The outcome that an error stands for.
    pub(crate) fn of(error: &Error) -> Self {
        match error {
            Error::Throttled(_) => Self::Throttled,
            // There is no time left for anything.
            Error::Timeout(error) if matches!(error.cause, TimeoutError::Call(_)) => Self::Final,
            Error::Timeout(_) => Self::NoAnswer,
            Error::Transport(error) if !error.cause.is_transient() => Self::Final,
            Error::Transport(error) if error.cause.was_not_sent() => Self::NotConnected,
            Error::Transport(_) => Self::NoAnswer,
            other => match other.service_error() {
                Some(e) if crate::error::is_clock_skew(&e.code, &e.message) => Self::ClockSkew,
                Some(e) if crate::error::is_expired(&e.code) => Self::ExpiredCredentials,
                _ if other.is_retryable() => Self::ServerFault,
                _ => Self::Final,
            },
        }
    }

    /// Whether the operation may have been carried out.
    fn is_uncertain(self) -> bool {
        matches!(self, Self::ServerFault | Self::NoAnswer)
    }
}

/// What a call has gone through so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct History {
    /// Attempts made.
    pub attempts: u32,
    /// Whether the clock was corrected in this call.
    pub clock_corrected: bool,
    /// Whether the credentials were fetched anew in this call.
    pub credentials_refreshed: bool,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Return what there is.
    Stop,
    /// Send again after a pause.
    Pause,
    /// Correct the clock and send again at once.
    CorrectClock,
    /// Fetch credentials anew and send again at once.
    RefreshCredentials,
}

/// Decides what follows an attempt that failed.
///
/// A wrong clock and expired credentials are mended once a call, whatever its attempts: the polls of
/// a wait have one attempt each, and would not get past either otherwise.
#[must_use]
pub fn decide(
    outcome: Outcome,
    safety: RetrySafety,
    history: History,
    max_attempts: u32,
) -> Decision {
    match outcome {
        Outcome::Final => Decision::Stop,
        Outcome::ClockSkew if history.clock_corrected => Decision::Stop,
        Outcome::ClockSkew => Decision::CorrectClock,
        Outcome::ExpiredCredentials if history.credentials_refreshed => Decision::Stop,
        Outcome::ExpiredCredentials => Decision::RefreshCredentials,
        _ if history.attempts >= max_attempts => Decision::Stop,
        _ if outcome.is_uncertain() && safety == RetrySafety::Unsafe => Decision::Stop,
        _ => Decision::Pause,
    }
}

/// No pause of our own is longer, whatever the settings.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The pause before the next attempt: full jitter, a random share of a bound that doubles with
/// each attempt; or what the service asks for, if that is longer.
///
/// `attempts` counts those made, `random` is from 0 to 1.
#[must_use]
pub fn pause(
    settings: &RetrySettings,
    attempts: u32,
    random: f64,
    asked: Option<Duration>,
) -> Duration {
    let bound = backon::ExponentialBuilder::new()
        .with_min_delay(settings.base_delay)
        .with_max_delay(settings.max_delay)
        .with_factor(2.0)
        .without_max_times()
        .build()
        // Beyond 64 doublings the bound has long been reached.
        .nth(attempts.saturating_sub(1).min(64) as usize)
        .unwrap_or(settings.max_delay);
    let bound = bound.min(LONGEST);
    bound
        .mul_f64(random.clamp(0.0, 1.0))
        .max(asked.unwrap_or_default())
}

/// Retry tokens: a client that fails a lot stops trying again, so that a service in trouble is not
/// kept there. 500 tokens; a retry costs 5, one after silence 10; a success gives them back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryTokens {
    left: u32,
}

impl RetryTokens {
    const CAPACITY: u32 = 500;
    const RETRY: u32 = 5;
    const RETRY_AFTER_SILENCE: u32 = 10;
    const SUCCESS: u32 = 1;

    /// All of them.
    #[must_use]
    pub fn full() -> Self {
        Self {
            left: Self::CAPACITY,
        }
    }

    /// Tokens left.
    #[must_use]
    pub fn left(&self) -> u32 {
        self.left
    }

    /// Takes what a retry costs; `None` when there are too few left.
    pub fn take(&mut self, outcome: Outcome) -> Option<u32> {
        let cost = match outcome {
            Outcome::NoAnswer => Self::RETRY_AFTER_SILENCE,
            _ => Self::RETRY,
        };
        self.left = self.left.checked_sub(cost)?;
        Some(cost)
    }

    /// Gives back after a success: the last retry's cost, or one for a call that needed none.
    pub fn give_back(&mut self, taken: Option<u32>) {
        self.left = (self.left + taken.unwrap_or(Self::SUCCESS)).min(Self::CAPACITY);
    }
}

#[cfg(test)]
mod tests;

//! The pauses between polls.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use backon::BackoffBuilder as _;

/// The pauses between the polls of a wait.
///
/// A schedule is checked when it is made.
#[derive(Clone)]
pub struct Schedule(Kind);

#[derive(Clone)]
enum Kind {
    Every(Duration),
    Exponential {
        first: Duration,
        factor: f32,
        longest: Duration,
    },
    Custom(Arc<Mutex<Pauses>>),
}

type Pauses = Box<dyn Iterator<Item = Duration> + Send>;

/// A schedule that cannot be meant.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSchedule {
    /// No pause at all would be a busy loop.
    #[error("a pause of 0 would poll without end")]
    ZeroPause,
    /// The longest pause is shorter than the first.
    #[error("the longest pause ({longest:?}) is shorter than the first ({first:?})")]
    Shrinking {
        /// The first pause.
        first: Duration,
        /// The longest.
        longest: Duration,
    },
    /// A factor that does not let pauses grow.
    #[error("the factor is {0}; pauses grow by one of at least 1")]
    Factor(f32),
}

impl Schedule {
    /// The same pause each time.
    ///
    /// # Errors
    ///
    /// A pause of zero.
    pub fn fixed(pause: Duration) -> Result<Self, InvalidSchedule> {
        if pause.is_zero() {
            return Err(InvalidSchedule::ZeroPause);
        }
        Ok(Self::every(pause))
    }

    /// Pauses that grow by a factor up to a bound.
    ///
    /// # Errors
    ///
    /// A first pause of zero, a bound below it, a factor below 1.
    pub fn exponential(
        first: Duration,
        factor: f32,
        longest: Duration,
    ) -> Result<Self, InvalidSchedule> {
        if first.is_zero() {
            return Err(InvalidSchedule::ZeroPause);
        }
        if longest < first {
            return Err(InvalidSchedule::Shrinking { first, longest });
        }
        if !(factor >= 1.0 && factor.is_finite()) {
            return Err(InvalidSchedule::Factor(factor));
        }
        Ok(Self(Kind::Exponential {
            first,
            factor,
            longest,
        }))
    }

    /// The schedule that AWS asks for where an API is eventually consistent: 2 seconds, doubling up
    /// to 5 minutes
    /// ([reference](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html)).
    #[must_use]
    pub fn eventual_consistency() -> Self {
        Self(Kind::Exponential {
            first: Duration::from_secs(2),
            factor: 2.0,
            longest: Duration::from_secs(300),
        })
    }

    /// Pauses of one's own. They are used up: of clones, each pause goes to one wait only. When
    /// they end, so does the wait.
    pub fn custom(pauses: impl IntoIterator<Item = Duration, IntoIter: Send + 'static>) -> Self {
        Self(Kind::Custom(Arc::new(Mutex::new(Box::new(
            pauses.into_iter(),
        )))))
    }

    /// Pauses from the crate `backoff`; when it says to give up, the wait ends.
    ///
    /// That crate is unmaintained
    /// ([RUSTSEC-2025-0012](https://rustsec.org/advisories/RUSTSEC-2025-0012.html)); this is for
    /// programs that have such schedules already.
    #[cfg(feature = "backoff")]
    #[cfg_attr(docsrs, doc(cfg(feature = "backoff")))]
    pub fn backoff(mut backoff: impl backoff::backoff::Backoff + Send + 'static) -> Self {
        backoff.reset();
        Self::custom(std::iter::from_fn(move || backoff.next_backoff()))
    }

    /// [`Schedule::fixed`] for pauses that are known not to be zero.
    pub(crate) fn every(pause: Duration) -> Self {
        Self(Kind::Every(pause))
    }

    /// The pauses, one after another.
    pub(crate) fn pauses(&self) -> Pauses {
        match &self.0 {
            Kind::Every(pause) => Box::new(std::iter::repeat(*pause)),
            Kind::Exponential {
                first,
                factor,
                longest,
            } => Box::new(
                backon::ExponentialBuilder::new()
                    .with_min_delay(*first)
                    .with_max_delay(*longest)
                    .with_factor(*factor)
                    .without_max_times()
                    .build(),
            ),
            Kind::Custom(pauses) => {
                let pauses = pauses.clone();
                Box::new(std::iter::from_fn(move || {
                    pauses.lock().unwrap_or_else(PoisonError::into_inner).next()
                }))
            }
        }
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Every(pause) => write!(f, "every {pause:?}"),
            Kind::Exponential {
                first,
                factor,
                longest,
            } => {
                write!(f, "{first:?}, times {factor}, up to {longest:?}")
            }
            Kind::Custom(_) => f.write_str("custom"),
        }
    }
}

//! Faults on demand: what breaks between a client and a service that are both fine.

use std::time::Duration;

use http::StatusCode;

use super::refusal::Refusal;

/// A fault that the simulator is to have, given to [`Simulator::inject`](super::Simulator::inject).
///
/// It strikes once, at the first request, unless told otherwise: [`on`](Self::on) binds it to an
/// operation, [`after`](Self::after) lets requests pass first, [`times`](Self::times) and
/// [`always`](Self::always) make it last, and [`probability`](Self::probability) leaves it to
/// chance, which the simulator's seed makes repeatable.
///
/// ```
/// use std::time::Duration;
/// use longshore::simulator::{Fault, Simulator};
///
/// let simulator = Simulator::new();
/// // The answer to the first RunTask is lost, though the tasks start.
/// simulator.inject(Fault::reset_after().on("RunTask"));
/// // A tenth of all answers comes late.
/// simulator.inject(Fault::slow(Duration::from_secs(3)).probability(0.1));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a fault does nothing until it is injected"]
pub struct Fault {
    effect: Effect,
    operation: Option<String>,
    passing: u32,
    times: Option<u32>,
    probability: f64,
}

#[derive(Debug, Clone, PartialEq)]
enum Effect {
    Reset { acted: bool },
    Refuse { refusal: Refusal, acted: bool },
    Cut,
    Truncate,
    Slow(Duration),
    ExpiredToken,
    Clock { ahead: Duration, behind: Duration },
}

/// What dresses a throttle of EC2 as something else.
const HIDDEN: &str = "Rate exceeded (Service: AmazonEC2; Status Code: 503; Error Code: \
     RequestLimitExceeded; Request ID: 00000000-0000-4000-8000-000000000000)";

impl Fault {
    fn new(effect: Effect) -> Self {
        Self {
            effect,
            operation: None,
            passing: 0,
            times: Some(1),
            probability: 1.0,
        }
    }

    fn refuse(refusal: Refusal) -> Self {
        Self::new(Effect::Refuse {
            refusal,
            acted: false,
        })
    }

    /// The connection breaks before the service sees the request.
    pub fn reset_before() -> Self {
        Self::new(Effect::Reset { acted: false })
    }

    /// The service does what it is asked for; then the connection breaks.
    pub fn reset_after() -> Self {
        Self::new(Effect::Reset { acted: true })
    }

    /// The service does what it is asked for; the connection breaks in the middle of the answer.
    pub fn cut_body() -> Self {
        Self::new(Effect::Cut)
    }

    /// The service does what it is asked for; of the answer comes half, as if it were whole.
    pub fn truncated_body() -> Self {
        Self::new(Effect::Truncate)
    }

    /// The service refuses with an HTTP status: `ServerException` from 500 on, otherwise
    /// `ClientException`. A number that is no status counts as 500.
    pub fn status(status: u16) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let code = if status.is_server_error() {
            "ServerException"
        } else {
            "ClientException"
        };
        Self::refuse(Refusal::new(code, "Injected by the simulator.").with_status(status))
    }

    /// The service refuses with HTTP 400, a code and a message.
    pub fn error(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::refuse(Refusal::new(code.into(), message))
    }

    /// The service does what it is asked for, but answers HTTP 500.
    pub fn status_after() -> Self {
        let mut fault = Self::status(500);
        if let Effect::Refuse { acted, .. } = &mut fault.effect {
            *acted = true;
        }
        fault
    }

    /// The service asks for fewer requests: `ThrottlingException`.
    pub fn throttle() -> Self {
        Self::refuse(Refusal::throttled())
    }

    /// A throttle of EC2 that ECS passes on as `InvalidParameterException`.
    pub fn hidden_throttle() -> Self {
        Self::refuse(Refusal::invalid(HIDDEN))
    }

    /// The service acts at once, but the answer takes that much longer, in tokio's time.
    pub fn slow(delay: Duration) -> Self {
        Self::new(Effect::Slow(delay))
    }

    /// The request's credentials count as expired: `ExpiredTokenException`.
    pub fn expired_token() -> Self {
        Self::new(Effect::ExpiredToken)
    }

    /// The service's clock is ahead of the client's. Usually wanted together with
    /// [`always`](Self::always).
    pub fn clock_ahead(distance: Duration) -> Self {
        Self::new(Effect::Clock {
            ahead: distance,
            behind: Duration::ZERO,
        })
    }

    /// The service's clock is behind the client's. Usually wanted together with
    /// [`always`](Self::always).
    pub fn clock_behind(distance: Duration) -> Self {
        Self::new(Effect::Clock {
            ahead: Duration::ZERO,
            behind: distance,
        })
    }

    /// Binds the fault to an operation: `RunTask`.
    pub fn on(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Lets so many requests that it could strike pass first.
    pub fn after(mut self, requests: u32) -> Self {
        self.passing = requests;
        self
    }

    /// Strikes so many times.
    pub fn times(mut self, count: u32) -> Self {
        self.times = Some(count);
        self
    }

    /// Strikes until the faults are cleared.
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    /// Strikes each request by chance, from 0 for never to 1 for always, until the faults are
    /// cleared; [`times`](Self::times) given afterwards bounds it.
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self.times = None;
        self
    }

    /// Whether the fault is over.
    fn is_spent(&self) -> bool {
        self.times == Some(0)
    }

    fn strikes(&mut self, operation: &str, random: &mut fastrand::Rng) -> bool {
        if self.is_spent()
            || self
                .operation
                .as_deref()
                .is_some_and(|bound| bound != operation)
        {
            return false;
        }
        if self.passing > 0 {
            self.passing -= 1;
            return false;
        }
        let strikes = self.probability >= 1.0 || random.f64() < self.probability;
        if strikes && let Some(times) = &mut self.times {
            *times -= 1;
        }
        strikes
    }
}

/// What becomes of one request.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Stroke {
    pub(super) delay: Duration,
    pub(super) clock_ahead: Duration,
    pub(super) clock_behind: Duration,
    pub(super) expired: bool,
    pub(super) end: End,
}

/// How a request ends.
#[derive(Debug, Default, PartialEq)]
pub(super) enum End {
    /// As the service answers.
    #[default]
    Usual,
    /// By a broken connection.
    Reset { acted: bool },
    /// By an answer that is not the service's.
    Refuse { refusal: Refusal, acted: bool },
    /// By a connection that breaks in the answer's middle.
    Cut,
    /// By half an answer.
    Truncate,
}

/// The faults that are to come, with a chance of their own: they change nothing else.
#[derive(Debug)]
pub(super) struct Faults {
    rules: Vec<Fault>,
    random: fastrand::Rng,
}

impl Faults {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            rules: Vec::new(),
            random: fastrand::Rng::with_seed(seed ^ 0xFA17),
        }
    }

    pub(super) fn add(&mut self, fault: Fault) {
        self.rules.push(fault);
    }

    pub(super) fn clear(&mut self) {
        self.rules.clear();
    }

    /// Asks all faults, in the order they were injected. Delays add up; of several ends the first
    /// counts, and the later ones are kept for later.
    pub(super) fn strike(&mut self, operation: &str) -> Stroke {
        let mut stroke = Stroke::default();
        for rule in &mut self.rules {
            let is_end = matches!(
                rule.effect,
                Effect::Reset { .. } | Effect::Refuse { .. } | Effect::Cut | Effect::Truncate
            );
            if is_end && stroke.end != End::Usual {
                continue;
            }
            if !rule.strikes(operation, &mut self.random) {
                continue;
            }
            match rule.effect.clone() {
                Effect::Reset { acted } => stroke.end = End::Reset { acted },
                Effect::Refuse { refusal, acted } => stroke.end = End::Refuse { refusal, acted },
                Effect::Cut => stroke.end = End::Cut,
                Effect::Truncate => stroke.end = End::Truncate,
                Effect::Slow(delay) => stroke.delay = stroke.delay.saturating_add(delay),
                Effect::ExpiredToken => stroke.expired = true,
                Effect::Clock { ahead, behind } => {
                    stroke.clock_ahead = stroke.clock_ahead.saturating_add(ahead);
                    stroke.clock_behind = stroke.clock_behind.saturating_add(behind);
                }
            }
        }
        self.rules.retain(|rule| !rule.is_spent());
        stroke
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ends(fault: Fault, seed: u64, count: usize) -> Vec<bool> {
        let mut faults = Faults::new(seed);
        faults.add(fault);
        (0..count)
            .map(|_| faults.strike("RunTask").end != End::Usual)
            .collect()
    }

    #[test]
    fn counted() {
        assert_eq!(ends(Fault::reset_before(), 1, 3), [true, false, false]);
        assert_eq!(
            ends(Fault::throttle().times(2).after(1), 1, 4),
            [false, true, true, false]
        );
        assert_eq!(ends(Fault::status(503).always(), 1, 3), [true; 3]);
        assert_eq!(ends(Fault::status(503).on("StopTask"), 1, 2), [false; 2]);
    }

    #[test]
    fn by_chance_and_repeatable() {
        let fault = Fault::reset_after().probability(0.5);
        let first = ends(fault.clone(), 7, 1000);
        assert_eq!(first, ends(fault.clone(), 7, 1000));
        assert_ne!(first, ends(fault, 8, 1000));
        let struck = first.iter().filter(|&&struck| struck).count();
        assert!((400..600).contains(&struck), "{struck}");
    }

    #[test]
    fn delays_add_up_and_the_first_end_counts() {
        let mut faults = Faults::new(0);
        faults.add(Fault::slow(Duration::from_secs(1)));
        faults.add(Fault::slow(Duration::from_secs(2)));
        faults.add(Fault::throttle());
        faults.add(Fault::reset_before());
        let stroke = faults.strike("StopTask");
        assert_eq!(stroke.delay, Duration::from_secs(3));
        assert!(matches!(stroke.end, End::Refuse { .. }));
        assert_eq!(faults.strike("StopTask").end, End::Reset { acted: false });
        assert_eq!(faults.strike("StopTask"), Stroke::default());
    }
}

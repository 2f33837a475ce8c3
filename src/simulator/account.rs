//! The one account behind both doors: from a request to what is answered.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};

use super::builder::SimulatorBuilder;
use super::clock::Clock;
use super::faults::{End, Faults};
use super::journal::RecordedRequest;
use super::refusal::Refusal;
use super::signature::{self, Expected, Keys};
use super::throttle::Throttle;
use super::world::World;
use crate::wire::Timestamp;

/// The account.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) clock: Arc<Clock>,
    pub(super) keys: Keys,
    pub(super) region: String,
    pub(super) seed: u64,
    state: Mutex<State>,
}

/// What changes.
#[derive(Debug)]
pub(super) struct State {
    pub(super) world: World,
    pub(super) faults: Faults,
    pub(super) journal: Vec<RecordedRequest>,
    #[cfg(feature = "ecs")]
    pub(super) ecs: super::ecs::Ecs,
    #[cfg(feature = "sagemaker-pipelines")]
    pub(super) sagemaker: super::sagemaker::SageMaker,
    #[cfg(feature = "sqs")]
    pub(super) sqs: super::sqs::Sqs,
    configs: u64,
}

/// What a door has to do.
#[derive(Debug)]
pub(super) struct Reply {
    /// To be waited first.
    pub(super) delay: Duration,
    pub(super) ending: Ending,
}

/// How an exchange ends.
#[derive(Debug)]
pub(super) enum Ending {
    /// With an answer.
    Answer(Response<Bytes>),
    /// With a part of an answer's body, and a broken connection.
    Cut(Response<Bytes>),
    /// With a broken connection.
    Reset,
}

impl Account {
    pub(super) fn new(settings: SimulatorBuilder) -> Self {
        let clock = Arc::new(Clock::new(settings.origin, settings.speed));
        #[cfg_attr(not(feature = "ecs"), allow(unused_mut))]
        let mut world = World {
            clock: clock.clone(),
            now: Duration::ZERO,
            region: settings.region.clone(),
            account_id: settings.account_id,
            random: fastrand::Rng::with_seed(settings.seed),
            throttle: Throttle::new(settings.throttling),
        };
        let state = State {
            #[cfg(feature = "ecs")]
            ecs: super::ecs::Ecs::new(&mut world, settings.timing, settings.lag),
            #[cfg(feature = "sagemaker-pipelines")]
            sagemaker: super::sagemaker::SageMaker::default(),
            #[cfg(feature = "sqs")]
            sqs: super::sqs::Sqs::default(),
            world,
            faults: Faults::new(settings.seed),
            journal: Vec::new(),
            configs: 0,
        };
        Self {
            clock,
            keys: settings.keys,
            region: settings.region,
            seed: settings.seed,
            state: Mutex::new(state),
        }
    }

    /// The account as it is now.
    pub(super) fn now(&self) -> MutexGuard<'_, State> {
        // A panic of a test that held the lock does not make the account unusable.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.world.throttle.now = self.clock.elapsed();
        state.world.now = state.world.now.max(self.clock.simulated());
        #[cfg(feature = "ecs")]
        {
            let State { world, ecs, .. } = &mut *state;
            ecs.advance(world);
        }
        #[cfg(feature = "sagemaker-pipelines")]
        state.advance_pipelines();
        #[cfg(all(feature = "ecs", feature = "sqs"))]
        {
            let State {
                world, ecs, sqs, ..
            } = &mut *state;
            ecs.tell(world, sqs);
        }
        state
    }

    /// Another seed for each configuration: clients with the same one would draw the same
    /// idempotency tokens.
    pub(super) fn next_seed(&self) -> u64 {
        let mut state = self.now();
        state.configs += 1;
        self.seed
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .wrapping_add(state.configs)
    }

    /// Carries out a request once its answer is due. Long polls wait for a message; one that is to
    /// be refused does not.
    pub(super) async fn answer_in_time(&self, request: &Request<Bytes>) -> Reply {
        #[cfg(feature = "sqs")]
        if Target::of(request).is_receive() && self.verify(request, self.clock.wall()).is_ok() {
            let begun = self.now().world.now;
            while let Some(pause) = self.put_off(request, begun) {
                tokio::time::sleep(pause).await;
            }
        }
        self.answer(request)
    }

    /// How long to wait before a request is worth answering, by the clock outside.
    #[cfg(feature = "sqs")]
    fn put_off(&self, request: &Request<Bytes>, begun: Duration) -> Option<Duration> {
        /// Messages come when something happens in the account, which is not known beforehand.
        const GLANCE: Duration = Duration::from_millis(250);
        let text = std::str::from_utf8(request.body()).ok()?;
        let state = self.now();
        let waited = state.world.now.saturating_sub(begun);
        let left = state.sqs.put_off(&state.world, text, waited)?;
        Some(self.clock.outside(left.min(GLANCE)))
    }

    /// Carries out a request.
    fn answer(&self, request: &Request<Bytes>) -> Reply {
        let mut state = self.now();
        let target = Target::of(request);
        let stroke = state.faults.strike(target.operation);
        let wall = self.clock.wall();
        let clock = wall
            .checked_add(stroke.clock_ahead)
            .and_then(|time| time.checked_sub(stroke.clock_behind))
            .unwrap_or(wall);
        let mut record = RecordedRequest::new(target.operation, request, state.world.now);

        let acts = !matches!(
            stroke.end,
            End::Reset { acted: false } | End::Refuse { acted: false, .. }
        );
        let result = if acts {
            let result = self.carry_out(&mut state, request, target, clock, stroke.expired);
            record.carried_out = result.is_ok();
            Some(result)
        } else {
            None
        };
        let ending = ending(&mut state.world, stroke.end, result, clock);
        record.status = match &ending {
            Ending::Answer(answer) | Ending::Cut(answer) => Some(answer.status().as_u16()),
            Ending::Reset => None,
        };
        state.journal.push(record);
        Reply {
            delay: stroke.delay,
            ending,
        }
    }

    fn verify(&self, request: &Request<Bytes>, now: SystemTime) -> Result<(), Refusal> {
        let expected = Expected {
            keys: &self.keys,
            region: &self.region,
            service: Target::of(request).signing_name(),
            now,
        };
        signature::verify(request, expected)
    }

    fn carry_out(
        &self,
        state: &mut State,
        request: &Request<Bytes>,
        target: Target<'_>,
        now: SystemTime,
        expired: bool,
    ) -> Result<Bytes, Refusal> {
        let unknown = || Refusal::new("UnknownOperationException", "");
        if request.method() != Method::POST {
            return Err(unknown().with_status(StatusCode::NOT_FOUND));
        }
        self.verify(request, now)?;
        if expired {
            let message = "The security token included in the request is expired";
            return Err(Refusal::new("ExpiredTokenException", message));
        }
        let text = std::str::from_utf8(request.body())
            .map_err(|_| Refusal::new("SerializationException", "The body is not UTF-8."))?;
        state
            .carry_out(target, text)
            .unwrap_or_else(|| Err(unknown()))
    }
}

impl State {
    /// Lets happen what is due in pipelines, and delivers what their callback steps send.
    #[cfg(feature = "sagemaker-pipelines")]
    fn advance_pipelines(&mut self) {
        let messages = self.sagemaker.advance(&mut self.world);
        #[cfg(feature = "sqs")]
        {
            let now = self.world.now;
            for message in messages {
                self.world.now = message.at;
                let Self { world, sqs, .. } = self;
                sqs.deliver(world, &message.queue_url, &message.body);
            }
            self.world.now = now;
        }
        #[cfg(not(feature = "sqs"))]
        drop(messages);
    }

    /// Has the service that a request is for carry it out; `None` if there is no such service.
    #[cfg_attr(
        not(any(feature = "ecs", feature = "sagemaker-pipelines", feature = "sqs")),
        allow(unused_variables, clippy::match_single_binding)
    )]
    fn carry_out(&mut self, target: Target<'_>, text: &str) -> Option<Result<Bytes, Refusal>> {
        match target.prefix {
            #[cfg(feature = "ecs")]
            super::ecs::PREFIX => {
                let answer = self.ecs.carry_out(&mut self.world, target.operation, text);
                Some(answer.map(Bytes::from))
            }
            #[cfg(feature = "sagemaker-pipelines")]
            super::sagemaker::PREFIX => {
                let answer = self
                    .sagemaker
                    .carry_out(&mut self.world, target.operation, text);
                self.advance_pipelines();
                Some(answer.map(Bytes::from))
            }
            #[cfg(feature = "sqs")]
            super::sqs::PREFIX => {
                let answer = self.sqs.carry_out(&mut self.world, target.operation, text);
                Some(answer.map(Bytes::from))
            }
            #[cfg(all(feature = "ecs", feature = "logs"))]
            super::logs::PREFIX => {
                let answer =
                    super::logs::carry_out(&self.ecs, &mut self.world, target.operation, text);
                Some(answer.map(Bytes::from))
            }
            _ => None,
        }
    }
}

/// The header `X-Amz-Target`.
#[derive(Debug, Clone, Copy)]
struct Target<'a> {
    prefix: &'a str,
    operation: &'a str,
}

impl<'a> Target<'a> {
    fn of(request: &'a Request<Bytes>) -> Self {
        let text = request
            .headers()
            .get("x-amz-target")
            .and_then(|value| value.to_str().ok());
        let (prefix, operation) = text
            .unwrap_or_default()
            .rsplit_once('.')
            .unwrap_or_default();
        Self { prefix, operation }
    }

    #[cfg(feature = "sqs")]
    fn is_receive(self) -> bool {
        self.prefix == super::sqs::PREFIX && self.operation == "ReceiveMessage"
    }

    /// The name of the service in signatures.
    #[allow(clippy::match_single_binding)] // with more services there are more
    fn signing_name(self) -> &'static str {
        match self.prefix {
            #[cfg(feature = "sagemaker-pipelines")]
            super::sagemaker::PREFIX => super::sagemaker::SIGNING_NAME,
            #[cfg(feature = "sqs")]
            super::sqs::PREFIX => "sqs",
            #[cfg(all(feature = "ecs", feature = "logs"))]
            super::logs::PREFIX => "logs",
            _ => "ecs",
        }
    }
}

/// From what came of a request, and the fault it is to have, to the end of the exchange.
fn ending(
    world: &mut World,
    end: End,
    result: Option<Result<Bytes, Refusal>>,
    now: SystemTime,
) -> Ending {
    let result = match (&end, result) {
        (End::Reset { .. }, _) => return Ending::Reset,
        (End::Refuse { refusal, .. }, _) => Err(refusal.clone()),
        (_, Some(result)) => result,
        (_, None) => Ok(Bytes::new()),
    };
    let (status, mut body) = match result {
        Ok(body) => (StatusCode::OK, body),
        Err(refusal) => (refusal.status, refusal.body()),
    };
    if end == End::Truncate {
        body.truncate(body.len() / 2);
    }
    let response = response(world, status, body, now);
    if end == End::Cut {
        Ending::Cut(response)
    } else {
        Ending::Answer(response)
    }
}

fn response(
    world: &mut World,
    status: StatusCode,
    body: Bytes,
    now: SystemTime,
) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-amz-json-1.1"),
    );
    let seconds = DateTime::from_secs(Timestamp::from(now).as_secs());
    let date = seconds.fmt(Format::HttpDate).unwrap_or_default();
    for (name, value) in [("x-amzn-requestid", world.uuid()), ("date", date)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

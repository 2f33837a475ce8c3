use std::time::Duration;

use super::{Decision, History, Outcome, RetrySettings, RetryTokens, decide, pause};
use crate::operation::RetrySafety;

fn after(attempts: u32) -> History {
    History {
        attempts,
        ..History::default()
    }
}

#[test]
fn what_follows_an_attempt() {
    use Decision::{CorrectClock, Pause, RefreshCredentials, Stop};
    use Outcome::{
        ClockSkew, ExpiredCredentials, Final, NoAnswer, NotConnected, ServerFault, Throttled,
    };
    use RetrySafety::{Idempotent, ReadOnly, Unsafe};
    #[rustfmt::skip]
    let table = [
        // outcome            read-only           idempotent          unsafe
        (Throttled,          [Pause,              Pause,              Pause]),
        (ServerFault,        [Pause,              Pause,              Stop]),
        (NotConnected,       [Pause,              Pause,              Pause]),
        (NoAnswer,           [Pause,              Pause,              Stop]),
        (ClockSkew,          [CorrectClock,       CorrectClock,       CorrectClock]),
        (ExpiredCredentials, [RefreshCredentials, RefreshCredentials, RefreshCredentials]),
        (Final,              [Stop,               Stop,               Stop]),
    ];
    for (outcome, expected) in table {
        for (safety, expected) in [ReadOnly, Idempotent, Unsafe].into_iter().zip(expected) {
            assert_eq!(
                decide(outcome, safety, after(1), 3),
                expected,
                "{outcome:?} {safety:?}"
            );
            let mended = [CorrectClock, RefreshCredentials].contains(&expected);
            let last = if mended { expected } else { Stop };
            assert_eq!(
                decide(outcome, safety, after(3), 3),
                last,
                "the attempts are used up"
            );
            assert_eq!(
                decide(outcome, safety, after(1), 1),
                last,
                "one attempt is allowed"
            );
        }
    }
}

#[test]
fn clock_and_credentials_are_mended_once_a_call() {
    let history = History {
        attempts: 2,
        clock_corrected: true,
        credentials_refreshed: false,
    };
    assert_eq!(
        decide(Outcome::ClockSkew, RetrySafety::ReadOnly, history, 5),
        Decision::Stop
    );
    let history = History {
        attempts: 2,
        clock_corrected: false,
        credentials_refreshed: true,
    };
    assert_eq!(
        decide(
            Outcome::ExpiredCredentials,
            RetrySafety::ReadOnly,
            history,
            5
        ),
        Decision::Stop
    );
}

#[test]
fn pauses_double_up_to_a_bound_and_are_a_random_share_of_it() {
    let settings = RetrySettings::default();
    let bounds: Vec<u64> = (1..8)
        .map(|n| pause(&settings, n, 1.0, None).as_secs())
        .collect();
    assert_eq!(bounds, [1, 2, 4, 8, 16, 20, 20]);
    assert_eq!(pause(&settings, 3, 0.25, None), Duration::from_secs(1));
    assert_eq!(pause(&settings, 1, 0.0, None), Duration::ZERO);
    assert_eq!(
        pause(&settings, 1, 0.5, Some(Duration::from_secs(7))),
        Duration::from_secs(7)
    );
    assert_eq!(
        pause(&settings, u32::MAX, 1.0, None),
        Duration::from_secs(20)
    );
}

#[test]
fn retry_tokens_run_out_and_come_back() {
    let mut tokens = RetryTokens::full();
    for _ in 0..100 {
        assert_eq!(tokens.take(Outcome::ServerFault), Some(5));
    }
    assert_eq!(tokens.take(Outcome::ServerFault), None);
    tokens.give_back(Some(5));
    assert_eq!(tokens.take(Outcome::NoAnswer), None, "silence costs more");
    assert_eq!(tokens.take(Outcome::Throttled), Some(5));
    for _ in 0..1000 {
        tokens.give_back(None);
    }
    assert_eq!(tokens, RetryTokens::full());
}

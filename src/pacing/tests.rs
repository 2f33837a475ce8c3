use std::time::Duration;

use super::{Bucket, Pacing};
use crate::operation::Quota;

const QUOTA: Quota = Quota {
    name: "read",
    burst: 3,
    per_second: 2,
};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn a_burst_then_the_rate() {
    let mut bucket = Bucket::new(3.0, 2.0);
    let waits: Vec<Duration> = (0..5).map(|_| bucket.take(ms(0))).collect();
    assert_eq!(waits, [ms(0), ms(0), ms(0), ms(500), ms(1000)]);
    assert_eq!(
        bucket.take(ms(10_000)),
        ms(0),
        "the bucket has filled again"
    );
}

#[test]
fn a_throttle_halves_the_rate_once_and_it_regrows() {
    let mut bucket = Bucket::new(100.0, 20.0);
    bucket.throttled(ms(0));
    bucket.throttled(ms(10));
    assert_eq!(
        bucket.rate.round(),
        10.0,
        "throttles that come together count once"
    );
    bucket.throttled(ms(2000));
    assert!(bucket.rate < 6.0);
    for _ in 0..20 {
        bucket.throttled(ms(2000) + ms(1001));
    }
    bucket.take(ms(120_000));
    assert_eq!(bucket.rate, 20.0);
}

#[test]
fn time_that_goes_back_changes_nothing() {
    let mut bucket = Bucket::new(1.0, 1.0);
    bucket.take(ms(5000));
    assert_eq!(bucket.take(ms(1000)), ms(1000));
}

#[test]
fn quotas_can_be_shared_set_and_turned_off() {
    assert_eq!(Pacing::off().buckets(&[QUOTA]), None);
    let buckets = Pacing::published().share(0.5).buckets(&[QUOTA]).unwrap();
    assert_eq!(buckets, [Bucket::new(1.5, 1.0)]);
    let buckets = Pacing::published()
        .quota("read", 10, 8.0)
        .buckets(&[QUOTA])
        .unwrap();
    assert_eq!(buckets, [Bucket::new(10.0, 8.0)]);
    let problem = |pacing: Pacing| pacing.problem(&[QUOTA]);
    assert_eq!(problem(Pacing::published()), None);
    assert_eq!(
        problem(Pacing::off().quota("write", 1, 1.0)).unwrap(),
        "there is no quota `write`"
    );
    assert!(
        problem(Pacing::published().share(0.0))
            .unwrap()
            .contains("above 0 and at most 1")
    );
    assert!(
        problem(Pacing::published().quota("read", 1, f64::NAN))
            .unwrap()
            .contains("set to nothing")
    );
}

//! Launches on a service and a network of which a fifth of all calls goes wrong.

use std::collections::BTreeMap;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use longshore::ecs::tasks::Launched;
use longshore::simulator::{Fault, Simulator};

use crate::{assert_accounted, assert_complete, client, launch, simulator};

/// Every kind of fault, so that about a fifth of the calls has one.
fn trouble(simulator: &Simulator) {
    let faults = [
        Fault::reset_before(),
        Fault::reset_after(),
        Fault::cut_body(),
        Fault::truncated_body(),
        Fault::status(500),
        Fault::status(503),
        Fault::status_after(),
        Fault::throttle(),
        Fault::hidden_throttle(),
        Fault::expired_token(),
        Fault::slow(Duration::from_secs(3)),
        Fault::slow(Duration::from_secs(90)),
        Fault::error(
            "ClientException",
            "too many tasks in the PROVISIONING state",
        ),
    ];
    let each = 0.22 / faults.len() as f64;
    for fault in faults {
        simulator.inject(fault.probability(each));
    }
}

/// Polls a future so many times at most.
async fn abandoned<T>(future: impl IntoFuture<Output = T>, mut polls: u32) -> Option<T> {
    let mut future = pin!(future.into_future());
    std::future::poll_fn(move |cx| {
        if polls == 0 {
            return Poll::Ready(None);
        }
        polls -= 1;
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a_thousand_launches() {
    let (mut calls, mut faulty, mut incomplete) = (0, 0, 0);
    let mut classes = BTreeMap::new();
    for seed in 0..1000 {
        let mut random = numbers(seed);
        let count = 1 + random() % 100;
        let simulator = simulator(u64::from(seed));
        trouble(&simulator);
        if seed.is_multiple_of(8) {
            simulator.limit_capacity(Some((random() % 100) as usize));
        }
        let deadline = Duration::from_secs(300);
        let launched = launch(&client(&simulator), count).deadline(deadline).await;
        assert!(simulator.elapsed() <= deadline);
        assert_accounted(&simulator, &launched, count);
        incomplete += u32::from(!launched.is_complete());
        for failure in &launched.failures {
            *classes.entry(failure.class).or_insert(0) += 1;
        }
        for request in simulator.requests() {
            calls += 1;
            faulty += u32::from(request.status != Some(200));
        }
        if !launched.is_complete() {
            // Without trouble the same launch finds everything and starts the rest.
            simulator.clear_faults();
            simulator.limit_capacity(None);
            let again = launch(&client(&simulator), count).await;
            assert_complete(&simulator, &again, count);
        }
    }
    println!(
        "{calls} calls, {faulty} refused or unanswered, {incomplete} launches incomplete: {classes:?}"
    );
    assert!(faulty > calls / 8, "{faulty} of {calls}");
    assert!(incomplete < 125, "{incomplete}");
}

#[tokio::test(start_paused = true)]
async fn launches_of_programs_that_crash() {
    let mut crashes = 0;
    for seed in 0..200 {
        let mut random = numbers(seed + 5000);
        let count = 1 + random() % 100;
        let simulator = simulator(u64::from(seed));
        trouble(&simulator);
        let room = (random() % 100) as usize;
        simulator.limit_capacity(Some(room));
        simulator.limit_provisioning(Some(20 + (random() % 100) as usize));
        let mut last: Option<Launched> = None;
        for _ in 0..1 + random() % 5 {
            let ecs = client(&simulator);
            let job = launch(&ecs, count).deadline(Duration::from_secs(60));
            let life = Duration::from_millis(u64::from(random() % 30_000));
            let polls = if random().is_multiple_of(2) {
                random() % 12
            } else {
                u32::MAX
            };
            let job = tokio::time::timeout(life, abandoned(job, polls));
            let ended = tokio::select! {
                ended = job => ended.ok().flatten(),
                () = growth(&simulator, room) => None,
            };
            crashes += u32::from(ended.is_none());
            if let Some(launched) = &ended {
                // An earlier run may have started what this one is uncertain of, and what it
                // has not come to: what it names is there, whatever else is.
                assert!(launched.started.len() + launched.missing() as usize == count as usize);
            }
            assert!(simulator.tasks().len() <= count as usize, "started twice");
            last = ended.or(last);
        }
        simulator.clear_faults();
        simulator.limit_capacity(None);
        simulator.limit_provisioning(None);
        let launched = launch(&client(&simulator), count).await;
        assert_complete(&simulator, &launched, count);
        if let Some(earlier) = last {
            assert!(crate::arns(&earlier).is_subset(&crate::arns(&launched)));
        }
    }
    println!("{crashes} crashes");
    assert!(crashes > 200, "{crashes}");
}

/// Room for another task every other second.
async fn growth(simulator: &Simulator, room: usize) {
    for more in 0.. {
        simulator.limit_capacity(Some(room + more));
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}

/// Numbers that follow a seed (xorshift; the test needs no better ones).
fn numbers(seed: u32) -> impl FnMut() -> u32 {
    let mut state = u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u32::try_from(state >> 33).unwrap()
    }
}

//! Fargate's own quotas, which come on top of the one that the client keeps for all RunTask calls.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::client::Runtime;
use crate::ecs::{LaunchType, RunTaskRequest};
use crate::pacing::Bucket;

const CALLS: (f64, f64) = (20.0, 20.0);
/// Tasks, On-Demand and Spot each.
const TASKS: (f64, f64) = (100.0, 20.0);

/// What a launch takes of the quotas.
#[derive(Debug)]
pub(super) struct FargateQuotas {
    client: Arc<ClientQuotas>,
    on_demand: Share,
    spot: Share,
}

/// The quotas of a client, for all its launches.
#[derive(Debug)]
struct ClientQuotas {
    begun: Instant,
    buckets: Mutex<Buckets>,
}

impl ClientQuotas {
    fn new(share: f64) -> Self {
        let bucket =
            |(burst, rate): (f64, f64)| Bucket::new((burst * share).max(1.0), rate * share);
        Self {
            begun: Instant::now(),
            buckets: Mutex::new(Buckets {
                calls: bucket(CALLS),
                on_demand: bucket(TASKS),
                spot: bucket(TASKS),
            }),
        }
    }
}

#[derive(Debug)]
struct Buckets {
    calls: Bucket,
    on_demand: Bucket,
    spot: Bucket,
}

/// The part of a call's tasks that a provider can get.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Share {
    base: u32,
    weight: f64,
}

impl Share {
    const ALL: Self = Self {
        base: 0,
        weight: 1.0,
    };

    /// The most tasks that this can be.
    fn of(self, count: u32) -> u32 {
        let by_weight = (1..count).find(|n| f64::from(*n) >= f64::from(count) * self.weight);
        match by_weight {
            _ if self == Self::default() => 0,
            None => count,
            Some(n) => (n + self.base).min(count),
        }
    }
}

impl FargateQuotas {
    /// The quotas for a request; none where it does not ask for Fargate, or the client does not
    /// pace. A request without launch
    /// type and strategy follows its cluster, and may run on Fargate all the same: throttles tell.
    pub(super) fn of(request: &RunTaskRequest, runtime: &Runtime) -> Option<Self> {
        let share = runtime.pacing().share_of_all()?;
        let (on_demand, spot) = shares(request)?;
        let client = runtime.companion(|| ClientQuotas::new(share));
        Some(Self {
            client,
            on_demand,
            spot,
        })
    }

    /// Takes what a call for so many tasks needs; returns how long to wait until it is there.
    pub(super) fn take(&self, count: u32) -> Duration {
        let now = self.client.begun.elapsed();
        let mut buckets = self.lock();
        let mut wait = buckets.calls.take(now);
        for _ in 0..self.on_demand.of(count) {
            wait = wait.max(buckets.on_demand.take(now));
        }
        for _ in 0..self.spot.of(count) {
            wait = wait.max(buckets.spot.take(now));
        }
        wait
    }

    /// Notes a throttle. It does not say which quota it is about.
    pub(super) fn throttled(&self) {
        let now = self.client.begun.elapsed();
        let mut buckets = self.lock();
        buckets.calls.throttled(now);
        if self.on_demand != Share::default() {
            buckets.on_demand.throttled(now);
        }
        if self.spot != Share::default() {
            buckets.spot.throttled(now);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Buckets> {
        (self.client.buckets)
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What of a request's tasks can become On-Demand and Spot ones; `None` if none is Fargate's.
fn shares(request: &RunTaskRequest) -> Option<(Share, Share)> {
    let strategy = request.capacity_provider_strategy.as_deref();
    let strategy = strategy.unwrap_or_default();
    let (on_demand, spot) = match &request.launch_type {
        Some(LaunchType::Fargate) => (Share::ALL, Share::default()),
        Some(_) => return None,
        None => {
            let weight = |item: &crate::ecs::CapacityProviderStrategyItem| {
                let default = i32::from(strategy.len() == 1);
                f64::from(item.weight.unwrap_or(default).max(0))
            };
            let sum: f64 = strategy.iter().map(weight).sum();
            let share = |name: &str| {
                let item = strategy.iter().find(|item| item.capacity_provider == name);
                item.map_or_else(Share::default, |item| Share {
                    base: u32::try_from(item.base.unwrap_or(0)).unwrap_or(0),
                    weight: if sum > 0.0 { weight(item) / sum } else { 1.0 },
                })
            };
            (share("FARGATE"), share("FARGATE_SPOT"))
        }
    };
    if on_demand == Share::default() && spot == Share::default() {
        return None;
    }
    Some((on_demand, spot))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::ecs::{CapacityProviderStrategyItem, Client};
    use crate::pacing::Pacing;

    fn item(name: &str, base: i32, weight: i32) -> CapacityProviderStrategyItem {
        let item = CapacityProviderStrategyItem::new(name);
        item.base(base).weight(weight)
    }

    #[tokio::test(start_paused = true)]
    async fn whose_tasks_count_where() {
        let request = || RunTaskRequest::new("a");
        let shares = |request: RunTaskRequest| {
            shares(&request).map(|(on_demand, spot)| (on_demand.of(10), spot.of(10)))
        };
        let with = |items: Vec<_>| shares(request().capacity_provider_strategy(items));
        assert_eq!(shares(request()), None);
        assert_eq!(shares(request().launch_type(LaunchType::Ec2)), None);
        assert_eq!(
            shares(request().launch_type(LaunchType::Fargate)),
            Some((10, 0))
        );
        assert_eq!(with(vec![item("own", 0, 1)]), None);
        let alone = CapacityProviderStrategyItem::new("FARGATE_SPOT");
        assert_eq!(with(vec![alone]), Some((0, 10)));
        let mixed = vec![item("FARGATE", 1, 1), item("FARGATE_SPOT", 0, 3)];
        assert_eq!(with(mixed), Some((4, 8)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_hundred_tasks_at_once_then_twenty_a_second() {
        let request = RunTaskRequest::new("a").launch_type(LaunchType::Fargate);
        let config = || Config::new().region("us-east-1").access_key("a", "b");
        let client = |pacing| Client::new(&config().pacing(pacing)).unwrap();
        let ecs = client(Pacing::published());
        let quotas = FargateQuotas::of(&request, ecs.runtime()).unwrap();
        let waits: Vec<Duration> = (0..12).map(|_| quotas.take(10)).collect();
        assert!(waits[..10].iter().all(Duration::is_zero));
        assert_eq!(waits[10..], [500, 1000].map(Duration::from_millis));
        // Another launch of the same client draws on the same quotas.
        let other = FargateQuotas::of(&request, ecs.runtime()).unwrap();
        assert_eq!(other.take(10), Duration::from_millis(1500));
        quotas.throttled();
        assert!(quotas.take(10) > Duration::from_millis(2000));

        let half = client(Pacing::published().share(0.5));
        let quotas = FargateQuotas::of(&request, half.runtime()).unwrap();
        let free = (0..10).filter(|_| quotas.take(10).is_zero()).count();
        assert_eq!(free, 5);
        assert!(FargateQuotas::of(&request, client(Pacing::off()).runtime()).is_none());
    }
}

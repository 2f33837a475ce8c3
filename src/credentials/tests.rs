use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::{self, future};

use super::{Cache, Credentials, ProvideCredentials, SharedCredentialsProvider, from_vars};
use crate::config::Vars;

/// A provider whose answers come from a list; each takes a second.
#[derive(Debug, Clone)]
struct Scripted {
    asked: Arc<AtomicU32>,
    /// Seconds of validity, or a failure.
    answers: Vec<Option<u64>>,
    epoch: SystemTime,
}

impl ProvideCredentials for Scripted {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let n = self.asked.fetch_add(1, Ordering::SeqCst);
            match self.answers.get(n as usize).copied().flatten() {
                Some(secs) => Ok(Credentials::new(
                    format!("id{n}"),
                    "s",
                    None,
                    Some(self.epoch + Duration::from_secs(secs)),
                    "test",
                )),
                None => Err(provider::error::CredentialsError::provider_error("down")),
            }
        })
    }
}

fn scripted(answers: &[Option<u64>]) -> (Arc<Cache>, Scripted) {
    let provider = Scripted {
        asked: Arc::default(),
        answers: answers.to_vec(),
        epoch: SystemTime::UNIX_EPOCH,
    };
    (
        Arc::new(Cache::new(SharedCredentialsProvider::new(provider.clone()))),
        provider,
    )
}

fn at(secs: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(secs)
}

#[tokio::test(start_paused = true)]
async fn a_thousand_first_calls_are_one_fetch() {
    let (cache, provider) = scripted(&[Some(3600)]);
    let calls: Vec<_> = (0..1000)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move { cache.get(at(0)).await.unwrap().0 })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().access_key_id(), "id0");
    }
    assert_eq!(provider.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn old_credentials_serve_while_good_and_a_failing_provider_rests() {
    let (cache, provider) = scripted(&[Some(3600), None, None, Some(7200)]);
    let id = async |now| {
        cache
            .get(at(now))
            .await
            .map(|(c, _)| c.access_key_id().to_owned())
    };
    assert_eq!(id(0).await.unwrap(), "id0");
    assert_eq!(id(3000).await.unwrap(), "id0", "not yet about to expire");
    assert_eq!(
        id(3400).await.unwrap(),
        "id0",
        "the refresh fails, the old ones are good"
    );
    assert_eq!(id(3410).await.unwrap(), "id0");
    assert_eq!(
        provider.asked.load(Ordering::SeqCst),
        2,
        "no second try so soon"
    );
    tokio::time::advance(Duration::from_secs(31)).await;
    assert_eq!(id(3450).await.unwrap(), "id0");
    tokio::time::advance(Duration::from_secs(31)).await;
    assert_eq!(id(3500).await.unwrap(), "id3");
}

#[tokio::test(start_paused = true)]
async fn what_the_service_calls_expired_is_fetched_anew_once() {
    let (cache, provider) = scripted(&[Some(3600), Some(3600), None]);
    let (_, generation) = cache.get(at(0)).await.unwrap();
    cache.forget(generation);
    let (fresh, _) = cache.get(at(0)).await.unwrap();
    cache.forget(generation);
    assert_eq!(
        cache.get(at(0)).await.unwrap().0.access_key_id(),
        fresh.access_key_id()
    );
    assert_eq!(provider.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_fails_at_first_is_an_error() {
    let (cache, _) = scripted(&[None]);
    let error = cache.get(at(0)).await.unwrap_err();
    assert_eq!(error.to_string(), "the credentials provider failed");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn both_variables_or_neither() {
    let vars = |pairs: &[(&'static str, &'static str)]| {
        let pairs = pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        from_vars(&Vars::new(pairs))
    };
    assert!(vars(&[]).unwrap().is_none());
    assert!(
        vars(&[("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", " ")])
            .unwrap()
            .is_none()
    );
    let both = vars(&[
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "b\n"),
        ("AWS_SESSION_TOKEN", "c"),
    ])
    .unwrap()
    .unwrap();
    assert_eq!(
        (
            both.access_key_id(),
            both.secret_access_key(),
            both.session_token()
        ),
        ("a", "b", Some("c"))
    );
    assert_eq!(
        vars(&[("AWS_ACCESS_KEY_ID", "a")]).unwrap_err().to_string(),
        "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not; set both or neither"
    );
    assert_eq!(
        vars(&[("AWS_SECRET_ACCESS_KEY", "a")])
            .unwrap_err()
            .to_string(),
        "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not; set both or neither"
    );
}

/// Each fetch is 12 seconds slower than the last.
#[tokio::test(start_paused = true)]
async fn good_credentials_do_not_wait_for_a_slow_refresh() {
    #[derive(Debug)]
    struct Slow(AtomicU32);
    impl ProvideCredentials for Slow {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::new(async move {
                let n = self.0.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_secs(u64::from(n) * 12)).await;
                let expiry = Some(at(3600 + u64::from(n) * 3600));
                Ok(Credentials::new(
                    format!("id{n}"),
                    "s",
                    None,
                    expiry,
                    "test",
                ))
            })
        }
    }
    let cache = Cache::new(SharedCredentialsProvider::new(Slow(AtomicU32::new(0))));
    let id = async |now| {
        cache
            .get(at(now))
            .await
            .unwrap()
            .0
            .access_key_id()
            .to_owned()
    };
    assert_eq!(id(0).await, "id0");
    // The first waits a while; those beside it do not wait at all.
    let start = tokio::time::Instant::now();
    let (first, second) = tokio::join!(id(3400), id(3400));
    assert_eq!((first.as_str(), second.as_str()), ("id0", "id0"));
    assert_eq!(start.elapsed().as_secs(), 5);
    // The same fetch goes on, and is done after its 12 seconds.
    assert_eq!(id(3405).await, "id0");
    assert_eq!(id(3410).await, "id1");
    assert_eq!(start.elapsed().as_secs(), 12);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_cancelled_leaves_its_fetch_to_the_next() {
    let (cache, provider) = scripted(&[Some(3600)]);
    let half = Duration::from_millis(600);
    assert!(tokio::time::timeout(half, cache.get(at(0))).await.is_err());
    tokio::time::timeout(half, cache.get(at(0)))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(provider.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failing_provider_is_asked_ever_more_rarely() {
    let (cache, provider) = scripted(&[]);
    for _ in 0..600 {
        assert!(cache.get(at(0)).await.is_err());
        tokio::time::advance(Duration::from_millis(100)).await;
    }
    // After 1, 2, 4, 8, 16 and then 30 seconds, and the second that each failure takes.
    assert_eq!(provider.asked.load(Ordering::SeqCst), 6);
}

#[tokio::test(start_paused = true)]
async fn credentials_that_are_short_lived_or_look_expired_are_not_fetched_for_every_call() {
    // Two minutes: always about to expire, and good.
    let (cache, provider) = scripted(&[Some(120), Some(240)]);
    for second in 0..29 {
        cache.get(at(second)).await.unwrap();
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    assert_eq!(provider.asked.load(Ordering::SeqCst), 1);
    // Expired by our clock, which may be wrong: the service decides.
    let (cache, provider) = scripted(&[Some(1), Some(1)]);
    for _ in 0..100 {
        assert_eq!(cache.get(at(1000)).await.unwrap().0.access_key_id(), "id0");
    }
    assert_eq!(provider.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_panics_is_asked_again() {
    #[derive(Debug)]
    struct Panics(AtomicU32);
    impl ProvideCredentials for Panics {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::new(async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                assert!(self.0.fetch_add(1, Ordering::SeqCst) > 0, "the first time");
                Ok(Credentials::new("id", "s", None, None, "test"))
            })
        }
    }
    let cache = Arc::new(Cache::new(SharedCredentialsProvider::new(Panics(
        AtomicU32::new(0),
    ))));
    let first = tokio::spawn({
        let cache = cache.clone();
        async move { cache.get(at(0)).await.map(|_| ()) }
    });
    assert!(first.await.unwrap_err().is_panic());
    cache.get(at(0)).await.unwrap();
}

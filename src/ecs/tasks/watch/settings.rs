//! How patiently tasks are watched.

use std::time::Duration;

/// How the tasks of a client are watched.
///
/// ```
/// use std::time::Duration;
/// use longshore::ecs::tasks::WatchSettings;
///
/// # fn example(ecs: &longshore::ecs::Client) -> Result<(), longshore::Error> {
/// ecs.set_watch(WatchSettings::new().interval(Duration::from_secs(2)).share(0.25))?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct WatchSettings {
    pub(super) interval: Duration,
    pub(super) share: f64,
    pub(super) grace: Duration,
    pub(super) safety_net: Duration,
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(5),
            share: 0.5,
            grace: Duration::from_secs(30),
            safety_net: Duration::from_secs(60),
        }
    }
}

impl WatchSettings {
    /// The settings that hold unless others are set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How often a task is looked at in which nothing happens; 5 seconds unless set, 1 second at
    /// least. Tasks that have just been started or have just changed are looked at sooner, and
    /// with more than 5,000 tasks everything takes longer: as long as the share of the quota
    /// makes it.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// The part of the quota for reading that watching may use, above 0 and up to 1; half unless
    /// set. The quota is what the client's [`Pacing`](crate::pacing::Pacing) says: 20 calls a second.
    #[must_use]
    pub fn share(mut self, share: f64) -> Self {
        self.share = share;
        self
    }

    /// For how long the service may say that it does not know a task before it is believed; 30
    /// seconds unless set. It says so of tasks that were started a moment ago.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// How often a task is looked at whose events come in
    /// ([`Client::feed`](crate::ecs::Client::feed)); 60 seconds unless set. Events can get lost.
    #[must_use]
    pub fn safety_net(mut self, interval: Duration) -> Self {
        self.safety_net = interval;
        self
    }

    /// The first setting that makes no sense.
    pub(super) fn problem(&self) -> Option<String> {
        if !(self.share > 0.0 && self.share <= 1.0) {
            return Some(format!(
                "watching may use {} of the quota; it must be above 0 and at most 1",
                self.share
            ));
        }
        if self.interval < Duration::from_secs(1) {
            return Some("the interval of watching is below 1 s".to_owned());
        }
        None
    }
}

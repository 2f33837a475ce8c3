//! Who calls, where, and how patiently.

mod error;
mod vars;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use crate::credentials::{self, Cache, Credentials, ProvideCredentials, SharedCredentialsProvider};
use crate::endpoint::{Endpoint, Wish, is_region};
use crate::error::{Error, Seconds};
use crate::operation::Service;
use crate::pacing::Pacing;
use crate::retry::RetrySettings;
use crate::transport::Transport;
#[cfg(feature = "reqwest")]
use crate::transport::{HttpSettings, ReqwestTransport};
use vars::Vars;

pub use error::ConfigError;

/// Configuration of clients. Clients of one configuration share connections and credentials.
///
/// [`Config::from_env`] reads the environment, [`Config::new`] nothing; what is set in code takes
/// precedence. Nothing is checked before a client is made of it.
///
/// ```
/// use longshore::Config;
///
/// let config = Config::new().region("eu-central-1").access_key("AKIDEXAMPLE", "secret");
/// let ecs = longshore::ecs::Client::new(&config)?;
/// # Ok::<_, longshore::Error>(())
/// ```
#[derive(Clone)]
pub struct Config {
    region: Option<Set<String>>,
    endpoint_url: Option<Set<String>>,
    service_urls: BTreeMap<String, Set<String>>,
    fips: Option<Set<bool>>,
    dual_stack: Option<Set<bool>>,
    credentials: Option<Set<Arc<Cache>>>,
    pub(crate) retries: RetrySettings,
    max_attempts_from: From,
    pub(crate) pacing: Pacing,
    pub(crate) call_timeout: Duration,
    pub(crate) attempt_timeout: Duration,
    pub(crate) app_name: Option<String>,
    pub(crate) clock: WallClock,
    pub(crate) seed: Option<u64>,
    #[cfg(feature = "reqwest")]
    http: HttpSettings,
    /// Made by the first client that needs it.
    transport: Arc<OnceLock<Arc<dyn Transport>>>,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum From {
    Default,
    Code,
    Variable(String),
}

impl fmt::Display for From {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Code => f.write_str("code"),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

#[derive(Clone)]
struct Set<T> {
    value: T,
    from: From,
}

impl<T> Set<T> {
    fn in_code(value: T) -> Option<Self> {
        Some(Self {
            value,
            from: From::Code,
        })
    }
}

impl<T: fmt::Debug> fmt::Debug for Set<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} (from {})", self.value, self.from)
    }
}

/// The wall clock that signatures are made by. Everything else goes by tokio's clock.
#[derive(Clone)]
pub struct WallClock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl WallClock {
    /// A clock of one's own, for tests.
    pub fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        (self.0)()
    }
}

impl Default for WallClock {
    fn default() -> Self {
        Self::new(SystemTime::now)
    }
}

impl fmt::Debug for WallClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WallClock")
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            region: None,
            endpoint_url: None,
            service_urls: BTreeMap::new(),
            fips: None,
            dual_stack: None,
            credentials: None,
            retries: RetrySettings::default(),
            max_attempts_from: From::Default,
            pacing: Pacing::default(),
            call_timeout: Duration::from_secs(120),
            attempt_timeout: Duration::from_secs(30),
            app_name: None,
            clock: WallClock::default(),
            seed: None,
            #[cfg(feature = "reqwest")]
            http: HttpSettings::default(),
            transport: Arc::default(),
        }
    }
}

impl Config {
    /// A configuration with defaults only: no region, no credentials.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The configuration of the environment: `AWS_REGION` or `AWS_DEFAULT_REGION`,
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_ENDPOINT_URL` and
    /// `AWS_ENDPOINT_URL_{SERVICE}` (unless `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is true),
    /// `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT`, `AWS_MAX_ATTEMPTS`,
    /// `AWS_SDK_UA_APP_ID`
    /// ([reference](https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html)).
    ///
    /// # Errors
    ///
    /// A variable that cannot be read, and half of a pair of credentials. What is missing is not an
    /// error before a client needs it.
    pub fn from_env() -> Result<Self, Error> {
        // A variable that is no Unicode cannot be one of these.
        Self::from_vars(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))
    }

    /// [`Config::from_env`] with variables given, for tests and for programs that have their own
    /// environment.
    ///
    /// # Errors
    ///
    /// As [`Config::from_env`].
    pub fn from_vars<N: Into<String>, V: Into<String>>(
        vars: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, Error> {
        let vars: BTreeMap<String, String> = vars
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        let vars = Vars(vars);
        let mut config = Self {
            region: vars
                .text("AWS_REGION")
                .or_else(|| vars.text("AWS_DEFAULT_REGION")),
            fips: vars.switch("AWS_USE_FIPS_ENDPOINT")?,
            dual_stack: vars.switch("AWS_USE_DUALSTACK_ENDPOINT")?,
            app_name: vars.text("AWS_SDK_UA_APP_ID").map(|set| set.value),
            ..Self::default()
        };
        let ignored = vars.switch("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?;
        if !ignored.is_some_and(|ignored| ignored.value) {
            config.endpoint_url = vars.text("AWS_ENDPOINT_URL");
            let services = vars
                .0
                .keys()
                .filter(|name| name.starts_with("AWS_ENDPOINT_URL_"));
            config.service_urls = services
                .filter_map(|name| Some((name.clone(), vars.text(name)?)))
                .collect();
        }
        if let Some(set) = vars.text("AWS_MAX_ATTEMPTS") {
            let parsed = set.value.parse().ok().filter(|n: &u32| *n > 0);
            config.retries.max_attempts =
                parsed.ok_or_else(|| vars.invalid("AWS_MAX_ATTEMPTS", "a whole number above 0"))?;
            config.max_attempts_from = set.from;
        }
        let credentials = credentials::from_vars(|name| vars.0.get(name).cloned())
            .map_err(ConfigError::Credentials)?;
        config.credentials = credentials.map(|credentials| Set {
            value: Arc::new(Cache::new(SharedCredentialsProvider::new(credentials))),
            from: From::Variable(credentials::KEY_ID.to_owned()),
        });
        Ok(config)
    }

    /// Sets the region: `eu-central-1`.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Set::in_code(region.into());
        self
    }

    /// Sets the endpoint for all services: `http://localhost:5000`.
    #[must_use]
    pub fn endpoint_url(mut self, url: impl Into<String>) -> Self {
        self.endpoint_url = Set::in_code(url.into());
        self.service_urls.clear();
        self
    }

    /// Chooses endpoints that are validated under FIPS 140.
    #[must_use]
    pub fn use_fips(mut self, on: bool) -> Self {
        self.fips = Set::in_code(on);
        self
    }

    /// Chooses endpoints with IPv4 and IPv6 addresses.
    #[must_use]
    pub fn use_dual_stack(mut self, on: bool) -> Self {
        self.dual_stack = Set::in_code(on);
        self
    }

    /// Sets an access key.
    #[must_use]
    pub fn access_key(self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.credentials(Credentials::new(id, secret, None, None, "code"))
    }

    /// Sets where credentials come from: anything that implements [`ProvideCredentials`], which
    /// [`Credentials`] themselves do. What it provides is kept until shortly before it expires.
    #[must_use]
    pub fn credentials(mut self, provider: impl ProvideCredentials + 'static) -> Self {
        let provider = SharedCredentialsProvider::new(provider);
        self.credentials = Set::in_code(Arc::new(Cache::new(provider)));
        self
    }

    /// Sets how calls are tried again.
    #[must_use]
    pub fn retries(mut self, settings: RetrySettings) -> Self {
        self.retries = settings;
        self.max_attempts_from = From::Code;
        self
    }

    /// Sets how often a call is tried, the first attempt included. 3. An attempt that only finds
    /// out that the clock is off or that the credentials have expired does not count, once a call.
    #[must_use]
    pub fn max_attempts(mut self, count: u32) -> Self {
        self.retries.max_attempts = count;
        self.max_attempts_from = From::Code;
        self
    }

    /// Sets how requests are paced.
    #[must_use]
    pub fn pacing(mut self, pacing: Pacing) -> Self {
        self.pacing = pacing;
        self
    }

    /// Sets how long a call may take with all its attempts and pauses. 2 minutes.
    #[must_use]
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = timeout;
        self
    }

    /// Sets how long one attempt may take. 30 seconds.
    #[must_use]
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// Sets a name for the program, which goes into the user agent.
    #[must_use]
    pub fn app_name(mut self, name: impl Into<String>) -> Self {
        self.app_name = Some(name.into());
        self
    }

    /// Sets the HTTP client.
    #[cfg(feature = "reqwest")]
    #[must_use]
    pub fn http(mut self, settings: HttpSettings) -> Self {
        self.http = settings;
        self.transport = Arc::default();
        self
    }

    /// Sets what carries requests, in place of the HTTP client.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Arc::new(OnceLock::from(Arc::new(transport) as Arc<dyn Transport>));
        self
    }

    /// Sets the wall clock, for tests.
    #[must_use]
    pub fn wall_clock(mut self, clock: WallClock) -> Self {
        self.clock = clock;
        self
    }

    /// Makes jitter and idempotency tokens repeatable, for tests. Two clients with the same seed
    /// make the same tokens, so that the second would be answered with the tasks of the first.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The region, where one is set.
    pub(crate) fn checked_region(&self) -> Result<&str, ConfigError> {
        let region = self.region.as_ref().ok_or(ConfigError::MissingRegion)?;
        let region = region.value.as_str();
        if is_region(region) {
            Ok(region)
        } else {
            Err(ConfigError::InvalidRegion {
                region: region.to_owned(),
            })
        }
    }

    /// Where a service is.
    pub(crate) fn endpoint(&self, service: &Service) -> Result<Endpoint, ConfigError> {
        let url = self
            .service_urls
            .get(service.endpoint_variable)
            .or(self.endpoint_url.as_ref());
        let on = |switch: &Option<Set<bool>>| switch.as_ref().is_some_and(|set| set.value);
        let wish = Wish {
            region: self.checked_region()?,
            fips: on(&self.fips),
            dual_stack: on(&self.dual_stack),
            url: url.map(|set| set.value.as_str()),
        };
        Endpoint::resolve(&service.endpoints, wish)
    }

    pub(crate) fn credentials_cache(&self) -> Option<Arc<Cache>> {
        self.credentials.as_ref().map(|set| set.value.clone())
    }

    /// The transport, made if there is none yet.
    pub(crate) fn shared_transport(&self) -> Result<Arc<dyn Transport>, ConfigError> {
        if let Some(transport) = self.transport.get() {
            return Ok(transport.clone());
        }
        let transport = self.default_transport()?;
        Ok(self.transport.get_or_init(|| transport).clone())
    }

    #[cfg(feature = "reqwest")]
    fn default_transport(&self) -> Result<Arc<dyn Transport>, ConfigError> {
        let transport = ReqwestTransport::new(&self.http).map_err(ConfigError::Transport)?;
        Ok(Arc::new(transport))
    }

    #[cfg(not(feature = "reqwest"))]
    fn default_transport(&self) -> Result<Arc<dyn Transport>, ConfigError> {
        let problem = "there is no HTTP client; turn on the feature `reqwest`, or call \
                       Config::transport";
        Err(ConfigError::InvalidSetting {
            problem: problem.to_owned(),
        })
    }

    /// Checks the settings that do not depend on a service.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let problem = if self.retries.max_attempts == 0 {
            "a call has to be tried at least once; max_attempts is 0"
        } else if self.call_timeout.is_zero() || self.attempt_timeout.is_zero() {
            "a timeout is 0, so that no call could ever succeed"
        } else if self.retries.base_delay > self.retries.max_delay {
            "the first pause between attempts is longer than the longest"
        } else {
            return Ok(());
        };
        Err(ConfigError::InvalidSetting {
            problem: problem.to_owned(),
        })
    }
}

impl fmt::Debug for Config {
    /// Shows where each value came from, and no secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Shown<T>(T);
        impl<T: fmt::Display> fmt::Debug for Shown<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
        let credentials = match &self.credentials {
            Some(set) => format!("set (from {})", set.from),
            None => "none".to_owned(),
        };
        let attempts = format!(
            "{} (from {})",
            self.retries.max_attempts, self.max_attempts_from
        );
        f.debug_struct("Config")
            .field("region", &self.region)
            .field("endpoint_url", &self.endpoint_url)
            .field("service_urls", &self.service_urls)
            .field("fips", &self.fips)
            .field("dual_stack", &self.dual_stack)
            .field("credentials", &Shown(credentials))
            .field("max_attempts", &Shown(attempts))
            .field("pacing", &self.pacing)
            .field("call_timeout", &Shown(Seconds(self.call_timeout)))
            .field("attempt_timeout", &Shown(Seconds(self.attempt_timeout)))
            .finish_non_exhaustive()
    }
}

//! Who calls, where, and how patiently.

#[cfg(feature = "aws-config")]
mod aws;
mod clock;
mod error;
mod ini;
mod origin;
mod profiles;
mod read;
mod resolve;
mod vars;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use litemap::LiteMap;

use crate::credentials::{Cache, Credentials, ProvideCredentials, SharedCredentialsProvider};
use crate::error::Error;
use crate::pacing::Pacing;
use crate::retry::RetrySettings;
use crate::transport::Transport;
#[cfg(feature = "reqwest")]
use crate::transport::{HttpSettings, Proxy};

pub use clock::WallClock;
pub use error::ConfigError;

#[cfg(test)]
pub(crate) use profiles::fuzzed_files;

pub(crate) use origin::{From, Set};
pub(crate) use profiles::{Profiles, Section, chosen};
pub(crate) use read::EndpointUrls;
pub(crate) use vars::Vars;

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
    urls: EndpointUrls,
    plain_http: bool,
    fips: Option<Set<bool>>,
    dual_stack: Option<Set<bool>>,
    credentials: Source,
    pub(crate) retries: RetrySettings,
    max_attempts_from: From,
    retry_mode: Option<Set<String>>,
    pub(crate) pacing: Pacing,
    pub(crate) call_timeout: Duration,
    pub(crate) attempt_timeout: Duration,
    pub(crate) app_name: Option<Set<String>>,
    pub(crate) clock: WallClock,
    pub(crate) seed: Option<u64>,
    #[cfg(feature = "reqwest")]
    http: HttpSettings,
    /// What the environment and files say; the settings in code take precedence.
    ca_bundle: Option<Set<PathBuf>>,
    #[cfg(feature = "reqwest")]
    proxy: Option<Set<Proxy>>,
    #[cfg(feature = "aws-config")]
    sdk: Option<Arc<aws_config::SdkConfig>>,
    /// Made by the first client that needs it.
    transport: Arc<OnceLock<Arc<dyn Transport>>>,
}

/// Where credentials come from.
#[derive(Clone, Default)]
enum Source {
    #[default]
    None,
    Given(Set<Arc<Cache>>),
    /// The default chain, made by the first client that needs it, of what the clients have.
    #[cfg(feature = "credentials-chain")]
    Chain(Arc<Vars>, Arc<OnceLock<Arc<Cache>>>),
}

impl Default for Config {
    fn default() -> Self {
        Self {
            region: None,
            urls: EndpointUrls::default(),
            plain_http: false,
            fips: None,
            dual_stack: None,
            credentials: Source::None,
            retries: RetrySettings::default(),
            max_attempts_from: From::Default,
            retry_mode: None,
            pacing: Pacing::default(),
            call_timeout: Duration::from_secs(120),
            attempt_timeout: Duration::from_secs(30),
            app_name: None,
            clock: WallClock::default(),
            seed: None,
            #[cfg(feature = "reqwest")]
            http: HttpSettings::default(),
            ca_bundle: None,
            #[cfg(feature = "reqwest")]
            proxy: None,
            #[cfg(feature = "aws-config")]
            sdk: None,
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

    /// The configuration of this machine: the environment's variables, then the shared `config` and
    /// `credentials` files, under the names that the AWS tools have for the settings
    /// ([reference](https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html)).
    ///
    /// | variable | setting in a file |
    /// |---|---|
    /// | `AWS_REGION`, `AWS_DEFAULT_REGION` | `region` |
    /// | `AWS_ENDPOINT_URL_{SERVICE}`, `AWS_ENDPOINT_URL` | `endpoint_url`, in `services` sections too |
    /// | `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` | `ignore_configured_endpoint_urls` |
    /// | `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT` | `use_fips_endpoint`, `use_dualstack_endpoint` |
    /// | `AWS_MAX_ATTEMPTS`, `AWS_RETRY_MODE` | `max_attempts`, `retry_mode` |
    /// | `AWS_CA_BUNDLE` | `ca_bundle` |
    /// | `AWS_SDK_UA_APP_ID` | `sdk_ua_app_id` |
    /// | `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`, in lower case too | |
    /// | `AWS_PROFILE`, `AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE` | |
    ///
    /// Retry modes other than `standard` are taken for it: what `adaptive` adds,
    /// [pacing](Config::pacing) does in any case.
    ///
    /// Credentials are those of `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and
    /// `AWS_SESSION_TOKEN`; without them, with the feature `credentials-chain`, those of the
    /// [default chain](crate::credentials#the-default-chain).
    ///
    /// # Errors
    ///
    /// A value or a file that cannot be read, and half of a pair of credentials. What is missing is
    /// not an error before a client needs it.
    pub fn from_env() -> Result<Self, Error> {
        let mut config = Self::read(Self::environment())?;
        config.proxies_of_the_system();
        Ok(config)
    }

    /// [`Config::from_env`] with a profile of the files, whatever `AWS_PROFILE` and the
    /// credentials of the environment say.
    ///
    /// # Errors
    ///
    /// As [`Config::from_env`].
    pub fn from_profile(name: impl AsRef<str>) -> Result<Self, Error> {
        let mut config = Self::read(Self::environment().with_profile(name.as_ref()))?;
        config.proxies_of_the_system();
        Ok(config)
    }

    /// [`Config::from_env`] with variables given, for tests and for programs that have their own
    /// environment. Without `HOME` and the variables that name files, no file is read.
    ///
    /// # Errors
    ///
    /// As [`Config::from_env`].
    pub fn from_vars<N: Into<String>, V: Into<String>>(
        vars: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, Error> {
        let vars = vars.into_iter().map(|(n, v)| (n.into(), v.into()));
        Self::read(Vars::new(vars))
    }

    fn environment() -> Vars {
        // A variable that is no Unicode cannot be one of these.
        Vars::new(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))
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
        self.urls = EndpointUrls {
            common: Set::in_code(url.into()),
            services: LiteMap::new_vec(),
        };
        self
    }

    /// Allows endpoints without TLS on other machines, where anyone between can read and change
    /// what is sent. Without it, `http://` is for this machine only.
    #[must_use]
    pub fn allow_plain_http(mut self) -> Self {
        self.plain_http = true;
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
        self.credentials = Source::Given(Set {
            value: Arc::new(Cache::new(provider)),
            from: From::Code,
        });
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
        self.app_name = Set::in_code(name.into());
        self
    }

    /// Sets the HTTP client.
    #[cfg(feature = "reqwest")]
    #[must_use]
    pub fn http(mut self, settings: HttpSettings) -> Self {
        self.http = settings;
        self.transport = Arc::default();
        self.new_connections();
        self
    }

    /// Sets what carries requests, in place of the HTTP client.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Arc::new(OnceLock::from(Arc::new(transport) as Arc<dyn Transport>));
        self.new_connections();
        self
    }

    /// Credentials that were fetched over other connections are not this configuration's.
    fn new_connections(&mut self) {
        #[cfg(feature = "credentials-chain")]
        if let Source::Chain(_, made) = &mut self.credentials {
            *made = Arc::default();
        }
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
}

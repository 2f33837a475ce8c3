//! What a client asks of its configuration.

use std::fmt;
use std::sync::Arc;

use litemap::LiteMap;

use super::{Config, ConfigError, Set, Source};
use crate::credentials::Cache;
use crate::endpoint::{Endpoint, Wish, is_region, without_user};
use crate::error::Seconds;
use crate::operation::Service;
#[cfg(feature = "reqwest")]
use crate::transport::ReqwestTransport;
use crate::transport::Transport;

fn on(switch: &Option<Set<bool>>) -> bool {
    switch.as_ref().is_some_and(|set| set.value)
}

impl Config {
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
        let url = self.urls.of(service.endpoint_variable).map(str::to_owned);
        #[cfg(feature = "aws-config")]
        let url = self.sdk_url(service).or(url);
        let wish = Wish {
            region: self.checked_region()?,
            fips: on(&self.fips),
            dual_stack: on(&self.dual_stack),
            url: url.as_deref(),
            plain_http: self.plain_http,
        };
        Endpoint::resolve(&service.endpoints, wish)
    }

    pub(crate) fn shown_app_name(&self) -> Option<&str> {
        self.app_name.as_ref().map(|set| set.value.as_str())
    }

    /// The credentials, shared by all clients of this configuration.
    pub(crate) fn credentials_cache(&self) -> Result<Option<Arc<Cache>>, ConfigError> {
        match &self.credentials {
            Source::None => Ok(None),
            Source::Given(set) => Ok(Some(set.value.clone())),
            #[cfg(feature = "credentials-chain")]
            Source::Chain(vars, made) => {
                if let Some(cache) = made.get() {
                    return Ok(Some(cache.clone()));
                }
                let chain = crate::credentials::Chain {
                    vars: vars.clone(),
                    transport: self.shared_transport()?,
                    region: self.checked_region().ok().map(str::to_owned),
                    fips: on(&self.fips),
                    dual_stack: on(&self.dual_stack),
                    plain_http: self.plain_http,
                    clock: self.clock.clone(),
                };
                let provider = crate::credentials::SharedCredentialsProvider::new(chain);
                Ok(Some(
                    made.get_or_init(|| Arc::new(Cache::new(provider))).clone(),
                ))
            }
        }
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
        let mut settings = self.http.clone();
        if settings.ca_bundle.is_none() {
            settings.ca_bundle = self.ca_bundle.as_ref().map(|set| set.value.clone());
        }
        if settings.proxy.is_none() {
            settings.proxy = self.proxy.as_ref().map(|set| set.value.clone());
        }
        let transport = ReqwestTransport::new(&settings).map_err(ConfigError::Transport)?;
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

/// A URL may have a password in it, which is refused only later.
fn plain(url: &Set<String>) -> Set<String> {
    url.clone().map(|url| without_user(&url))
}

impl fmt::Debug for Config {
    /// Shows where each value came from, and no secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Those of single services.
        struct Urls<'a>(&'a LiteMap<String, Set<String>>);
        impl fmt::Debug for Urls<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut map = f.debug_map();
                for (variable, set) in self.0 {
                    map.entry(variable, &plain(set));
                }
                map.finish()
            }
        }
        struct Shown<T>(T);
        impl<T: fmt::Display> fmt::Debug for Shown<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
        let credentials = match &self.credentials {
            Source::Given(set) => format!("set (from {})", set.from),
            Source::None => "none".to_owned(),
            #[cfg(feature = "credentials-chain")]
            Source::Chain(..) => "default chain".to_owned(),
        };
        let attempts = format!(
            "{} (from {})",
            self.retries.max_attempts, self.max_attempts_from
        );
        let mut fields = f.debug_struct("Config");
        fields
            .field("region", &self.region)
            .field("endpoint_url", &self.urls.common.as_ref().map(plain))
            .field("service_urls", &Urls(&self.urls.services))
            .field("plain_http", &self.plain_http)
            .field("fips", &self.fips)
            .field("dual_stack", &self.dual_stack)
            .field("credentials", &Shown(credentials))
            .field("max_attempts", &Shown(attempts))
            .field("retry_mode", &self.retry_mode)
            .field("pacing", &self.pacing)
            .field("call_timeout", &Shown(Seconds(self.call_timeout)))
            .field("attempt_timeout", &Shown(Seconds(self.attempt_timeout)))
            .field("app_name", &self.app_name)
            .field("ca_bundle", &self.ca_bundle);
        #[cfg(feature = "reqwest")]
        fields.field("proxy", &self.proxy).field("http", &self.http);
        fields.finish_non_exhaustive()
    }
}

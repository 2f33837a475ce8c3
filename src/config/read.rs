//! Reading a configuration from variables and files.

use std::sync::Arc;

use litemap::LiteMap;

use super::vars::invalid;
use super::{Config, ConfigError, From, Profiles, Section, Set, Source, Vars, chosen};
use crate::credentials::{self, Cache, SharedCredentialsProvider};
use crate::error::Error;
#[cfg(feature = "reqwest")]
use crate::transport::Proxy;

/// Endpoints that are set, in place of those of the rules.
#[derive(Clone, Default)]
pub(crate) struct EndpointUrls {
    pub(crate) common: Option<Set<String>>,
    /// Those of single services, by their variable.
    pub(crate) services: LiteMap<String, Set<String>>,
}

impl EndpointUrls {
    /// The endpoint that is set for a service.
    pub(crate) fn of(&self, variable: &str) -> Option<&str> {
        let set = self.services.get(variable).or(self.common.as_ref())?;
        Some(&set.value)
    }

    /// What variables say, in single before in common, beats what files say in the same order.
    pub(crate) fn read(vars: &Vars, files: &Profiles) -> Result<Self, ConfigError> {
        const COMMON: &str = "AWS_ENDPOINT_URL";
        let none = Section::default();
        let profile = files.profile(chosen(vars)).unwrap_or(&none);
        let ignored = (vars.switch("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?)
            .or(profile.switch("ignore_configured_endpoint_urls")?);
        if ignored.is_some_and(|ignored| ignored.value) {
            return Ok(Self::default());
        }
        let mut urls = Self {
            common: vars.text(COMMON),
            services: LiteMap::new_vec(),
        };
        if urls.common.is_none() {
            urls.services = files.service_urls(profile);
            urls.common = profile.text("endpoint_url");
        }
        let names = vars
            .names()
            .filter(|name| name.starts_with("AWS_ENDPOINT_URL_"));
        for name in names {
            if let Some(url) = vars.text(name) {
                urls.services.insert(name.to_owned(), url);
            }
        }
        Ok(urls)
    }
}

impl Config {
    pub(super) fn read(vars: Vars) -> Result<Self, Error> {
        let files = Profiles::load(&vars)?;
        let none = Section::default();
        let profile = files.profile(chosen(&vars)).unwrap_or(&none);
        let text = |variable, name| vars.text(variable).or_else(|| profile.text(name));
        let switch = |variable, name| match vars.switch(variable)? {
            Some(set) => Ok(Some(set)),
            None => profile.switch(name),
        };
        let region = vars.text("AWS_REGION");
        let mut config = Self {
            region: region.or_else(|| text("AWS_DEFAULT_REGION", "region")),
            urls: EndpointUrls::read(&vars, &files)?,
            fips: switch("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")?,
            dual_stack: switch("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")?,
            app_name: text("AWS_SDK_UA_APP_ID", "sdk_ua_app_id"),
            ca_bundle: text("AWS_CA_BUNDLE", "ca_bundle")
                .map(|set| set.map(|path| vars.expand(&path))),
            #[cfg(feature = "reqwest")]
            proxy: Some(Proxy::of_vars(&vars)),
            ..Self::default()
        };
        if let Some(set) = text("AWS_MAX_ATTEMPTS", "max_attempts") {
            match set.value.parse() {
                Ok(count @ 1..) => config.retries.max_attempts = count,
                _ => return Err(invalid("max_attempts", set, "a whole number above 0").into()),
            }
            config.max_attempts_from = set.from;
        }
        if let Some(set) = text("AWS_RETRY_MODE", "retry_mode") {
            if !["standard", "adaptive", "legacy"].contains(&set.value.as_str()) {
                return Err(invalid("retry_mode", set, "standard, adaptive or legacy").into());
            }
            config.retry_mode = Some(set);
        }
        config.credentials =
            match credentials::from_vars(&vars).map_err(ConfigError::Credentials)? {
                Some(credentials) => Source::Given(Set {
                    value: Arc::new(Cache::new(SharedCredentialsProvider::new(credentials))),
                    from: From::Variable(credentials::KEY_ID.to_owned()),
                }),
                None => Self::beyond_the_environment(vars),
            };
        Ok(config)
    }

    #[cfg(feature = "credentials-chain")]
    fn beyond_the_environment(vars: Vars) -> Source {
        Source::Chain(Arc::new(vars), Arc::default())
    }

    #[cfg(not(feature = "credentials-chain"))]
    fn beyond_the_environment(_: Vars) -> Source {
        Source::None
    }

    /// Where variables name no proxy, the system's settings may.
    pub(super) fn proxies_of_the_system(&mut self) {
        #[cfg(feature = "reqwest")]
        if self
            .proxy
            .as_ref()
            .is_some_and(|set| set.from == From::Default)
        {
            self.proxy = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_in_code_beats_the_credentials_of_the_environment() {
        let vars = [
            ("AWS_ACCESS_KEY_ID", "a"),
            ("AWS_SECRET_ACCESS_KEY", "b"),
            ("AWS_PROFILE", "other"),
        ];
        let vars = Vars::new(vars.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(chosen(&vars), "other");
        let vars = vars.with_profile("mine");
        assert_eq!(chosen(&vars), "mine");
        let config = Config::read(vars).unwrap();
        assert!(!matches!(config.credentials, Source::Given(_)));
    }
}

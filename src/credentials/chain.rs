//! The default chain: credentials from wherever AWS tools find them.
//!
//! Every source says one of three things: it is not there, here are credentials, or it is there and
//! does not work. Only the first leads to the next source.

mod ask;
mod container;
mod keys;
mod metadata;
mod plan;
mod process;
mod sso;
mod sts;

use std::sync::Arc;

use aws_credential_types::provider::{error::CredentialsError as Cause, future};

use super::{Credentials, CredentialsError, ProvideCredentials};
use crate::config::{EndpointUrls, Profiles, Vars, WallClock, chosen};
use crate::endpoint::{Endpoint, Endpoints, Wish};
use crate::error::OneLine;
use crate::transport::Transport;
use plan::{Base, Plan, plan};

/// What there is to find credentials with.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) vars: Arc<Vars>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) region: Option<String>,
    pub(crate) fips: bool,
    pub(crate) dual_stack: bool,
    pub(crate) plain_http: bool,
    pub(crate) clock: WallClock,
}

type Found = Result<Option<Credentials>, CredentialsError>;

impl ProvideCredentials for Chain {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(
            async move { self.find().await.map_err(Cause::provider_error) },
        )
    }
}

/// A sentence as an error, on one line: names of profiles and the like are part of it.
fn broken(message: impl AsRef<str>) -> CredentialsError {
    CredentialsError::new(OneLine(message.as_ref()).to_string())
}

impl Chain {
    /// Asks one source after the other. The files are small and read anew each time: tools write
    /// to them.
    async fn find(&self) -> Result<Credentials, CredentialsError> {
        let mut absent = vec![format!("{} is not set", super::KEY_ID)];
        let files = Profiles::load(&self.vars).map_err(|error| broken(error.to_string()))?;
        if let Some(problem) = files.missing.first() {
            return Err(broken(problem));
        }
        let name = chosen(&self.vars);
        match plan(&files, name, &self.vars)? {
            Some(plan) => return self.carry_out(plan, &files).await,
            None => absent.push(plan::absence(&files, name)),
        }
        match self.web_identity_of_vars()? {
            Some(identity) => return self.assume_with_web_identity(&identity, &files).await,
            None => absent.push("AWS_WEB_IDENTITY_TOKEN_FILE is not set".to_owned()),
        }
        match self.container().await? {
            Some(credentials) => return Ok(credentials),
            None => absent.push("there is no AWS_CONTAINER_CREDENTIALS_… variable".to_owned()),
        }
        match self.metadata(&files).await? {
            Ok(credentials) => return Ok(credentials),
            Err(why) => absent.push(why),
        }
        Err(broken(format!(
            "there are no credentials: {}",
            absent.join("; ")
        )))
    }

    /// The credentials of a profile.
    async fn carry_out(
        &self,
        plan: Plan,
        files: &Profiles,
    ) -> Result<Credentials, CredentialsError> {
        let of_profile = |error: CredentialsError| {
            broken(format!("the profile `{}`: {}", plan.profile, error.message))
        };
        let nothing = |what: &str| broken(format!("{what}, but there are none"));
        let mut credentials = match &plan.base {
            Base::Keys(credentials) => Ok(credentials.clone()),
            Base::WebIdentity(identity) => self.assume_with_web_identity(identity, files).await,
            Base::Sso(sso) => self.sso(sso, files).await,
            Base::Process(command) => process::run(command, self.clock.now()).await,
            Base::Environment => super::from_vars(&self.vars).and_then(|found| {
                found.ok_or_else(|| nothing("it wants the credentials of the environment"))
            }),
            Base::Container => self.container().await.and_then(|found| {
                found.ok_or_else(|| nothing("it wants the credentials of the container"))
            }),
            Base::Metadata => self.metadata(files).await.and_then(|found| {
                found.map_err(|why| {
                    broken(format!(
                        "it wants the credentials of the EC2 instance, but {why}"
                    ))
                })
            }),
        }
        .map_err(of_profile)?;
        for role in &plan.roles {
            credentials = (self.assume(role, &credentials, files).await).map_err(of_profile)?;
        }
        Ok(credentials)
    }

    /// Where a service is that credentials come from.
    fn endpoint(
        &self,
        endpoints: &Endpoints,
        variable: &str,
        region: &str,
        files: &Profiles,
    ) -> Result<Endpoint, CredentialsError> {
        let wrong = |error: crate::config::ConfigError| broken(error.to_string());
        let urls = EndpointUrls::read(&self.vars, files).map_err(wrong)?;
        let wish = Wish {
            region,
            fips: self.fips,
            dual_stack: self.dual_stack,
            url: urls.of(variable),
            plain_http: self.plain_http,
        };
        Endpoint::resolve(endpoints, wish).map_err(wrong)
    }
}

/// The parsers of answers, for tests with broken input.
#[cfg(test)]
pub(crate) fn fuzzed_keys(bytes: &[u8]) -> Result<(), String> {
    let mut members = keys::object(bytes)?;
    keys::credentials(&mut members, keys::ENDPOINT, "test").map(drop)
}

#[cfg(test)]
pub(crate) fn fuzzed_role(bytes: &[u8]) -> Result<(), String> {
    sts::read(bytes).map(drop)
}

#[cfg(test)]
pub(crate) fn fuzzed_plan(files: &Profiles, name: &str) -> Result<(), String> {
    let plan = plan(files, name, &Vars::default());
    plan.map(drop).map_err(|error| error.message)
}

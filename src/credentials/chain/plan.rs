//! What a profile says about credentials, read without asking anyone.

use super::sts::{Role, WebIdentity};
use super::{CredentialsError, broken};
use crate::config::{Profiles, Section, Vars};
use crate::credentials::{Credentials, Secret};
use crate::endpoint::is_region;

/// Where to begin.
#[derive(Debug)]
pub(super) enum Base {
    Keys(Credentials),
    WebIdentity(WebIdentity),
    Sso(Sso),
    Process(Secret),
    Environment,
    Container,
    Metadata,
}

/// How a profile gets its credentials: those of the base take on one role after the other.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) profile: String,
    pub(super) base: Base,
    pub(super) roles: Vec<Role>,
}

/// A sign-in at IAM Identity Center.
#[derive(Debug)]
pub(super) struct Sso {
    pub(super) profile: String,
    /// The name of the session, in the newer form of profiles.
    pub(super) session: Option<String>,
    pub(super) start_url: String,
    pub(super) region: String,
    pub(super) account: String,
    pub(super) role: String,
}

const SSO: [&str; 5] = [
    "sso_session",
    "sso_account_id",
    "sso_role_name",
    "sso_start_url",
    "sso_region",
];

/// Reads a profile: `None` where it says nothing of credentials.
pub(super) fn plan(
    files: &Profiles,
    name: &str,
    vars: &Vars,
) -> Result<Option<Plan>, CredentialsError> {
    let mut roles = Vec::new();
    let mut visited: Vec<&str> = Vec::new();
    let mut current = name;
    let base = loop {
        let says = |what: String| Err(broken(format!("the profile `{current}` {what}")));
        let Some(profile) = files.profile(current) else {
            return match visited.last() {
                Some(from) => Err(broken(format!(
                    "the profile `{from}` has source_profile = {current}, and there is no such profile"
                ))),
                None if vars.get("AWS_PROFILE").is_some() => Err(broken(format!(
                    "AWS_PROFILE is `{current}`, and {}",
                    absence(files, current)
                ))),
                None => Ok(None),
            };
        };
        if visited.contains(&current) {
            return Err(broken(format!(
                "the profiles {} are each other's source_profile",
                visited.join(", ")
            )));
        }
        visited.push(current);
        if profile.get("login_session").is_some() {
            return says(
                "signs in by `login_session`, which is not served here; export the credentials \
                 with `aws configure export-credentials`"
                    .to_owned(),
            );
        }
        let Some(arn) = profile.get("role_arn") else {
            for setting in [
                "source_profile",
                "credential_source",
                "web_identity_token_file",
            ] {
                if profile.get(setting).is_some() {
                    return says(format!("has {setting}, but no role_arn"));
                }
            }
            match base(current, profile, files)? {
                Some(base) => break base,
                None if roles.is_empty() => return Ok(None),
                None => return says("is a source_profile, but has no credentials".to_owned()),
            }
        };
        if let Some(file) = profile.get("web_identity_token_file") {
            break Base::WebIdentity(WebIdentity {
                token_file: vars.expand(file),
                role_arn: arn.to_owned(),
                session: profile.get("role_session_name").map(str::to_owned),
            });
        }
        if profile.get("mfa_serial").is_some() {
            return says(
                "wants a code of a multi-factor device (mfa_serial), which nobody can be asked \
                 for here; use credentials of `aws sts get-session-token`"
                    .to_owned(),
            );
        }
        roles.push(role(current, profile, arn)?);
        match (
            profile.get("source_profile"),
            profile.get("credential_source"),
        ) {
            (Some(_), Some(_)) => {
                return says(
                    "has both source_profile and credential_source; remove one".to_owned(),
                );
            }
            (None, None) => {
                return says(
                    "has role_arn, but no source_profile, credential_source or \
                     web_identity_token_file to take the role with"
                        .to_owned(),
                );
            }
            // A profile can be its own source: then it has keys.
            (Some(source), None) if source == current => match keys(current, profile)? {
                Some(keys) => break Base::Keys(keys),
                None => return says("is its own source_profile, but has no keys".to_owned()),
            },
            (Some(source), None) => current = source,
            (None, Some(source)) => {
                break match source {
                    "Environment" => Base::Environment,
                    "EcsContainer" => Base::Container,
                    "Ec2InstanceMetadata" => Base::Metadata,
                    _ => {
                        return says(
                            "has a credential_source that is none of Environment, EcsContainer \
                             and Ec2InstanceMetadata"
                                .to_owned(),
                        );
                    }
                };
            }
        }
    };
    // The last role found is the first to be taken.
    roles.reverse();
    Ok(Some(Plan {
        profile: name.to_owned(),
        base,
        roles,
    }))
}

/// That a profile has no credentials, in words.
pub(super) fn absence(files: &Profiles, name: &str) -> String {
    if files.profile(name).is_some() {
        return format!("the profile `{name}` has none");
    }
    let paths: Vec<String> = (files.paths.iter())
        .map(|path| path.display().to_string())
        .collect();
    if paths.is_empty() {
        return "there is no home folder to look for files in".to_owned();
    }
    format!("there is no profile `{name}` in {}", paths.join(" and "))
}

/// What a profile without a role has.
fn base(name: &str, profile: &Section, files: &Profiles) -> Result<Option<Base>, CredentialsError> {
    if SSO.iter().any(|setting| profile.get(setting).is_some()) {
        return sso(name, profile, files).map(|sso| Some(Base::Sso(sso)));
    }
    if let Some(command) = profile.get("credential_process") {
        return Ok(Some(Base::Process(Secret::new(command))));
    }
    Ok(keys(name, profile)?.map(Base::Keys))
}

fn keys(name: &str, profile: &Section) -> Result<Option<Credentials>, CredentialsError> {
    const ID: &str = "aws_access_key_id";
    const SECRET: &str = "aws_secret_access_key";
    let half = |has, lacks| {
        Err(broken(format!(
            "the profile `{name}` has {has}, but no {lacks}"
        )))
    };
    match (profile.get(ID), profile.get(SECRET)) {
        (None, None) => Ok(None),
        (Some(_), None) => half(ID, SECRET),
        (None, Some(_)) => half(SECRET, ID),
        (Some(id), Some(secret)) => {
            let token = profile.get("aws_session_token").map(str::to_owned);
            Ok(Some(Credentials::new(id, secret, token, None, "profile")))
        }
    }
}

fn role(name: &str, profile: &Section, arn: &str) -> Result<Role, CredentialsError> {
    let duration = match profile
        .get("duration_seconds")
        .map(|text| (text, text.parse()))
    {
        None => None,
        Some((_, Ok(seconds @ 900..=43_200))) => Some(seconds),
        Some((text, _)) => {
            return Err(broken(format!(
                "the profile `{name}` has duration_seconds = {text}; a role lasts from 900 to 43200 seconds"
            )));
        }
    };
    Ok(Role {
        arn: arn.to_owned(),
        session: profile.get("role_session_name").map(str::to_owned),
        external_id: profile.get("external_id").map(str::to_owned),
        duration,
    })
}

/// The two forms: a `sso-session` section that profiles share, or all in the profile.
fn sso(name: &str, profile: &Section, files: &Profiles) -> Result<Sso, CredentialsError> {
    let lacks = |place: String, setting: &str| {
        broken(format!(
            "{place} is for IAM Identity Center, but has no {setting}"
        ))
    };
    let own = |setting: &str| {
        let value = profile.get(setting).map(str::to_owned);
        value.ok_or_else(|| lacks(format!("the profile `{name}`"), setting))
    };
    let session = profile.get("sso_session").map(str::to_owned);
    let (start_url, region) = match &session {
        None => (own("sso_start_url")?, own("sso_region")?),
        Some(session) => {
            let section = files.sso_session(session).ok_or_else(|| {
                broken(format!(
                    "the profile `{name}` has sso_session = {session}, and there is no section \
                     [sso-session {session}]"
                ))
            })?;
            let of_session = |setting: &str| {
                let value = section.get(setting).map(str::to_owned);
                value.ok_or_else(|| lacks(format!("the section [sso-session {session}]"), setting))
            };
            (of_session("sso_start_url")?, of_session("sso_region")?)
        }
    };
    if !is_region(&region) {
        return Err(broken(format!(
            "the profile `{name}` has an sso_region that is no region"
        )));
    }
    Ok(Sso {
        profile: name.to_owned(),
        session,
        start_url,
        region,
        account: own("sso_account_id")?,
        role: own("sso_role_name")?,
    })
}

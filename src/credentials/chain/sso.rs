//! IAM Identity Center: the token that `aws sso login` leaves behind, for credentials
//! (<https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html>).

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header};
use serde_json::{Map, Value};
use sha1::{Digest as _, Sha1};

use super::ask::{Patience, add_secret, brief, get};
use super::keys::{self, Names};
use super::plan::Sso;
use super::{Chain, CredentialsError, broken};
use crate::config::Profiles;
use crate::credentials::{Credentials, Secret};
use crate::endpoint::{Endpoints, Hosts};

const PORTAL: Endpoints = Endpoints {
    usual: Hosts {
        plain: "portal.sso.{region}",
        fips: "portal.sso-fips.{region}",
        dual_stack: "portal.sso.{region}",
        fips_dual_stack: "portal.sso-fips.{region}",
    },
    // Its plain hosts meet FIPS.
    others: &[(
        "aws-us-gov",
        Hosts {
            plain: "portal.sso.{region}",
            fips: "portal.sso.{region}",
            dual_stack: "portal.sso.{region}",
            fips_dual_stack: "portal.sso-fips.{region}",
        },
    )],
};
const OIDC: Endpoints = Endpoints {
    usual: Hosts {
        plain: "oidc.{region}",
        fips: "oidc-fips.{region}",
        dual_stack: "oidc.{region}",
        fips_dual_stack: "oidc-fips.{region}",
    },
    // Its plain hosts meet FIPS.
    others: &[(
        "aws-us-gov",
        Hosts {
            plain: "oidc.{region}",
            fips: "oidc.{region}",
            dual_stack: "oidc.{region}",
            fips_dual_stack: "oidc-fips.{region}",
        },
    )],
};
const NAMES: Names = Names {
    id: "accessKeyId",
    secret: "secretAccessKey",
    token: "sessionToken",
    expiration: "expiration",
};
/// A token is renewed this long before it expires.
const AHEAD: Duration = Duration::from_secs(5 * 60);
/// A file of the token cache is a few kilobytes.
const MOST: u64 = 64 << 10;

impl Chain {
    /// The credentials of a role in an account.
    pub(super) async fn sso(
        &self,
        sso: &Sso,
        files: &Profiles,
    ) -> Result<Credentials, CredentialsError> {
        let token = self.sso_token(sso, files).await?;
        let endpoint = self.endpoint(&PORTAL, "AWS_ENDPOINT_URL_SSO", &sso.region, files)?;
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("account_id", &sso.account)
            .append_pair("role_name", &sso.role)
            .finish();
        let mut request = get(&endpoint.at(&format!("federation/credentials?{query}")))?;
        add_secret(&mut request, "x-amz-sso_bearer_token", &token)?;
        let failed = |what: String| broken(format!("IAM Identity Center: {what}"));
        let answer = self.ask(request, Patience::USUAL).await;
        let answer = answer.map_err(|error| failed(error.message))?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            return Err(failed(sign_in(
                sso,
                "does not take the token of the last sign-in",
            )));
        }
        let object = keys::object(answer.body());
        if !answer.status().is_success() {
            let status = answer.status().as_u16();
            let said = said(object.unwrap_or_default());
            return Err(failed(format!(
                "no credentials for the role {} in the account {}: {said}(HTTP {status})",
                brief(&sso.role),
                brief(&sso.account)
            )));
        }
        let mut members = object.map_err(|what| failed(format!("its answer is {what}")))?;
        match members.remove("roleCredentials") {
            Some(Value::Object(mut members)) => keys::credentials(&mut members, NAMES, "sso")
                .map_err(|what| failed(format!("its answer has {what}"))),
            _ => Err(failed("its answer has no roleCredentials".to_owned())),
        }
    }

    /// The token of the last sign-in, renewed if it is about to expire and can be.
    async fn sso_token(&self, sso: &Sso, files: &Profiles) -> Result<Secret, CredentialsError> {
        let home = self.vars.home().ok_or_else(|| {
            broken("there is no home folder to find the sign-in of IAM Identity Center in")
        })?;
        let path = cache_path(home, sso.session.as_deref().unwrap_or(&sso.start_url));
        let Some(mut cached) = read(&path)? else {
            return Err(broken(sign_in(sso, "has no sign-in on this machine")));
        };
        let now = self.clock.now();
        let expiry = match cached.get("expiresAt") {
            Some(Value::String(text)) => keys::time(text),
            _ => None,
        };
        let token = keys::take(&mut cached, "accessToken");
        let (Some(token), Some(expiry)) = (token, expiry) else {
            return Err(broken(sign_in(sso, "has a sign-in that cannot be read")));
        };
        if now.checked_add(AHEAD).is_some_and(|soon| expiry > soon) {
            return Ok(token);
        }
        match self.renew(sso, &path, cached, files).await {
            Ok(renewed) => Ok(renewed),
            Err(problem) if expiry > now => {
                tracing::warn!(problem = %problem.message, "the sign-in of IAM Identity Center could not be renewed");
                Ok(token)
            }
            Err(problem) => Err(problem),
        }
    }

    /// Has a token renewed by the refresh token, which the session form has, and writes it back:
    /// the old refresh token may be used up.
    async fn renew(
        &self,
        sso: &Sso,
        path: &Path,
        mut cached: Map<String, Value>,
        files: &Profiles,
    ) -> Result<Secret, CredentialsError> {
        let expired = || broken(sign_in(sso, "has a sign-in that has expired"));
        let text = |name: &str| match cached.get(name) {
            Some(Value::String(text)) if sso.session.is_some() => Ok(text.as_str()),
            _ => Err(expired()),
        };
        let ask = serde_json::json!({
            "clientId": text("clientId")?,
            "clientSecret": text("clientSecret")?,
            "grantType": "refresh_token",
            "refreshToken": text("refreshToken")?,
        });
        let endpoint = self.endpoint(&OIDC, "AWS_ENDPOINT_URL_SSO_OIDC", &sso.region, files)?;
        let mut request: Request<Bytes> = get(&endpoint.at("token"))?;
        *request.method_mut() = Method::POST;
        *request.body_mut() = ask.to_string().into();
        let content_type = HeaderValue::from_static("application/json");
        request
            .headers_mut()
            .insert(header::CONTENT_TYPE, content_type);
        let failed = |what: &str| {
            broken(format!(
                "the sign-in of IAM Identity Center cannot be renewed: {what}"
            ))
        };
        let answer = self.ask(request, Patience::USUAL).await;
        let answer = answer.map_err(|error| failed(&error.message))?;
        if answer.status().is_client_error() {
            return Err(expired());
        }
        if !answer.status().is_success() {
            return Err(failed(&format!("HTTP {}", answer.status().as_u16())));
        }
        let mut members = keys::object(answer.body()).map_err(failed)?;
        let token = keys::take(&mut members, "accessToken");
        let token = token.ok_or_else(|| failed("its answer has no accessToken"))?;
        let seconds = members
            .get("expiresIn")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        let expiry = self.clock.now().checked_add(Duration::from_secs(seconds));
        let expiry = DateTime::from(expiry.unwrap_or(SystemTime::UNIX_EPOCH));
        if let Some(refresh) = members.remove("refreshToken") {
            cached.insert("refreshToken".to_owned(), refresh);
        }
        cached.insert("accessToken".to_owned(), Value::String(token.to_string()));
        let expiry = expiry.fmt(Format::DateTime).unwrap_or_default();
        cached.insert("expiresAt".to_owned(), Value::String(expiry));
        if let Err(error) = write(path, &Value::Object(cached)) {
            tracing::warn!(%error, path = %path.display(), "the renewed sign-in could not be kept");
        }
        Ok(token)
    }
}

/// What to do about a sign-in.
fn sign_in(sso: &Sso, what: &str) -> String {
    let whose = match &sso.session {
        Some(session) => format!("the SSO session `{session}`"),
        None => format!("the SSO start URL {}", brief(&sso.start_url)),
    };
    format!(
        "{whose} {what}; run `aws sso login --profile {}`",
        brief(&sso.profile)
    )
}

fn said(mut members: Map<String, Value>) -> String {
    let message = keys::take(&mut members, "message");
    message
        .map(|text| format!("{} ", brief(&text)))
        .unwrap_or_default()
}

/// Where the AWS tools keep the token of a session.
fn cache_path(home: &Path, key: &str) -> PathBuf {
    let hash = Sha1::digest(key.as_bytes());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    home.join(".aws/sso/cache").join(format!("{hex}.json"))
}

fn read(path: &Path) -> Result<Option<Map<String, Value>>, CredentialsError> {
    let unreadable = |what: String| {
        broken(format!(
            "the sign-in of IAM Identity Center in {} {what}",
            path.display()
        ))
    };
    match std::fs::metadata(path) {
        Err(_) => return Ok(None),
        Ok(found) if found.len() > MOST => {
            return Err(unreadable(format!("is larger than {MOST} bytes")));
        }
        Ok(_) => {}
    }
    let bytes =
        std::fs::read(path).map_err(|error| unreadable(format!("cannot be read: {error}")))?;
    let bytes = zeroize::Zeroizing::new(bytes);
    let object = keys::object(&bytes).map_err(|what| unreadable(format!("is {what}")))?;
    Ok(Some(object))
}

/// Writes a file that is whole at any time, for its owner alone.
fn write(path: &Path, value: &Value) -> std::io::Result<()> {
    use std::io::Write as _;

    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = (options.open(&beside))
        .and_then(|mut file| file.write_all(value.to_string().as_bytes()))
        .and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

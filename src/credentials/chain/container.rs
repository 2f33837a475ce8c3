//! The endpoint that a container is given
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>).

use http::Uri;

use super::ask::{Patience, add_secret, brief, get};
use super::{Chain, CredentialsError, Found, broken, keys};
use crate::credentials::Secret;
use crate::endpoint::{is_near, without_user};

const RELATIVE: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
/// Where the agent of Amazon ECS answers.
const AGENT: &str = "http://169.254.170.2";

impl Chain {
    /// The credentials of the container's role.
    pub(super) async fn container(&self) -> Found {
        let Some((variable, url)) = self.container_url()? else {
            return Ok(None);
        };
        let failed = |what: String| {
            broken(format!(
                "the container's credentials endpoint ({variable}): {what}"
            ))
        };
        let mut request = get(&url)?;
        if let Some(token) = self.container_token()? {
            add_secret(&mut request, "authorization", &token)
                .map_err(|error| failed(error.message))?;
        }
        let answer = self.ask(request, Patience::USUAL).await;
        let answer = answer.map_err(|error| failed(error.message))?;
        let object = keys::object(answer.body());
        if !answer.status().is_success() {
            let mut members = object.unwrap_or_default();
            let mut part = |name| keys::take(&mut members, name).map(|text| brief(&text));
            let said: Vec<String> = (part("code").into_iter().chain(part("message"))).collect();
            let said = if said.is_empty() {
                String::new()
            } else {
                format!(": {}", said.join(": "))
            };
            return Err(failed(format!("HTTP {}{said}", answer.status().as_u16())));
        }
        let mut members = object.map_err(|what| failed(format!("its answer is {what}")))?;
        keys::credentials(&mut members, keys::ENDPOINT, "container")
            .map(Some)
            .map_err(|what| failed(format!("its answer has {what}")))
    }

    /// Where the endpoint is, by which variable. The relative one goes first.
    fn container_url(&self) -> Result<Option<(&'static str, String)>, CredentialsError> {
        if let Some(path) = self.vars.get(RELATIVE) {
            let url = format!("{AGENT}{path}");
            let fits = path.starts_with('/') && url.parse::<Uri>().is_ok();
            return match fits {
                true => Ok(Some((RELATIVE, url))),
                false => Err(broken(format!(
                    "{RELATIVE} is no path; one begins with a slash"
                ))),
            };
        }
        let Some(url) = self.vars.get(FULL) else {
            return Ok(None);
        };
        let refused = |why: &str| {
            let shown = brief(&without_user(url));
            Err(broken(format!("{FULL} is `{shown}`, {why}")))
        };
        let Ok(uri) = url.parse::<Uri>() else {
            return refused("which is no URL");
        };
        let host = uri.host().unwrap_or_default();
        if host.is_empty() || uri.authority().is_some_and(|a| a.as_str().contains('@')) {
            return refused("which is no URL of a host");
        }
        match uri.scheme_str() {
            Some("https") => Ok(Some((FULL, url.to_owned()))),
            Some("http") if is_near(host) => Ok(Some((FULL, url.to_owned()))),
            Some("http") => refused(
                "which is without TLS on another machine; http is for this machine and for \
                 link-local addresses",
            ),
            _ => refused("which is neither https nor http"),
        }
    }

    /// The token for the endpoint; the file is read anew each time, as it is replaced now and then.
    fn container_token(&self) -> Result<Option<Secret>, CredentialsError> {
        let Some(path) = self.vars.path(TOKEN_FILE) else {
            return Ok(self.vars.get(TOKEN).map(Secret::new));
        };
        let text = std::fs::read_to_string(&path)
            .map_err(|error| broken(format!("{TOKEN_FILE}: {}: {error}", path.display())))?;
        let text = Secret::new(text);
        match text.trim() {
            "" => Err(broken(format!("{TOKEN_FILE}: {} is empty", path.display()))),
            token => Ok(Some(Secret::new(token))),
        }
    }
}

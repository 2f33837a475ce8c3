//! The instance metadata service of EC2, version 2
//! (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html>).

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};

use super::ask::{NoAnswer, Patience, add_secret, brief, get};
use super::{Chain, CredentialsError, broken, keys};
use crate::config::{Profiles, Section, chosen};
use crate::credentials::{Credentials, Secret};
use crate::endpoint::{is_near, without_user};

const DISABLED: &str = "AWS_EC2_METADATA_DISABLED";
const ENDPOINT: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
const MODE: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
/// The longest life of a token, in seconds; this one is used at once.
const LIFE: &str = "21600";
/// Elsewhere than on EC2 nobody answers, and finding that out should not take long.
const SHORT: Patience = Patience {
    attempts: 2,
    each: Duration::from_secs(1),
};

/// Why there are no credentials, where that is no fault.
type Absent = String;

impl Chain {
    /// The credentials of the instance's role.
    pub(super) async fn metadata(
        &self,
        files: &Profiles,
    ) -> Result<Result<Credentials, Absent>, CredentialsError> {
        let wrong = |error: crate::config::ConfigError| broken(error.to_string());
        if (self.vars.switch(DISABLED).map_err(wrong)?).is_some_and(|set| set.value) {
            return Ok(Err(format!("{DISABLED} is true")));
        }
        let base = self.metadata_base(files)?;
        let failed =
            |what: String| broken(format!("the instance metadata service at {base}: {what}"));
        let no_answer = |error: NoAnswer| failed(error.message);
        let mut request = get(&format!("{base}/latest/api/token"))?;
        *request.method_mut() = Method::PUT;
        let life = HeaderValue::from_static(LIFE);
        request
            .headers_mut()
            .insert("x-aws-ec2-metadata-token-ttl-seconds", life);
        let token = match self.ask(request, SHORT).await {
            Ok(answer) if answer.status().is_success() => text(&answer).map_err(failed)?,
            Ok(answer) => {
                return Err(failed(format!(
                    "it gives no token (HTTP {}); version 2 is the only one that is used here",
                    answer.status().as_u16()
                )));
            }
            Err(error) if error.nobody => {
                return Ok(Err(format!(
                    "no instance metadata service answers at {base} (in a container on EC2, the \
                     hop limit may be too low)"
                )));
            }
            Err(error) => return Err(no_answer(error)),
        };
        let ask = async |path: &str| {
            let url = format!("{base}/latest/meta-data/iam/security-credentials/{path}");
            let mut request: Request<Bytes> = get(&url)?;
            add_secret(&mut request, "x-aws-ec2-metadata-token", &token)?;
            (self.ask(request, Patience::USUAL).await).map_err(no_answer)
        };
        let list = ask("").await?;
        if list.status() == StatusCode::NOT_FOUND {
            return Ok(Err("the EC2 instance has no role".to_owned()));
        }
        let list = text(&list).map_err(failed)?;
        let role = list.lines().next().unwrap_or_default().trim();
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b);
        if role.is_empty() || role.len() > 128 || !role.bytes().all(fits) {
            return Err(failed("what it names is no role".to_owned()));
        }
        let answer = text(&ask(role).await?).map_err(failed)?;
        let mut members = keys::object(answer.as_bytes())
            .map_err(|what| failed(format!("its answer is {what}")))?;
        let code = keys::take(&mut members, "Code");
        if let Some(code) = code.filter(|code| &**code != "Success") {
            let message = keys::take(&mut members, "Message");
            let message = message.map(|text| format!(": {}", brief(&text)));
            let message = message.unwrap_or_default();
            return Err(failed(format!("{}{message}", brief(&code))));
        }
        keys::credentials(&mut members, keys::ENDPOINT, "instance metadata")
            .map(Ok)
            .map_err(|what| failed(format!("its answer has {what}")))
    }

    /// The service's URL, without a slash at its end.
    fn metadata_base(&self, files: &Profiles) -> Result<String, CredentialsError> {
        let none = Section::default();
        let profile = files.profile(chosen(&self.vars)).unwrap_or(&none);
        let set = |variable, name| self.vars.text(variable).or_else(|| profile.text(name));
        if let Some(set) = set(ENDPOINT, "ec2_metadata_service_endpoint") {
            let url = set.value.trim_end_matches('/');
            let near = |uri: Uri| match (uri.scheme_str(), uri.host()) {
                (Some("https"), Some(_)) => true,
                (Some("http"), Some(host)) => is_near(host),
                _ => false,
            };
            if url.contains(['@', '?']) || !url.parse().is_ok_and(near) {
                return Err(broken(format!(
                    "{} is `{}`; it must be an https URL, or an http one of this machine or of a \
                     link-local address",
                    set.from,
                    brief(&without_user(url))
                )));
            }
            return Ok(url.to_owned());
        }
        let Some(mode) = set(MODE, "ec2_metadata_service_endpoint_mode") else {
            return Ok("http://169.254.169.254".to_owned());
        };
        match mode.value.to_ascii_lowercase().as_str() {
            "ipv4" => Ok("http://169.254.169.254".to_owned()),
            "ipv6" => Ok("http://[fd00:ec2::254]".to_owned()),
            other => Err(broken(format!(
                "{} is `{}`; it must be IPv4 or IPv6",
                mode.from,
                brief(other)
            ))),
        }
    }
}

/// The text of a successful answer.
fn text(answer: &Response<Bytes>) -> Result<Secret, String> {
    if !answer.status().is_success() {
        return Err(format!("HTTP {}", answer.status().as_u16()));
    }
    match std::str::from_utf8(answer.body()) {
        Ok(text) => Ok(Secret::new(text)),
        Err(_) => Err("its answer is no UTF-8 text".to_owned()),
    }
}

//! Roles, from AWS STS. Its protocol is a form that is answered by XML
//! (<https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html>).

use std::path::PathBuf;
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use roxmltree::{Document, ParsingOptions};

use super::ask::{Patience, brief, get};
use super::{Chain, CredentialsError, broken, keys};
use crate::config::Profiles;
use crate::credentials::{Credentials, Secret};
use crate::endpoint::{Endpoints, Hosts, is_region};
use crate::signing::{self, Scope};

/// A role that credentials are to take on.
#[derive(Debug)]
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) session: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) duration: Option<u32>,
}

/// A role that a token of another identity provider is good for.
#[derive(Debug)]
pub(super) struct WebIdentity {
    pub(super) token_file: PathBuf,
    pub(super) role_arn: String,
    pub(super) session: Option<String>,
}

const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
const ROLE_ARN: &str = "AWS_ROLE_ARN";

const ENDPOINTS: Endpoints = Endpoints {
    usual: Hosts {
        plain: "sts.{region}",
        fips: "sts-fips.{region}",
        dual_stack: "sts.{region}",
        fips_dual_stack: "sts-fips.{region}",
    },
    // Its plain hosts meet FIPS.
    others: &[(
        "aws-us-gov",
        Hosts {
            plain: "sts.{region}",
            fips: "sts.{region}",
            dual_stack: "sts.{region}",
            fips_dual_stack: "sts-fips.{region}",
        },
    )],
};

/// The largest number of elements and attributes of an answer. There are about twenty.
const MOST_NODES: u32 = 1000;

impl Chain {
    /// The web identity of the environment.
    pub(super) fn web_identity_of_vars(&self) -> Result<Option<WebIdentity>, CredentialsError> {
        let Some(token_file) = self.vars.path(TOKEN_FILE) else {
            return Ok(None);
        };
        let Some(role_arn) = self.vars.get(ROLE_ARN) else {
            return Err(broken(format!(
                "{TOKEN_FILE} is set, but {ROLE_ARN} is not; set both or neither"
            )));
        };
        Ok(Some(WebIdentity {
            token_file,
            role_arn: role_arn.to_owned(),
            session: self.vars.get("AWS_ROLE_SESSION_NAME").map(str::to_owned),
        }))
    }

    /// Takes on a role by a token, which is read anew each time: it is replaced now and then.
    pub(super) async fn assume_with_web_identity(
        &self,
        identity: &WebIdentity,
        files: &Profiles,
    ) -> Result<Credentials, CredentialsError> {
        let path = identity.token_file.display();
        let text = std::fs::read_to_string(&identity.token_file).map_err(|error| {
            broken(format!(
                "the web identity token {path} cannot be read: {error}"
            ))
        })?;
        let text = Secret::new(text);
        let token = text.trim();
        if token.is_empty() {
            return Err(broken(format!("the web identity token {path} is empty")));
        }
        let session = self.session(identity.session.as_deref());
        let form = [
            ("Action", "AssumeRoleWithWebIdentity"),
            ("RoleArn", &identity.role_arn),
            ("RoleSessionName", &session),
            ("WebIdentityToken", token),
        ];
        self.sts(&form, None, &identity.role_arn, files).await
    }

    /// Takes on a role.
    pub(super) async fn assume(
        &self,
        role: &Role,
        by: &Credentials,
        files: &Profiles,
    ) -> Result<Credentials, CredentialsError> {
        let session = self.session(role.session.as_deref());
        let duration = role.duration.map(|seconds| seconds.to_string());
        let mut form = vec![
            ("Action", "AssumeRole"),
            ("RoleArn", role.arn.as_str()),
            ("RoleSessionName", &session),
        ];
        form.extend(role.external_id.as_deref().map(|id| ("ExternalId", id)));
        form.extend(
            duration
                .as_deref()
                .map(|seconds| ("DurationSeconds", seconds)),
        );
        self.sts(&form, Some(by), &role.arn, files).await
    }

    /// A session's name says in the account's logs who it was.
    fn session(&self, name: Option<&str>) -> String {
        name.map_or_else(
            || {
                let since = self.clock.now().duration_since(SystemTime::UNIX_EPOCH);
                format!("longshore-{}", since.unwrap_or_default().as_millis())
            },
            str::to_owned,
        )
    }

    async fn sts(
        &self,
        form: &[(&str, &str)],
        signer: Option<&Credentials>,
        arn: &str,
        files: &Profiles,
    ) -> Result<Credentials, CredentialsError> {
        let arn = brief(arn);
        let failed = |what: String| broken(format!("the role {arn} cannot be taken on: {what}"));
        let region = (self.region.as_deref().filter(|region| is_region(region)))
            .ok_or_else(|| failed("there is no region to ask in; set AWS_REGION".to_owned()))?;
        let endpoint = (self.endpoint(&ENDPOINTS, "AWS_ENDPOINT_URL_STS", region, files))
            .map_err(|error| failed(error.message))?;
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("Version", "2011-06-15")
            .extend_pairs(form)
            .finish();
        let mut request: Request<Bytes> = get(&endpoint.at(""))?;
        *request.method_mut() = Method::POST;
        *request.body_mut() = body.into();
        let content_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        request
            .headers_mut()
            .insert(header::CONTENT_TYPE, content_type);
        if let Some(credentials) = signer {
            let scope = Scope {
                region,
                service: "sts",
                time: self.clock.now(),
            };
            signing::sign(&mut request, credentials, scope)
                .map_err(|error| failed(error.to_string()))?;
        }
        let answer = self.ask(request, Patience::USUAL).await;
        let answer = answer.map_err(|error| failed(error.message))?;
        let status = answer.status();
        match read(answer.body()) {
            Ok(Answer::Credentials(credentials)) if status.is_success() => Ok(*credentials),
            Ok(Answer::Refusal(said)) if !status.is_success() => Err(failed(said)),
            _ if !status.is_success() => Err(failed(format!("HTTP {}", status.as_u16()))),
            Ok(_) => Err(failed("the answer has no credentials".to_owned())),
            Err(what) => Err(failed(format!("the answer has {what}"))),
        }
    }
}

/// What STS says.
pub(super) enum Answer {
    Credentials(Box<Credentials>),
    Refusal(String),
}

/// Reads an answer. The error is what follows "the answer has".
pub(super) fn read(body: &[u8]) -> Result<Answer, String> {
    let text = std::str::from_utf8(body).map_err(|_| "no text".to_owned())?;
    let options = ParsingOptions {
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    // The parser's own error would quote the answer.
    let document = Document::parse_with_options(text, options).map_err(|_| "no XML".to_owned())?;
    let element = |name: &str| {
        document
            .descendants()
            .find(|node| node.tag_name().name() == name)
    };
    if let Some(error) = element("Error") {
        let part = |name: &str| {
            let node = error
                .descendants()
                .find(|node| node.tag_name().name() == name)?;
            node.text().map(brief)
        };
        let said: Vec<String> = part("Code").into_iter().chain(part("Message")).collect();
        return Ok(Answer::Refusal(said.join(": ")));
    }
    let credentials = element("Credentials").ok_or("no credentials")?;
    let part = |name: &str| {
        let node = credentials
            .descendants()
            .find(|node| node.tag_name().name() == name);
        let text = node.and_then(|node| node.text()).map(str::trim);
        text.filter(|text| !text.is_empty())
            .ok_or_else(|| format!("no {name}"))
    };
    let expiry = keys::time(part("Expiration")?);
    let expiry = expiry.ok_or("an Expiration that is no time")?;
    keys::whole(
        part("AccessKeyId")?,
        part("SecretAccessKey")?,
        Some(part("SessionToken")?),
        Some(expiry),
        "role",
    )
    .map(|credentials| Answer::Credentials(Box::new(credentials)))
}

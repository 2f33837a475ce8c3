//! Signature Version 4, by `aws-sigv4`.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign as sign_request,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::header::USER_AGENT;
use http::uri::{Authority, PathAndQuery};
use http::{Request, Uri};

/// Whom and what a signature is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
    pub(crate) time: SystemTime,
}

/// A request that cannot be signed: a header that is not text, for example.
#[derive(Debug, thiserror::Error)]
#[error("the request cannot be signed")]
pub(crate) struct SigningError(#[source] Box<dyn std::error::Error + Send + Sync>);

/// A URL as its `Display` has it, in half the time.
fn written(uri: &Uri) -> String {
    let authority = uri.authority().map_or("", Authority::as_str);
    let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    [uri.scheme_str().unwrap_or("https"), "://", authority, path].concat()
}

/// Adds the headers of a signature.
///
/// # Errors
///
/// A request that has no canonical form.
pub(crate) fn sign(
    request: &mut Request<Bytes>,
    credentials: &Credentials,
    scope: Scope<'_>,
) -> Result<(), SigningError> {
    let identity = credentials.clone().into();
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Double;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Enabled;
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service)
        .time(scope.time)
        .settings(settings)
        .build()
        .map_err(|error| SigningError(Box::new(error)))?
        .into();
    let uri = written(request.uri());
    // A proxy may change who sends: `aws-sigv4` would bring it into form and then leave it out.
    let headers = request
        .headers()
        .iter()
        .filter(|(name, _)| **name != USER_AGENT)
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let signable = SignableRequest::new(
        request.method().as_str(),
        uri.as_str(),
        headers,
        SignableBody::Bytes(request.body()),
    )
    .map_err(|error| SigningError(Box::new(error)))?;
    let (instructions, _) = sign_request(signable, &params)
        .map_err(|error| SigningError(Box::new(error)))?
        .into_parts();
    instructions.apply_to_request_http1x(request);
    Ok(())
}

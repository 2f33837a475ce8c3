//! Configurations of the crate `aws-config`.

use std::fmt;
use std::sync::Arc;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

use super::{Cache, Config, From, Set, Source};
use crate::error::Error;
use crate::operation::Service;
use crate::transport::{Transport, TransportError, TransportErrorKind};

impl Config {
    /// The configuration that an [`SdkConfig`] describes: region, credentials, endpoints, FIPS and
    /// dual stack, attempts and pauses, timeouts of a call, of an attempt and, with the HTTP
    /// client of this crate, of a connection, and the program's name.
    ///
    /// Its HTTP client is not taken over; [`Config::sdk_http_client`] goes the other way.
    #[cfg_attr(docsrs, doc(cfg(feature = "aws-config")))]
    #[must_use]
    pub fn from_sdk_config(sdk: &SdkConfig) -> Self {
        fn set<T>(value: T) -> Set<T> {
            let from = From::SdkConfig;
            Set { value, from }
        }
        let mut config = Self {
            region: sdk.region().map(|region| set(region.to_string())),
            fips: sdk.use_fips().map(set),
            dual_stack: sdk.use_dual_stack().map(set),
            app_name: sdk.app_name().map(|name| set(name.to_string())),
            sdk: Some(Arc::new(sdk.clone())),
            ..Self::default()
        };
        config.urls.common = sdk.endpoint_url().map(|url| set(url.to_owned()));
        if let Some(provider) = sdk.credentials_provider() {
            config.credentials = Source::Given(set(Arc::new(Cache::new(provider))));
        }
        if let Some(retries) = sdk.retry_config() {
            config.retries.max_attempts = retries.max_attempts();
            config.retries.base_delay = retries.initial_backoff();
            config.retries.max_delay = retries.max_backoff();
            config.max_attempts_from = From::SdkConfig;
        }
        if let Some(timeouts) = sdk.timeout_config() {
            let call = timeouts.operation_timeout();
            config.call_timeout = call.unwrap_or(config.call_timeout);
            let attempt = timeouts
                .operation_attempt_timeout()
                .or(timeouts.read_timeout());
            config.attempt_timeout = attempt.unwrap_or(config.attempt_timeout);
            #[cfg(feature = "reqwest")]
            if let Some(connect) = timeouts.connect_timeout() {
                config.http.connect_timeout = connect;
            }
        }
        config
    }

    /// The configuration that the crate `aws-config` finds, with its default chain of credentials,
    /// over the HTTP client of this crate: there is one TLS implementation in the program.
    ///
    /// # Errors
    ///
    /// An HTTP client that cannot be built. What is missing is not an error before a client needs
    /// it.
    #[cfg_attr(docsrs, doc(cfg(feature = "aws-config")))]
    pub async fn load_aws_config() -> Result<Self, Error> {
        let own = Self::from_env_without_credentials()?;
        let loader = aws_config::defaults(BehaviorVersion::latest());
        let sdk = loader.http_client(own.sdk_http_client()?).load().await;
        let transport = own.transport;
        Ok(Self {
            transport,
            ..Self::from_sdk_config(&sdk)
        })
    }

    /// What carries this configuration's requests, as the HTTP client of an [`SdkConfig`] or of
    /// anything else of the AWS SDK for Rust. Bodies that are streams are not carried.
    ///
    /// # Errors
    ///
    /// An HTTP client that cannot be built.
    #[cfg_attr(docsrs, doc(cfg(feature = "aws-config")))]
    pub fn sdk_http_client(&self) -> Result<SharedHttpClient, Error> {
        Ok(SharedHttpClient::new(Carrier(self.shared_transport()?)))
    }

    /// The proxies and the authorities of the environment; all else is the other crate's business.
    fn from_env_without_credentials() -> Result<Self, Error> {
        let mut config = Self::read(Self::environment())?;
        config.proxies_of_the_system();
        config.credentials = Source::None;
        Ok(config)
    }

    /// The endpoint that the other crate has for this service alone.
    pub(super) fn sdk_url(&self, service: &Service) -> Option<String> {
        use aws_types::origin::Origin;
        use aws_types::service_config::ServiceConfigKey;

        let sdk = self.sdk.as_ref()?;
        // What was set in code is for all services.
        let by_hand = self
            .urls
            .common
            .as_ref()
            .is_some_and(|set| set.from == From::Code);
        if by_hand
            || sdk.get_origin("endpoint_url") == Origin::shared_config()
                && sdk.endpoint_url().is_some()
        {
            return None;
        }
        let key = ServiceConfigKey::builder()
            .service_id(service.id)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .ok()?;
        sdk.service_config()?.load_config(key)
    }
}

/// A transport for the AWS SDK.
#[derive(Debug, Clone)]
struct Carrier(Arc<dyn Transport>);

impl HttpClient for Carrier {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            transport: self.0.clone(),
            settings: settings.clone(),
        })
    }
}

/// A transport, with the timeouts of one client.
#[derive(Clone)]
struct Connector {
    transport: Arc<dyn Transport>,
    settings: HttpConnectorSettings,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.transport, f)
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self {
            transport,
            settings,
        } = self.clone();
        HttpConnectorFuture::new(async move {
            let request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?;
            let (parts, body) = request.into_parts();
            let body = body
                .bytes()
                .map(Bytes::copy_from_slice)
                .ok_or_else(|| ConnectorError::user("the body is a stream".into()))?;
            let sending = transport.send(http::Request::from_parts(parts, body));
            // The connection's own timeout is that of the transport.
            let sent = match settings.read_timeout() {
                Some(limit) => tokio::time::timeout(limit, sending)
                    .await
                    .map_err(|elapsed| ConnectorError::timeout(elapsed.into()))?,
                None => sending.await,
            };
            let answer = sent.map_err(connector_error)?.map(SdkBody::from);
            HttpResponse::try_from(answer)
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

fn connector_error(error: TransportError) -> ConnectorError {
    match error.kind {
        TransportErrorKind::Connect | TransportErrorKind::Lost => ConnectorError::io(error.into()),
        TransportErrorKind::Refused => ConnectorError::user(error.into()),
        _ => ConnectorError::other(error.into(), None),
    }
}

//! The official SDK's own HTTP client, with the clock held.

use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use crate::hold::Hold;

#[derive(Debug)]
struct Holding<T> {
    inner: T,
    hold: Hold,
}

/// An HTTP client for the official SDK: its default one, without TLS.
pub fn client(hold: Hold) -> SharedHttpClient {
    let inner = Builder::new().build_http();
    SharedHttpClient::new(Holding { inner, hold })
}

impl HttpClient for Holding<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Holding {
            inner: self.inner.http_connector(settings, components),
            hold: self.hold.clone(),
        })
    }
}

impl HttpConnector for Holding<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let under_way = self.hold.request();
        let answered = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let mut response = answered.await?;
            // The clock is held until the body is here too.
            let body = ByteStream::new(response.take_body()).collect().await;
            let body = body.map_err(|error| ConnectorError::io(error.into()))?;
            *response.body_mut() = SdkBody::from(body.into_bytes());
            drop(under_way);
            Ok(response)
        })
    }
}

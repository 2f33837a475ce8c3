//! Responses: what a caller sees of an answer, against what the case says.

use std::fmt::Debug;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use longshore::error::ServiceError;
use longshore::transport::{BoxFuture, Transport, TransportError};
use longshore::{Config, Error};

/// The answer to every request.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: &'static str,
}

impl Answer {
    /// A configuration whose calls are answered so.
    pub(crate) fn config(&self) -> Config {
        crate::config("https://example.com").transport(self.clone())
    }

    /// The request's id, if the answer has one.
    pub(crate) fn request_id(&self) -> Option<&'static str> {
        let mut headers = self.headers.iter();
        let id = headers.find(|(name, _)| name.eq_ignore_ascii_case("x-amzn-requestid"));
        id.map(|(_, value)| *value)
    }

    /// Checks an error up to its members, of which it checks the names.
    pub(crate) fn refusal<'a>(
        &self,
        error: &'a Error,
        code: &str,
        message: &str,
        members: &[&str],
    ) -> &'a ServiceError {
        assert_eq!(error.code(), Some(code));
        assert_eq!(error.message(), Some(message));
        assert_eq!(error.status(), Some(self.status));
        assert_eq!(error.request_id(), self.request_id());
        let service = error.service_error().expect("an answer of the service");
        // A member of the wrong type is the default in the typed form, which may be the expected.
        let mut details: Vec<&str> = service.details.keys().map(String::as_str).collect();
        let mut members = members.to_vec();
        details.sort_unstable();
        members.sort_unstable();
        assert_eq!(details, members);
        service
    }
}

impl Transport for Answer {
    fn send(&self, _: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let mut response = Response::new(Bytes::from_static(self.body.as_bytes()));
        *response.status_mut() = StatusCode::from_u16(self.status).expect("a status");
        for (name, value) in self.headers {
            let name: HeaderName = name.parse().expect("a header's name");
            response
                .headers_mut()
                .append(name, HeaderValue::from_static(value));
        }
        Box::pin(async { Ok(response) })
    }
}

/// Compares values; those with a NaN, which is equal to nothing, by their text.
pub(crate) fn same<T: Debug + PartialEq>(value: &T, expected: &T, has_nan: bool) {
    if has_nan {
        assert_eq!(format!("{value:?}"), format!("{expected:?}"));
    } else {
        assert_eq!(value, expected);
    }
}

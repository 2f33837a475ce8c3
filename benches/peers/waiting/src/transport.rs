//! longshore's own transport, with the clock held.

use bytes::Bytes;
use http::{Request, Response};

use longshore::transport::{BoxFuture, HttpSettings, ReqwestTransport, Transport, TransportError};

use crate::hold::Hold;

#[derive(Debug)]
pub struct Holding {
    inner: ReqwestTransport,
    hold: Hold,
}

impl Holding {
    pub fn new(hold: Hold) -> Self {
        let inner = ReqwestTransport::new(&HttpSettings::default()).expect("a transport");
        Self { inner, hold }
    }
}

impl Transport for Holding {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let under_way = self.hold.request();
        let answered = self.inner.send(request);
        Box::pin(async move {
            let answer = answered.await;
            drop(under_way);
            answer
        })
    }
}

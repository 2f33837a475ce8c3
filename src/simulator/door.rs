//! The door without sockets.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};

use super::account::{Account, Ending};
use crate::transport::{BoxFuture, Transport, TransportError, TransportErrorKind};

/// Carries requests to a simulator in the same process, without sockets.
///
/// It uses tokio's clock and nothing else of tokio, so it works under a paused clock.
#[derive(Debug, Clone)]
pub struct SimulatorTransport(Arc<Account>);

impl SimulatorTransport {
    pub(super) fn new(account: Arc<Account>) -> Self {
        Self(account)
    }
}

impl Transport for SimulatorTransport {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move {
            let reply = self.0.answer_in_time(&request).await;
            if !reply.delay.is_zero() {
                tokio::time::sleep(reply.delay).await;
            }
            let lost = |message: &str| Err(TransportError::new(TransportErrorKind::Lost, message));
            match reply.ending {
                Ending::Answer(response) => Ok(response),
                Ending::Cut(_) => {
                    lost("the simulator broke the connection in the middle of its answer")
                }
                Ending::Reset => lost("the simulator broke the connection before it answered"),
            }
        })
    }
}

//! The door over HTTP.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::account::{Account, Ending};

/// The largest request that is read.
const MOST: usize = 16 << 20;

/// A simulator's HTTP server on the loopback interface; made by
/// [`Simulator::serve`](super::Simulator::serve).
///
/// It ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Server {
    pub(super) async fn start(account: Arc<Account>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        Ok(Self {
            address: listener.local_addr()?,
            accepting: tokio::spawn(accept(listener, account)),
        })
    }

    /// The URL for [`Config::endpoint_url`](crate::Config::endpoint_url), such as
    /// `http://127.0.0.1:49152`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address that the server listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends the server and all its connections, and returns when the port is free.
    pub async fn shutdown(mut self) {
        self.accepting.abort();
        // Aborted tasks end with an error; there is nothing to do about it.
        drop((&mut self.accepting).await);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Takes connections in. The set ends them all when this is dropped.
async fn accept(listener: TcpListener, account: Arc<Account>) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(connection(stream, account.clone()));
            }
            // Out of file descriptors, most likely: there is nothing to gain by haste.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(stream: TcpStream, account: Arc<Account>) {
    // Without it answers wait for acknowledgements of their own beginnings.
    drop(stream.set_nodelay(true));
    let service = service_fn(|request| exchange(request, &account));
    let served = http1::Builder::new()
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(stream), service);
    // An error here is a connection that broke, which is the client's to notice.
    drop(served.await);
}

/// One exchange; its error breaks the connection.
async fn exchange(request: Request<Incoming>, account: &Account) -> io::Result<Response<Part>> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, MOST)
        .collect()
        .await
        .map_err(io::Error::other)?
        .to_bytes();
    let reply = account
        .answer_in_time(&Request::from_parts(parts, body))
        .await;
    if !reply.delay.is_zero() {
        tokio::time::sleep(reply.delay).await;
    }
    match reply.ending {
        Ending::Answer(response) => Ok(response.map(Part::whole)),
        Ending::Cut(response) => Ok(response.map(Part::half)),
        Ending::Reset => Err(io::ErrorKind::ConnectionReset.into()),
    }
}

/// A body that announces its whole length, and may break in the middle.
#[derive(Debug)]
struct Part {
    announced: u64,
    bytes: Option<Bytes>,
    breaks: bool,
    flushed: bool,
}

impl Part {
    fn whole(bytes: Bytes) -> Self {
        Self {
            announced: bytes.len() as u64,
            bytes: Some(bytes),
            breaks: false,
            flushed: false,
        }
    }

    fn half(bytes: Bytes) -> Self {
        Self {
            announced: bytes.len() as u64,
            bytes: Some(bytes.slice(..bytes.len() / 2)),
            breaks: true,
            flushed: false,
        }
    }
}

impl Body for Part {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.breaks && self.bytes.is_none() && !self.flushed {
            // A turn for what has been written to get out.
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(match self.bytes.take() {
            Some(bytes) if !bytes.is_empty() => Some(Ok(Frame::data(bytes))),
            _ if self.breaks => Some(Err(io::ErrorKind::ConnectionReset.into())),
            _ => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        !self.breaks && self.bytes.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match &self.bytes {
            Some(_) => self.announced,
            None => 0,
        })
    }
}

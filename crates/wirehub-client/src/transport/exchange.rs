//! One HTTP/1.1 connection, driven by whoever waits on it and not by a task of its own.

use std::{fmt, future, io, pin::pin, task::Poll, time::Duration};

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    body::Incoming,
    client::conn::http1::{self, Connection, Parts, SendRequest},
};
use hyper_util::rt::TokioIo;

use super::{Closed, Dialer, Endpoint, dial::Duplex};

/// How much of a refusal's body is read for its message.
const REFUSAL_BYTES: usize = 4 * 1024;

type Io = TokioIo<Box<dyn Duplex>>;

/// An open connection to a server that speaks HTTP.
pub(crate) struct Exchange {
    sender: SendRequest<Full<Bytes>>,
    connection: Connection<Io, Full<Bytes>>,
    /// What the connection came to; polling it any further would be a mistake.
    ended: Option<Result<(), hyper::Error>>,
}

impl Exchange {
    /// Connects.
    pub(crate) async fn open(dialer: &Dialer, endpoint: &Endpoint) -> io::Result<Self> {
        let stream = dialer.dial(endpoint).await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(io::Error::other)?;
        Ok(Self {
            sender,
            connection,
            ended: None,
        })
    }

    /// Whether another request may follow.
    pub(crate) fn is_open(&self) -> bool {
        self.ended.is_none() && !self.sender.is_closed()
    }

    /// Sends a request and waits for the head of the answer.
    pub(crate) async fn request(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> io::Result<Response<Incoming>> {
        let Self {
            sender,
            connection,
            ended,
        } = self;
        let answer = async {
            sender.ready().await?;
            sender.send_request(request).await
        };
        drive(connection, ended, answer)
            .await
            .map_err(io::Error::other)
    }

    /// Waits for something that comes over this connection, such as a piece of a body.
    pub(crate) async fn wait<T>(&mut self, work: impl Future<Output = T>) -> T {
        drive(&mut self.connection, &mut self.ended, work).await
    }

    /// Reads an answer that is not what was asked for: the server's words, its status, and when it
    /// wants to be asked again.
    pub(crate) async fn refusal(&mut self, response: Response<Incoming>) -> Closed {
        let status = response.status();
        let retry_after = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.trim().parse().ok())
            .map(Duration::from_secs);
        let body = Limited::new(response.into_body(), REFUSAL_BYTES).collect();
        let body = match self.wait(body).await {
            Ok(body) => body.to_bytes(),
            Err(_) => Bytes::new(),
        };
        let words = serde_json::from_slice::<Refusal>(&body).ok();
        Closed {
            code: 1006,
            reason: words.map_or_else(|| format!("HTTP {status}"), |words| words.message),
            status: Some(status.as_u16()),
            retry_after,
        }
    }

    /// Takes the connection back after an upgrade, with what was read beyond the answer.
    pub(crate) async fn upgraded(mut self) -> io::Result<(Box<dyn Duplex>, Bytes)> {
        if self.ended.is_none() {
            let connection = &mut self.connection;
            let ended = future::poll_fn(|context| connection.poll_without_shutdown(context)).await;
            self.ended = Some(ended);
        }
        if let Some(Err(error)) = self.ended {
            return Err(io::Error::other(error));
        }
        let Parts { io, read_buf, .. } = self.connection.into_parts();
        Ok((io.into_inner(), read_buf))
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ended = self.ended.is_some();
        f.debug_struct("Exchange").field("ended", &ended).finish()
    }
}

/// The body of a hub's refusals.
#[derive(serde::Deserialize)]
struct Refusal {
    message: String,
}

/// Polls the connection along with the work that waits on it.
async fn drive<T>(
    connection: &mut Connection<Io, Full<Bytes>>,
    ended: &mut Option<Result<(), hyper::Error>>,
    work: impl Future<Output = T>,
) -> T {
    let mut work = pin!(work);
    future::poll_fn(|context| {
        if ended.is_none()
            && let Poll::Ready(result) = connection.poll_without_shutdown(context)
        {
            *ended = Some(result);
        }
        work.as_mut().poll(context)
    })
    .await
}

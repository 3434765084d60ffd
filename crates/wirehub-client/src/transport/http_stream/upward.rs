//! What goes up beside a stream: numbered requests, one at a time.

use std::{collections::VecDeque, io, time::Duration};

use bytes::Bytes;
use http::{StatusCode, header};
use tokio::{
    sync::{Notify, mpsc},
    time::{sleep, timeout},
};

use super::post;
use crate::{
    random,
    transport::{Closed, Dialer, Endpoint, Exchange, Frame, Say},
};

/// How much goes into one request, as long as it is more than one message. The server takes as much
/// as one message may have, 64 KiB unless it is told otherwise.
const BATCH: usize = 32 * 1024;

/// How long the server may take to answer a request.
const PATIENCE: Duration = Duration::from_secs(10);

/// The first delay before a request is sent again; it doubles up to the last.
const FIRST_DELAY: Duration = Duration::from_millis(200);
const LAST_DELAY: Duration = Duration::from_secs(5);

/// How long the server may take to say good-bye.
const GOOD_BYE: Duration = Duration::from_secs(2);

/// The way up.
#[derive(Debug)]
pub(crate) struct Upward {
    dialer: Dialer,
    endpoint: Endpoint,
    /// Where to post, without the number.
    target: String,
    /// Kept open between requests where the server does.
    exchange: Option<Exchange>,
    /// The number of the last request that was taken.
    taken: u64,
    batch: usize,
}

/// What became of one request.
enum Answer {
    Taken,
    TooLarge,
    Again(Option<Duration>),
    Over(Closed),
}

impl Upward {
    pub(crate) fn new(dialer: Dialer, endpoint: Endpoint, name: &str) -> Self {
        let target = endpoint.beside(&format!("stream/{name}"));
        let join = if target.contains('?') { '&' } else { '?' };
        Self {
            dialer,
            endpoint,
            target: format!("{target}{join}seq="),
            exchange: None,
            taken: 0,
            batch: BATCH,
        }
    }

    /// Sends what it is told to, and something when the server asks for it; ends with the
    /// connection.
    pub(crate) async fn run(&mut self, say: &mut mpsc::Receiver<Say>, pinged: &Notify) -> Closed {
        let mut waiting = VecDeque::new();
        loop {
            let mut leaving = None;
            let mut first = None;
            if waiting.is_empty() {
                tokio::select! {
                    // An empty request is answer enough.
                    () = pinged.notified() => {}
                    next = say.recv() => match next {
                        Some(next) => first = Some(next),
                        None => leaving = Some((1001, String::new())),
                    },
                }
            }
            while let Some(next) = first.take() {
                match next {
                    Say::Frame(frame) => waiting.push_back(line(frame)),
                    Say::Close { code, reason } => leaving = Some((code, reason)),
                }
                if leaving.is_none() && waiting.iter().map(Vec::len).sum::<usize>() < self.batch {
                    first = say.try_recv().ok();
                }
            }
            if let Some((code, reason)) = leaving {
                return self.leave(code, reason, waiting).await;
            }
            if let Err(closed) = self.send(&mut waiting).await {
                return closed;
            }
        }
    }

    /// Sends what waits, or as much of it as one request takes; nothing is a request too.
    async fn send(&mut self, waiting: &mut VecDeque<Vec<u8>>) -> Result<(), Closed> {
        let mut delay = FIRST_DELAY;
        loop {
            let mut count = 0;
            let mut body = Vec::new();
            for line in waiting.iter() {
                if count > 0 && body.len() + line.len() > self.batch {
                    break;
                }
                body.extend_from_slice(line);
                count += 1;
            }
            let size = body.len();
            match self.attempt(body.into()).await {
                Ok(Answer::Taken) => {
                    self.taken += 1;
                    waiting.drain(..count);
                    return Ok(());
                }
                // The number is still free for less.
                Ok(Answer::TooLarge) if count > 1 => self.batch = size / 2,
                Ok(Answer::TooLarge) => {
                    return Err(Closed {
                        code: 1009,
                        reason: "a message is larger than the server takes".to_owned(),
                        ..Closed::default()
                    });
                }
                Ok(Answer::Over(closed)) => return Err(closed),
                Ok(Answer::Again(Some(after))) => sleep(after).await,
                // The same body under the same number is taken once, whatever became of this one.
                Ok(Answer::Again(None)) | Err(_) => {
                    self.exchange = None;
                    sleep(delay.mul_f64(0.5 + random::fraction() / 2.0)).await;
                    delay = (delay * 2).min(LAST_DELAY);
                }
            }
        }
    }

    async fn attempt(&mut self, body: Bytes) -> io::Result<Answer> {
        let answer = timeout(PATIENCE, self.ask(body)).await;
        answer.unwrap_or_else(|_| {
            self.exchange = None;
            Err(io::ErrorKind::TimedOut.into())
        })
    }

    async fn ask(&mut self, body: Bytes) -> io::Result<Answer> {
        let target = format!("{}{}", self.target, self.taken + 1);
        let request = post(&self.endpoint, &target, body).map_err(io::Error::other)?;
        let mut exchange = match self.exchange.take().filter(Exchange::is_open) {
            Some(exchange) => exchange,
            None => Exchange::open(&self.dialer, &self.endpoint).await?,
        };
        let response = exchange.request(request).await?;
        let status = response.status();
        if status == StatusCode::NO_CONTENT {
            let keep = response.headers().get(header::CONNECTION);
            if keep.is_none_or(|value| value != "close") {
                self.exchange = Some(exchange);
            }
            return Ok(Answer::Taken);
        }
        let closed = exchange.refusal(response).await;
        Ok(match status {
            StatusCode::PAYLOAD_TOO_LARGE => Answer::TooLarge,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                Answer::Again(closed.retry_after)
            }
            status if status.is_server_error() => Answer::Again(closed.retry_after),
            // `unknown_stream`, or numbers that went apart: the connection is over. Whether it can
            // come back, the next one finds out.
            _ => Answer::Over(Closed::lost(closed.reason)),
        })
    }

    /// Sends what is left and says good-bye; the server then ends the stream, which ends this.
    async fn leave(&mut self, code: u16, reason: String, mut waiting: VecDeque<Vec<u8>>) -> Closed {
        waiting.push_back(b"{\"type\":\"close\"}\n".to_vec());
        let good_bye = async {
            while !waiting.is_empty() && self.send(&mut waiting).await.is_ok() {}
            std::future::pending::<()>().await;
        };
        let _ = timeout(GOOD_BYE, good_bye).await;
        Closed {
            code,
            reason,
            ..Closed::default()
        }
    }
}

/// One message on a line of its own. `data` may have line ends between its tokens; there a space
/// says the same, and elsewhere JSON has none.
fn line(frame: Frame) -> Vec<u8> {
    let mut bytes = match frame {
        Frame::Text(text) => text.into_bytes(),
        Frame::Binary(bytes) => bytes,
    };
    for byte in &mut bytes {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
    bytes.push(b'\n');
    bytes
}

//! The HTTP part of one connection's handshake.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{CONNECTION, DATE, HeaderValue};
use http::{Request, Response, Version};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, sleep_until, timeout};

use super::answer_held::AnswerHeld;
use super::{Accepted, Gate, HandshakeFailure, HandshakeSettings, Opening, Reply};
use crate::admission::{Admission, HandshakePlace, KeptPlace};
use crate::peer::Peer;
use crate::socket::Wire;
use crate::stream_framing::StreamFraming;
use crate::upgrade::UpgradeRequest;

/// The least that the HTTP library takes as the size of its buffer.
const BUFFER_MIN: usize = 8 * 1024;
/// How long a closed connection's last bytes are read and thrown away. Closing a socket with unread
/// bytes resets the connection, and the client may lose the answer it was sent.
const LINGER: Duration = Duration::from_secs(1);
/// How many bytes are thrown away at most.
const LINGER_BYTES: usize = 256 * 1024;

/// What HTTP left behind when it made way for a WebSocket or a stream.
pub(super) struct Upgrade<T> {
    /// The answer, which has not been sent.
    pub(super) answer: Bytes,
    pub(super) leftover: Bytes,
    pub(super) wire: Wire,
    pub(super) admitted: T,
}

/// The requests and answers on one connection.
pub(super) struct Exchange<'a, G: Gate> {
    settings: &'a HandshakeSettings,
    admission: &'a Admission,
    gate: &'a G,
    peer: &'a Peer,
    start: Instant,
    deadline: Cell<Instant>,
    answered: Cell<u32>,
    place: RefCell<Place>,
    /// There was no place for it to stay.
    crowded: Cell<bool>,
    verdict: RefCell<Option<Verdict<G::Admitted>>>,
}

/// What bounds how many connections are where this one is.
#[derive(Debug)]
enum Place {
    /// Nothing: it is one of the last ones.
    None,
    #[expect(dead_code, reason = "held for its drop, which gives the place back")]
    Handshake(HandshakePlace),
    /// It was answered and may ask again. Those who come anew do not have to wait for it.
    #[expect(dead_code, reason = "held for its drop, which gives the place back")]
    Kept(KeptPlace),
}

/// The last word on a connection.
enum Verdict<T> {
    Upgraded(T, Wire),
    /// A stream, with the head of its response.
    Streamed(T, StreamFraming, Vec<u8>),
    Failed(HandshakeFailure),
}

impl<'a, G: Gate> Exchange<'a, G> {
    pub(super) fn new(
        settings: &'a HandshakeSettings,
        admission: &'a Admission,
        gate: &'a G,
        peer: &'a Peer,
        start: Instant,
    ) -> Self {
        Self {
            settings,
            admission,
            gate,
            peer,
            start,
            deadline: Cell::new(start + settings.timeout),
            answered: Cell::new(0),
            place: RefCell::new(Place::None),
            crowded: Cell::new(false),
            verdict: RefCell::new(None),
        }
    }

    /// Keeps the place until the exchange is over, or can do without it.
    pub(super) fn hold(&self, place: Option<HandshakePlace>) {
        self.place
            .replace(place.map_or(Place::None, Place::Handshake));
    }

    /// Serves requests until one of them makes the connection something else; `None` when it ended
    /// without.
    pub(super) async fn serve<IO>(
        &self,
        io: IO,
    ) -> Result<Option<(IO, Upgrade<G::Admitted>)>, HandshakeFailure>
    where
        IO: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let upgraded = || matches!(*self.verdict.borrow(), Some(Verdict::Upgraded(..)));
        let streamed = || matches!(*self.verdict.borrow(), Some(Verdict::Streamed(..)));
        let service = service_fn(|request| Box::pin(self.handle(request)));
        let mut connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.settings.header_timeout)
            .max_buf_size(self.settings.header_bytes.max(BUFFER_MIN))
            .max_header_size(self.settings.header_bytes)
            .serve_connection(TokioIo::new(AnswerHeld::new(io, upgraded)), service);
        let served = self
            .until_deadline(poll_fn(|cx| {
                let polled = connection.poll_without_shutdown(cx);
                // HTTP waits for an answer that it will not get: the response is written by hand.
                if streamed() {
                    Poll::Ready(Ok(()))
                } else {
                    polled
                }
            }))
            .await;
        let parts = connection.into_parts();
        let (mut io, answer) = parts.io.into_inner().into_parts();
        let failure = match (self.verdict.take(), served) {
            (Some(Verdict::Upgraded(admitted, wire)), Some(Ok(()))) => {
                let upgrade = Upgrade {
                    answer: answer.into(),
                    leftover: parts.read_buf,
                    wire,
                    admitted,
                };
                return Ok(Some((io, upgrade)));
            }
            (Some(Verdict::Streamed(admitted, framing, head)), Some(Ok(()))) => {
                let upgrade = Upgrade {
                    answer: head.into(),
                    leftover: parts.read_buf,
                    wire: Wire::Stream(framing),
                    admitted,
                };
                return Ok(Some((io, upgrade)));
            }
            (Some(Verdict::Failed(failure)), _) => failure,
            (_, None) => HandshakeFailure::Timeout,
            (_, Some(Err(error))) => explain(error),
            (None, Some(Ok(()))) => HandshakeFailure::Left,
        };
        // Whoever was too slow to ask is not waited for once more.
        if !matches!(failure, HandshakeFailure::Timeout | HandshakeFailure::Io(_)) {
            linger(&mut io).await;
        }
        match (failure, self.answered.get()) {
            // A client that got answers, and then leaves or stays silent, has not failed.
            (HandshakeFailure::Left | HandshakeFailure::Timeout, 1..) => match self.crowded.get() {
                true => Err(HandshakeFailure::NotKept),
                false => Ok(None),
            },
            (failure, _) => Err(failure),
        }
    }

    /// Answers one request.
    async fn handle(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let (parts, body) = request.into_parts();
        if !UpgradeRequest::is_meant(&parts) {
            return Ok(self.answer(Request::from_parts(parts, body)).await);
        }
        let offer = match UpgradeRequest::check(&parts) {
            Ok(offer) => offer,
            Err(error) => {
                self.fail(error.into());
                return Ok(error.response());
            }
        };
        match self.gate.admit(&parts, &offer, self.peer).await {
            Ok(accepted) => Ok(self.accept(&offer, accepted)),
            Err(mut response) => {
                self.fail(HandshakeFailure::Refused(response.status()));
                close_after(&mut response);
                Ok(response)
            }
        }
    }

    fn accept(
        &self,
        offer: &UpgradeRequest,
        accepted: Accepted<G::Admitted>,
    ) -> Response<Full<Bytes>> {
        let Accepted {
            subprotocol,
            compression,
            admitted,
        } = accepted;
        match offer.accept(subprotocol.as_deref(), compression) {
            Ok((response, deflate)) => {
                let wire = Wire::WebSocket { deflate };
                self.verdict
                    .replace(Some(Verdict::Upgraded(admitted, wire)));
                response
            }
            Err(error) => {
                self.fail(error.into());
                error.response()
            }
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let version = request.version();
        // Its head came in time; its body, if it has one, and the answer get time of their own.
        let patience = Instant::now() + 2 * self.settings.timeout;
        self.deadline.set(self.deadline.get().max(patience));
        let mut response = match self.gate.answer(request, self.peer).await {
            Reply::Whole(response) => response,
            Reply::Stream(opening) => {
                self.open(version, opening);
                std::future::pending().await
            }
        };
        let answered = self.answered.get().saturating_add(1);
        self.answered.set(answered);
        // A connection that made itself useful may stay longer than a handshake may take. It is
        // told to go in the second half of its time, so that no request of its is cut off.
        let stay = self.settings.timeout.max(self.settings.http_timeout);
        let deadline = (self.start + stay).max(Instant::now() + self.settings.timeout);
        self.deadline.set(deadline);
        let late = self.start.elapsed() * 2 > stay;
        if answered >= self.settings.requests || late || !self.keep() {
            close_after(&mut response);
        }
        response
    }

    /// Exchanges the place in the handshakes for one among those that were answered; says whether
    /// there was one.
    fn keep(&self) -> bool {
        let mut place = self.place.borrow_mut();
        if let Place::Handshake(_) = *place {
            let Some(kept) = self.admission.kept_place() else {
                self.crowded.set(true);
                return false;
            };
            *place = Place::Kept(kept);
        }
        true
    }

    fn open(&self, version: Version, opening: Opening<G::Admitted>) {
        let framing = StreamFraming::for_version(opening.format, version);
        let mut headers = opening.headers;
        // RFC 9110 section 6.6.1 wants it of whoever has a clock.
        let date = httpdate::fmt_http_date(SystemTime::now());
        if let Ok(date) = HeaderValue::try_from(date) {
            headers.insert(DATE, date);
        }
        let head = framing.head(&headers);
        let verdict = Verdict::Streamed(opening.admitted, framing, head);
        self.verdict.replace(Some(verdict));
    }

    fn fail(&self, failure: HandshakeFailure) {
        self.verdict.replace(Some(Verdict::Failed(failure)));
    }

    /// Runs `future`, up to a deadline that may move while it runs.
    async fn until_deadline<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        loop {
            let deadline = self.deadline.get();
            tokio::select! {
                biased;
                output = &mut future => return Some(output),
                () = sleep_until(deadline) => {
                    if self.deadline.get() <= deadline {
                        return None;
                    }
                }
            }
        }
    }
}

fn close_after(response: &mut Response<Full<Bytes>>) {
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
}

/// Ends our direction, and gives the client time to read it.
async fn linger<IO: AsyncRead + AsyncWrite + Unpin>(io: &mut IO) {
    let end = async {
        io.shutdown().await?;
        let mut scratch = vec![0; 2_048];
        let mut total = 0;
        while total < LINGER_BYTES {
            match io.read(&mut scratch).await? {
                0 => break,
                count => total += count,
            }
        }
        io::Result::Ok(())
    };
    // The connection is lost in any case; nobody is left to be told.
    let _ = timeout(LINGER, end).await;
}

fn explain(error: hyper::Error) -> HandshakeFailure {
    if error.is_timeout() {
        return HandshakeFailure::Timeout;
    }
    if error.is_parse_too_large() {
        return HandshakeFailure::HeaderTooLarge;
    }
    if error.is_parse() {
        return HandshakeFailure::Malformed(error);
    }
    if error.is_incomplete_message() || error.is_closed() {
        return HandshakeFailure::Left;
    }
    HandshakeFailure::Io(io::Error::other(error))
}

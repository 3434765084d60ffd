//! Clients of Centrifugo that hear a stream, and what they say in requests of their own.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header, request::Parts};
use http_body_util::Full;
use hyper::body::Incoming;
use wirehub_model::StreamName;
use wirehub_protocol::{Dialect, centrifuge::EmulationRequest};
use wirehub_transport::{Reply, StreamFormat};

use super::{
    Admitted, HubGate, body,
    foreign::{CONNECT, parameter},
    streams::{begin, denial, nothing_to_say, overloaded},
};
use crate::{
    CentrifugoTransport,
    doorkeeper::Denial,
    post::{Posted, Said},
};

/// The type of a body in Protobuf; every other is JSON.
const PROTOBUF: &str = "application/octet-stream";

impl HubGate {
    /// Lets a client in that will hear a stream. Who it is, it says in its own protocol.
    pub(super) async fn listen(
        &self,
        transport: CentrifugoTransport,
        request: Request<Incoming>,
    ) -> Result<Reply<Admitted>, Denial> {
        if self.shared.is_draining() {
            return Err(Denial::draining());
        }
        let (head, body) = request.into_parts();
        let (dialect, format) = spoken(transport, &head.headers);
        let said = match head.method {
            Method::GET => said_in_query(&head, dialect)?,
            _ => self.body(body).await?,
        };
        let admitted = Admitted {
            dialect,
            principal: None,
            said: Some(Said::Message(said)),
            guest: None,
        };
        Ok(begin(format, admitted))
    }

    /// Carries what a client says to the shard that has it. A client that learns that nobody has it
    /// connects again.
    pub(super) async fn emulate(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Denial> {
        let (head, body) = request.into_parts();
        let body = self.body(body).await?;
        let request = EmulationRequest::read(encoding(&head.headers), &body).ok_or_else(|| {
            body::bad("the body has to hold `session`, `node` and `data`".to_owned())
        })?;
        let emulation = request.emulation;
        if emulation.node != self.shared.node {
            return Err(unknown("the session is another server's"));
        }
        let over = || unknown("there is no such session, or it is over");
        let stream: StreamName = emulation.session.expose().parse().map_err(|_| over())?;
        let said = Said::Message(request.data);
        match self.post(stream, None, said).await {
            Posted::Busy => Err(overloaded()),
            Posted::Unknown => Err(over()),
            Posted::Taken | Posted::Repeated | Posted::OutOfOrder { .. } => Ok(nothing_to_say()),
        }
    }
}

/// The dialect of a stream, and its format.
fn spoken(transport: CentrifugoTransport, headers: &HeaderMap) -> (Dialect, StreamFormat) {
    match transport {
        CentrifugoTransport::UniSse => (Dialect::CentrifugeOneWay, StreamFormat::Events),
        CentrifugoTransport::UniHttpStream => (Dialect::CentrifugeOneWay, StreamFormat::Lines),
        CentrifugoTransport::HttpStream if encoding(headers) == Dialect::CentrifugeProtobuf => {
            (Dialect::CentrifugeProtobuf, StreamFormat::Bytes)
        }
        CentrifugoTransport::HttpStream => (Dialect::CentrifugeJson, StreamFormat::Lines),
        // There is no stream over a WebSocket.
        CentrifugoTransport::Sse
        | CentrifugoTransport::WebSocket
        | CentrifugoTransport::UniWebSocket => (Dialect::CentrifugeJson, StreamFormat::Events),
    }
}

/// The encoding that a body says it has.
fn encoding(headers: &HeaderMap) -> Dialect {
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next());
    if essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(PROTOBUF)) {
        Dialect::CentrifugeProtobuf
    } else {
        Dialect::CentrifugeJson
    }
}

/// What a client says that cannot send a body, such as an `EventSource`. One that only hears may
/// have nothing to say.
fn said_in_query(head: &Parts, dialect: Dialect) -> Result<Bytes, Denial> {
    match parameter(head, CONNECT) {
        Some(said) if !said.is_empty() => Ok(said.into()),
        _ if dialect.is_one_way() => Ok(Bytes::from_static(b"{}")),
        _ => Err(body::bad(format!("the query has to hold `{CONNECT}`"))),
    }
}

fn unknown(message: &'static str) -> Denial {
    denial(StatusCode::NOT_FOUND, "unknown_session", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_the_body_says_how_it_is_encoded() {
        for (content_type, expected) in [
            ("application/octet-stream", Dialect::CentrifugeProtobuf),
            ("Application/Octet-Stream; x=y", Dialect::CentrifugeProtobuf),
            ("application/json", Dialect::CentrifugeJson),
            ("application/octet-streams", Dialect::CentrifugeJson),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
            assert_eq!(encoding(&headers), expected, "{content_type}");
        }
        assert_eq!(encoding(&HeaderMap::new()), Dialect::CentrifugeJson);
    }
}

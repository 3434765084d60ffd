//! Clients that hear a stream in place of a WebSocket, and say what they have to say in requests of
//! their own (<https://centrifugal.dev/docs/transports/overview#bidirectional>).

use std::borrow::Cow;

use bytes::Bytes;
use prost::Message as _;
use serde::Deserialize;
use wirehub_model::Secret;

use super::proto;
use crate::Dialect;

/// What a client is told so that it can speak: the answer to its `connect` says it.
#[derive(Clone, Debug)]
pub struct Emulation {
    /// Whoever knows it speaks for the client.
    pub session: Secret,
    /// The server that has the client.
    pub node: String,
}

impl Emulation {
    pub(super) fn tell(&self, connect: &mut proto::ConnectResult) {
        self.session.expose().clone_into(&mut connect.session);
        connect.node.clone_from(&self.node);
    }
}

/// A request in which a client says something.
#[derive(Clone, Debug)]
pub struct EmulationRequest {
    /// Whom it comes from, as the client writes it.
    pub emulation: Emulation,
    /// A message of the client's, as over a WebSocket.
    pub data: Bytes,
}

impl EmulationRequest {
    /// Reads the body of a request in the encoding of `dialect`; `None` when it is none.
    #[must_use]
    pub fn read(dialect: Dialect, body: &[u8]) -> Option<Self> {
        let (session, node, data) = match dialect {
            Dialect::CentrifugeProtobuf => {
                let request = proto::EmulationRequest::decode(body).ok()?;
                (request.session, request.node, request.data)
            }
            _ => {
                let request: Json<'_> = serde_json::from_slice(body).ok()?;
                let data = Bytes::from(request.data.into_owned());
                (request.session, request.node, data)
            }
        };
        let session = Secret::new(session);
        Some(Self {
            emulation: Emulation { session, node },
            data,
        })
    }
}

/// The request in JSON, where the message stands as text.
#[derive(Deserialize)]
struct Json<'a> {
    session: String,
    node: String,
    #[serde(borrow)]
    data: Cow<'a, str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(dialect: Dialect, body: &[u8]) -> Option<(String, String, Vec<u8>)> {
        let EmulationRequest { emulation, data } = EmulationRequest::read(dialect, body)?;
        let Emulation { session, node } = emulation;
        Some((session.expose().to_owned(), node, data.to_vec()))
    }

    #[test]
    fn says_the_same_in_both_encodings() {
        let json = br#"{"session":"s","node":"n","data":"{\"id\":2}\n{}","more":1}"#;
        let expected = ("s".to_owned(), "n".to_owned(), b"{\"id\":2}\n{}".to_vec());
        assert_eq!(read(Dialect::CentrifugeJson, json), Some(expected.clone()));
        let request = proto::EmulationRequest {
            node: "n".to_owned(),
            session: "s".to_owned(),
            data: b"{\"id\":2}\n{}".to_vec().into(),
        };
        let protobuf = request.encode_to_vec();
        assert_eq!(read(Dialect::CentrifugeProtobuf, &protobuf), Some(expected));
        assert!(!format!("{request:?}").contains("\"s\""));
    }

    #[test]
    fn is_nothing_else() {
        for body in ["", "{}", "[]", r#"{"session":"s","node":"n","data":{}}"#] {
            assert_eq!(read(Dialect::CentrifugeJson, body.as_bytes()), None);
        }
        assert_eq!(read(Dialect::CentrifugeProtobuf, &[0xff]), None);
    }
}

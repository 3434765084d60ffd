//! Whatever is said, JSON and Protobuf say the same, and nothing that comes in makes them panic.

use proptest::prelude::*;
use prost::Message as _;
use serde::Deserialize as _;
use serde_json::{Value, value::RawValue};
use wirehub_model::Payload;
use wirehub_protocol::{Dialect, Frame, v1};

use crate::{arbitrary, client, judges, peer, said::Said};

/// A valid message with a piece of it replaced.
fn damage(mut message: Vec<u8>, place: prop::sample::Index, piece: &[u8]) -> Vec<u8> {
    let place = place.index(message.len() + 1);
    let end = message.len().min(place + piece.len());
    message.splice(place..end, piece.iter().copied());
    message
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text: String) {
        judges::json(&text);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        judges::protobuf(&bytes);
    }

    #[test]
    fn damaged_messages_are_read_or_refused(
        request in arbitrary::request(),
        place: prop::sample::Index,
        piece in prop::collection::vec(any::<u8>(), 1..4),
    ) {
        let protobuf = peer::to_protobuf(&request).encode_to_vec();
        judges::protobuf(&damage(protobuf, place, &piece));
        let json = damage(peer::to_json(&request).into_bytes(), place, &piece);
        if let Ok(json) = String::from_utf8(json) {
            judges::json(&json);
        }
    }

    #[test]
    fn requests_mean_the_same_in_both(request in arbitrary::request()) {
        let json = peer::to_json(&request);
        let decoded = Dialect::NativeJson.decode(Frame::Text(&json));
        prop_assert_eq!(decoded.as_ref(), Ok(&request), "{}", json);
        let protobuf = peer::to_protobuf(&request).encode_to_vec();
        let decoded = Dialect::NativeProtobuf.decode(Frame::Binary(&protobuf));
        prop_assert_eq!(decoded, Ok(request));
    }

    #[test]
    fn events_say_what_they_are_in_both(said in arbitrary::said()) {
        let json = String::from_utf8(said.encode(Dialect::NativeJson)).unwrap();
        let parsed: Value = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&parsed, &client::expected(&said), "{}", json);
        let protobuf = said.encode(Dialect::NativeProtobuf);
        let message = v1::ServerMessage::decode(&*protobuf).unwrap();
        prop_assert_eq!(client::from_protobuf(message), parsed);
    }

    #[test]
    fn data_arrives_byte_for_byte(said in arbitrary::said()) {
        let Some(Payload::Json(text)) = client::payload(&said) else {
            return Ok(());
        };
        let json = said.encode(Dialect::NativeJson);
        let fields: std::collections::BTreeMap<String, Box<RawValue>> =
            serde_json::from_slice(&json).unwrap();
        prop_assert_eq!(fields["data"].get().as_bytes(), &**text);
    }

    #[test]
    fn messages_are_appended(said in arbitrary::said()) {
        for dialect in Dialect::NATIVE {
            let mut out = b"before".to_vec();
            prop_assert!(dialect.encode(&said.event(), &mut out));
            prop_assert_eq!(out.strip_prefix(b"before"), Some(&*said.encode(dialect)));
        }
    }
}

#[test]
fn the_transport_says_the_rest_itself() {
    use wirehub_model::{CloseReason, Event};
    for dialect in Dialect::NATIVE {
        for event in [
            Event::Heartbeat,
            Event::HeartbeatReply(b"x"),
            Event::Close(CloseReason::Normal),
        ] {
            let mut out = Vec::new();
            assert!(!dialect.encode(&event, &mut out));
            assert!(out.is_empty());
        }
    }
}

#[test]
fn names_are_escaped_as_json_wants() {
    let text = "quote \" slash / back \\ line \n tab \t nul \u{0} é 😀 \u{2028}";
    let refusal = wirehub_model::Refusal::new(wirehub_model::ErrorCode::Internal, text);
    let json = Said::Refused(None, refusal).encode(Dialect::NativeJson);
    let mut parser = serde_json::Deserializer::from_slice(&json);
    let parsed = Value::deserialize(&mut parser).unwrap();
    assert_eq!(parsed["message"], text);
}

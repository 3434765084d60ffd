//! Instructions for the native dialect's two hot paths: to read a publish of a client, and to write
//! a publication of 128 bytes, which is done once for all subscribers.
//!
//! `cargo bench -p wirehub-protocol` needs valgrind and the gungraun-runner of the same version.

#![expect(missing_docs, unused_qualifications, reason = "the macros write so")]

use std::hint::black_box;

use bytes::Bytes;
use gungraun::{library_benchmark, library_benchmark_group, main};
use prost::Message as _;
use wirehub_model::{
    ConnectionId, Epoch, Event, EventName, Message, Moment, Offset, Payload, Position, Publication,
    Publisher, Topic, UserId,
};
use wirehub_protocol::{DecodeError, Dialect, Frame, Request, v1};

/// A payload of 128 bytes, as an application sends it.
const DATA: &str = concat!(
    r#"{"order":42,"status":"paid","amount":12.50,"currency":"EUR","items":["tea","milk"],"#,
    r#""note":"ring twice please, and mind the dog"}"#
);

fn publish_json() -> String {
    format!(r#"{{"type":"publish","id":3,"topic":"orders/42","event":"paid","data":{DATA}}}"#)
}

fn publish_protobuf() -> Vec<u8> {
    let publish = v1::Publish {
        topic: "orders/42".to_owned(),
        event: "paid".to_owned(),
        data: Some(v1::Data {
            kind: Some(v1::data::Kind::Json(Bytes::from_static(DATA.as_bytes()))),
        }),
        ..v1::Publish::default()
    };
    let message = v1::ClientMessage {
        id: Some(3),
        kind: Some(v1::client_message::Kind::Publish(publish)),
    };
    message.encode_to_vec()
}

/// A publication and a buffer that has grown already, as the shard keeps one.
fn publication() -> (Publication, Vec<u8>) {
    let publication = Publication {
        topic: Topic::parse("orders/42").expect("a topic"),
        message: Message {
            event: EventName::parse("paid"),
            ..Message::of(Payload::Json(Bytes::from_static(DATA.as_bytes())))
        },
        key: None,
        position: Position {
            epoch: Epoch::new(7),
            offset: Offset(19),
        },
        from: Some(Publisher {
            user: UserId::parse("u1").ok(),
            connection: ConnectionId::new(1, 7, 99),
            info: None,
        }),
        accepted_at: Moment::ZERO,
        expires_at: None,
        trace: None,
    };
    (publication, Vec::with_capacity(1_024))
}

#[library_benchmark]
#[bench::publish(publish_json())]
fn decode_json(text: String) -> Result<Request, DecodeError> {
    black_box(Dialect::NativeJson.decode(Frame::Text(black_box(&text))))
}

#[library_benchmark]
#[bench::publish(publish_protobuf())]
fn decode_protobuf(bytes: Vec<u8>) -> Result<Request, DecodeError> {
    black_box(Dialect::NativeProtobuf.decode(Frame::Binary(black_box(&bytes))))
}

#[library_benchmark]
#[benches::publication(args = [Dialect::NativeJson, Dialect::NativeProtobuf], setup = with_event)]
fn encode((dialect, (publication, mut out)): (Dialect, (Publication, Vec<u8>))) -> Vec<u8> {
    let event = Event::Publication(black_box(&publication));
    assert!(dialect.encode(&event, &mut out));
    black_box(out)
}

fn with_event(dialect: Dialect) -> (Dialect, (Publication, Vec<u8>)) {
    (dialect, publication())
}

library_benchmark_group!(
    name = native,
    benchmarks = [decode_json, decode_protobuf, encode]
);

main!(library_benchmark_groups = native);

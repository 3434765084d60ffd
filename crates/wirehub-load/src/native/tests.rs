use std::time::Duration;

use prost::Message as _;
use wirehub_protocol::v1::{
    self, Data, Position, ServerMessage, data, message::Address, server_message::Kind,
};

use super::*;

const STAMP: Stamp = Stamp {
    run: 1,
    topic: 2,
    life: 3,
    number: 4,
    due: Duration::from_millis(5),
};

fn payload() -> String {
    let mut payload = Vec::new();
    STAMP.write(&mut payload, Stamp::SHORTEST);
    String::from_utf8(payload).unwrap()
}

/// What is heard of a message, as it is printed.
fn heard(read: impl FnOnce(&mut dyn FnMut(Heard<'_>)) -> Option<()>) -> Option<Vec<String>> {
    let mut all = Vec::new();
    read(&mut |heard| all.push(format!("{heard:?}")))?;
    Some(all)
}

fn text(text: &str) -> Option<Vec<String>> {
    heard(|hear| read_text(text, hear))
}

fn binary(id: Option<u64>, kind: Kind) -> Option<Vec<String>> {
    let kind = Some(kind);
    let bytes = ServerMessage { id, kind }.encode_to_vec();
    heard(|hear| read_binary(&bytes, hear))
}

#[test]
fn both_forms_say_the_same() {
    let position = Some(Position {
        epoch: "e".to_owned(),
        offset: 7,
    });
    let reply = v1::Reply {
        position: position.clone(),
        recovered: Some(true),
        ..v1::Reply::default()
    };
    let ok = r#"{"type":"ok","id":3,"epoch":"e","offset":7,"recovered":true}"#;
    assert_eq!(text(ok), binary(Some(3), Kind::Ok(reply)));
    let subscribed = v1::Subscribed {
        topic: "t/1".to_owned(),
        position,
        recovered: Some(false),
        ..v1::Subscribed::default()
    };
    let written = r#"{"type":"subscribed","topic":"t/1","epoch":"e","offset":7,"recovered":false}"#;
    assert_eq!(text(written), binary(None, Kind::Subscribed(subscribed)));
    let welcome = v1::Welcome {
        session: "s".to_owned(),
        spread: Some(0.5),
        heartbeat: Some(v1::Heartbeat {
            interval: 25.0,
            timeout: 7.5,
        }),
        ..v1::Welcome::default()
    };
    let written = r#"{"type":"welcome","connection":"c","session":"s","spread":0.5,
        "heartbeat":{"interval":25,"timeout":7.5}}"#;
    assert_eq!(text(written), binary(None, Kind::Welcome(welcome)));
    let refusal = v1::Refusal {
        code: "rate_limited".to_owned(),
        ..v1::Refusal::default()
    };
    let written = r#"{"type":"error","id":4,"code":"rate_limited","message":"m","retry":true}"#;
    assert_eq!(text(written), binary(Some(4), Kind::Error(refusal)));
    let reconnect = v1::Reconnect {
        reason: "drain".to_owned(),
        within: 8.0,
    };
    let written = r#"{"type":"reconnect","reason":"drain","within":8}"#;
    assert_eq!(text(written), binary(None, Kind::Reconnect(reconnect)));
}

#[test]
fn publications_are_found_in_both_forms_one_by_one_and_together() {
    let payload = payload();
    let message = v1::Message {
        data: Some(Data {
            kind: Some(data::Kind::Binary(payload.clone().into())),
        }),
        offset: 9,
        address: Some(Address::Topic("t".to_owned())),
        ..v1::Message::default()
    };
    let written = format!(r#"{{"type":"message","topic":"t","data":"{payload}","offset":9}}"#);
    let found = text(&written).unwrap();
    assert_eq!(Some(&found), binary(None, Kind::Message(message)).as_ref());
    assert!(found[0].contains("number: 4"), "{found:?}");
    let many = format!(
        r#"{{"type":"messages","topic":"t","messages":[{{"data":"{payload}","offset":9}},{{"data":1,"offset":10}}]}}"#
    );
    let both = text(&many).unwrap();
    assert_eq!((both.len(), &both[0]), (2, &found[0]));
    assert!(both[1].contains("Nothing"), "{both:?}");
}

#[test]
fn what_is_no_word_of_the_protocol_is_refused_and_what_is_new_is_not() {
    for nonsense in ["", "[]", "hello", "{}", r#"{"type":"ok"}"#, r#"{"type":5}"#] {
        assert_eq!(text(nonsense), None, "{nonsense}");
    }
    assert_eq!(
        text(r#"{"type":"tomorrow"}"#),
        Some(vec!["Other".to_owned()])
    );
    assert_eq!(heard(|hear| read_binary(&[0xff; 9], hear)), None);
}

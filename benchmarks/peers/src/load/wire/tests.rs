use super::{Next, Place, Role, Wire, WireKind};
use crate::case::Comeback;
use crate::load::payload::Payload;

fn unmasked(frame: &[u8]) -> Vec<u8> {
    let header = if frame[1] & 0x7F == 126 { 4 } else { 2 };
    let key = &frame[header..header + 4];
    let masked = frame[header + 4..].iter();
    masked
        .zip(key.iter().cycle())
        .map(|(byte, key)| byte ^ key)
        .collect()
}

#[test]
fn a_plain_message_is_the_payload_alone() {
    let wire = Wire::new(WireKind::Plain, "", "");
    let mut out = Vec::new();
    let payload = Payload::new(128).numbered(3).to_vec();
    wire.push_message(&mut out, &mut Vec::new(), &payload);
    assert_eq!(unmasked(&out), payload);
    assert_eq!(wire.upgraded(Role::Subscriber), Next::Open);
}

#[test]
fn a_native_publish_is_json_with_the_payload_as_data() {
    let wire = Wire::new(WireKind::Native, "t", "bench/room");
    let mut out = Vec::new();
    let payload = Payload::new(128).numbered(3).to_vec();
    wire.push_message(&mut out, &mut Vec::new(), &payload);
    let json: serde_json::Value = serde_json::from_slice(&unmasked(&out)).expect("json");
    assert_eq!(
        (&json["type"], &json["topic"]),
        (&"publish".into(), &"bench/room".into())
    );
    assert_eq!(json["data"].to_string().as_bytes(), payload);
    assert_eq!(json.get("id"), None, "no id, so no reply");
}

#[test]
fn a_client_that_comes_back_says_where_it_was() {
    let wire = Wire::new(WireKind::Native, "t", "bench/room");
    let place = Place {
        session: "s_1",
        epoch: "e",
        offset: 7,
    };
    let said = |by| -> serde_json::Value {
        serde_json::from_slice(&unmasked(&wire.come_back(by, &place))).expect("json")
    };
    let since = said(Comeback::Since);
    assert_eq!(since["type"], "subscribe");
    assert_eq!(
        since["since"],
        serde_json::json!({"epoch": "e", "offset": 7})
    );
    let resume = said(Comeback::Resume);
    assert_eq!(
        (&resume["type"], &resume["session"]),
        (&"resume".into(), &"s_1".into())
    );
    assert_eq!(resume["topics"], serde_json::json!({"bench/room": 7}));
}

#[test]
fn a_publication_asks_for_its_answer_when_that_is_wanted() {
    let wire = Wire::new(WireKind::Native, "t", "bench/room");
    let mut out = Vec::new();
    wire.push_publish(&mut out, &mut Vec::new(), b"\"x\"", true);
    let json: serde_json::Value = serde_json::from_slice(&unmasked(&out)).expect("json");
    assert_eq!((&json["id"], &json["data"]), (&1.into(), &"x".into()));
}

#[test]
fn only_subscribers_subscribe() {
    let wire = Wire::new(WireKind::Native, "t", "bench/room");
    assert_eq!(wire.upgraded(Role::Publisher), Next::Open);
    let Next::Say(frame) = wire.upgraded(Role::Subscriber) else {
        panic!("a frame");
    };
    let json: serde_json::Value = serde_json::from_slice(&unmasked(&frame)).expect("json");
    assert_eq!(json["id"], 1);
    assert_eq!(wire.path(Role::Publisher), "/ws?token=t");
}

#[test]
fn answers_are_told_apart() {
    let wire = Wire::new(WireKind::Native, "t", "bench/room");
    let welcome = br#"{"type":"welcome","connection":"c_1","id":1}"#;
    assert_eq!(wire.heard(Role::Subscriber, welcome), Next::Wait);
    assert_eq!(
        wire.heard(Role::Subscriber, br#"{"type":"ok","id":2}"#),
        Next::Wait
    );
    let accepted = br#"{"type":"ok","id":1,"offset":0}"#;
    assert_eq!(wire.heard(Role::Subscriber, accepted), Next::Open);
    let refused = wire.heard(
        Role::Subscriber,
        br#"{"type":"error","id":1,"code":"permission_denied"}"#,
    );
    assert!(matches!(refused, Next::Refused(text) if text.contains("permission_denied")));
    assert_eq!(wire.heard(Role::Subscriber, b"\xff"), Next::Wait);
    assert!(wire.is_message(br#"{"type":"message","topic":"t","data":1}"#));
    assert!(!wire.is_message(br#"{"type":"spread","within":1}"#));
}

/// The key, the socket and the signature are those of Pusher's documentation of private channels.
#[test]
fn a_client_of_pusher_signs_for_its_channel() {
    let wire = Wire::new(WireKind::Pusher, "7ad3773142a6692b25b8", "private-foobar");
    assert_eq!(wire.upgraded(Role::Subscriber), Next::Wait);
    let greeting = br#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1234.1234\",\"activity_timeout\":120}"}"#;
    let Next::Say(frame) = wire.heard(Role::Subscriber, greeting) else {
        panic!("a frame");
    };
    let json: serde_json::Value = serde_json::from_slice(&unmasked(&frame)).expect("json");
    let auth = "bench-key:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4";
    assert_eq!(json["data"]["auth"], auth);
    let accepted = br#"{"event":"pusher_internal:subscription_succeeded","channel":"private-foobar","data":"{}"}"#;
    assert_eq!(wire.heard(Role::Subscriber, accepted), Next::Open);
    let refused = wire.heard(
        Role::Subscriber,
        br#"{"event":"pusher:error","data":{"code":4301,"message":"slow down"}}"#,
    );
    assert!(matches!(refused, Next::Refused(text) if text.contains("4301")));
}

#[test]
fn an_event_of_pusher_carries_the_payload_as_data() {
    let wire = Wire::new(WireKind::Pusher, "", "private-bench");
    let mut out = Vec::new();
    let payload = Payload::new(128).numbered(3).to_vec();
    wire.push_message(&mut out, &mut Vec::new(), &payload);
    let json: serde_json::Value = serde_json::from_slice(&unmasked(&out)).expect("json");
    assert_eq!(
        (&json["event"], &json["channel"]),
        (&"client-bench".into(), &"private-bench".into())
    );
    assert_eq!(json["data"].to_string().as_bytes(), payload);
}

//! What is said where the client only hears: over a stream, or for good.

use proptest::prelude::*;
use serde_json::{Value, json};
use wirehub_model::{CloseReason, ErrorCode, Event, Refusal, Secret};
use wirehub_protocol::{Conversation, Dialect, Frame, centrifuge::Emulation};

use super::{FOLDER, Step, explained, peer, scenes};
use crate::{expect, judges};

fn said(say: impl FnOnce(&mut Vec<u8>) -> bool) -> Option<String> {
    let mut out = Vec::new();
    let told = say(&mut out);
    assert_eq!(told, !out.is_empty());
    told.then(|| String::from_utf8(out).unwrap())
}

fn play(conversation: &mut Conversation, step: &Step) -> String {
    let (name, mut lines) = match step {
        Step::Says(name, json) => {
            let mut heard = Vec::new();
            conversation.hear(Frame::Text(json), &mut heard);
            let mut lines = vec![format!("> json {json}")];
            lines.extend(explained(&heard));
            (*name, lines)
        }
        Step::Told(name, told) => {
            let told = told.event();
            let lines = said(|out| conversation.tell(&told, out));
            let mut lines: Vec<_> = lines.iter().flat_map(|it| it.lines()).map(pushed).collect();
            lines.push(format!("= {told:?}"));
            (*name, lines)
        }
        Step::Pinged => {
            let ping = said(|out| conversation.tell(&Event::Heartbeat, out));
            ("ping", vec![pushed(&ping.unwrap())])
        }
        Step::Leaves(reason) => {
            let goodbye = conversation.goodbye(*reason);
            let farewell = said(|out| Dialect::CentrifugeOneWay.farewell(goodbye, out));
            let close = format!("< close {} {}", goodbye.code, goodbye.reason);
            ("goodbye", vec![pushed(&farewell.unwrap()), close])
        }
        Step::Released => unreachable!("nothing is held back"),
    };
    lines.insert(0, format!("# {name}"));
    lines.join("\n") + "\n"
}

/// A push stands alone: there is no envelope around it, and no number.
fn pushed(line: &str) -> String {
    let push: Value = serde_json::from_str(line).unwrap();
    assert!(push.get("push").is_none() && push.get("id").is_none());
    format!("< json {line}")
}

#[test]
fn one_way_goes_as_it_is_written() {
    let mut conversation = Conversation::begin(Dialect::CentrifugeOneWay).unwrap();
    let steps = scenes::one_way();
    let steps: Vec<_> = steps
        .iter()
        .map(|step| play(&mut conversation, step))
        .collect();
    expect::check(&format!("{FOLDER}/one-way.txt"), &steps.join("\n"));
}

#[test]
fn who_is_not_let_in_is_told_so_in_the_goodbye_alone() {
    let mut conversation = Conversation::begin(Dialect::CentrifugeOneWay).unwrap();
    let goodbye = |it: &Conversation| it.goodbye(CloseReason::Unauthorized).code;
    assert_eq!(goodbye(&conversation), 3502);
    conversation.hear(Frame::Text("{}"), &mut Vec::new());
    let refusal = Refusal::new(ErrorCode::Unauthorized, "because");
    let event = Event::Refused {
        id: None,
        refusal: &refusal,
    };
    assert_eq!(said(|out| conversation.tell(&event, out)), None);
    assert_eq!(goodbye(&conversation), 3500);
}

fn emulated(dialect: Dialect) -> Conversation {
    let emulation = Emulation {
        session: Secret::new("s.e.s".to_owned()),
        node: "here".to_owned(),
    };
    Conversation::with_emulation(dialect, emulation).unwrap()
}

#[test]
fn who_speaks_in_requests_of_its_own_is_told_where() {
    let welcome = scenes::in_as_ann(None);
    let event = Event::Welcome {
        id: Some(1),
        welcome: &welcome,
    };
    let [mut text, mut binary] = Dialect::CENTRIFUGE.map(emulated);
    let answer = said(|out| text.tell(&event, out)).unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(
        (&answer["connect"]["session"], &answer["connect"]["node"]),
        (&json!("s.e.s"), &json!("here"))
    );
    let mut out = Vec::new();
    assert!(binary.tell(&event, &mut out));
    let connect = peer::replies(&out).remove(0).connect.unwrap();
    assert_eq!((&*connect.session, &*connect.node), ("s.e.s", "here"));
    assert!(!format!("{text:?}").contains("s.e.s"));
    // Nobody else is.
    let mut plain = Conversation::begin(Dialect::CentrifugeJson).unwrap();
    let answer = said(|out| plain.tell(&event, out)).unwrap();
    assert!(!answer.contains("session") && !answer.contains("node"));
}

#[test]
fn a_goodbye_is_a_message_of_each_encoding() {
    let goodbye = Dialect::CentrifugeJson.goodbye(CloseReason::ServiceRestart);
    assert_eq!(
        said(|out| Dialect::CentrifugeJson.farewell(goodbye, out)).unwrap(),
        r#"{"push":{"disconnect":{"code":3001,"reason":"shutdown"}}}"#
    );
    let mut out = Vec::new();
    assert!(Dialect::CentrifugeProtobuf.farewell(goodbye, &mut out));
    let push = peer::replies(&out).remove(0).push.unwrap();
    assert_eq!(push.disconnect.unwrap().code, 3001);
    for dialect in [
        Dialect::NativeJson,
        Dialect::NativeProtobuf,
        Dialect::Pusher,
    ] {
        assert_eq!(said(|out| dialect.farewell(goodbye, out)), None);
    }
}

proptest! {
    #[test]
    fn any_message_is_heard_once(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        judges::one_way(&bytes);
        for dialect in Dialect::CENTRIFUGE {
            judges::emulation(dialect, &bytes);
        }
    }
}

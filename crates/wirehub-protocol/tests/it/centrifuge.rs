//! The transcripts in `testdata/centrifuge`: whole conversations in Centrifugo's client protocol,
//! in both encodings side by side.

mod peer;
mod scenes;
mod streams;

use proptest::prelude::*;
use prost::Message as _;
use wirehub_model::{CloseReason, ErrorCode, Event, Refusal};
use wirehub_protocol::{Conversation, Dialect, Frame, Heard};

use crate::{expect, judges, said::Said};

const FOLDER: &str = "crates/wirehub-protocol/testdata/centrifuge";

/// One thing that happens in a conversation.
pub(crate) enum Step {
    /// The client says this, in JSON.
    Says(&'static str, &'static str),
    /// It is told this.
    Told(&'static str, Said),
    /// It is asked for a sign of life.
    Pinged,
    /// What was held back until it was let in is fetched.
    Released,
    /// The hub says goodbye.
    Leaves(CloseReason),
}

/// A conversation in both encodings.
struct Pair([(Dialect, Conversation); 2]);

impl Pair {
    fn begin() -> Self {
        Self(Dialect::CENTRIFUGE.map(|dialect| (dialect, Conversation::begin(dialect).unwrap())))
    }

    fn play(&mut self, step: &Step) -> String {
        let mut lines = Vec::new();
        match step {
            Step::Says(name, json) => {
                lines.push(format!("# {name}"));
                lines.extend(json.lines().map(|line| format!("> json {line}")));
                let protobuf = peer::to_protobuf(json);
                if let Some(bytes) = &protobuf {
                    lines.push(format!("> protobuf {}", hex(bytes)));
                }
                let heard = self.hear(json, protobuf.as_deref());
                lines.extend(explained(&heard));
            }
            Step::Released => {
                lines.push("# what was held back".to_owned());
                let heard = self.0.each_mut().map(|(_, conversation)| {
                    let mut heard = Vec::new();
                    assert!(conversation.has_released());
                    conversation.take_released(&mut heard);
                    heard
                });
                assert_eq!(heard[0], heard[1]);
                lines.extend(explained(&heard[0]));
            }
            Step::Told(name, said) => {
                lines.push(format!("# {name}"));
                lines.extend(self.tell(&said.event()));
                lines.push(format!("= {:?}", said.event()));
            }
            Step::Pinged => {
                lines.push("# ping".to_owned());
                lines.extend(self.tell(&Event::Heartbeat));
            }
            Step::Leaves(reason) => {
                lines.push(format!("# goodbye: {}", reason.name()));
                let said = self.0.each_ref().map(|(_, it)| it.goodbye(*reason));
                assert_eq!(said[0], said[1]);
                lines.push(format!("< close {} {}", said[0].code, said[0].reason));
            }
        }
        lines.join("\n") + "\n"
    }

    fn hear(&mut self, json: &str, protobuf: Option<&[u8]>) -> Vec<Heard> {
        let [(_, text), (_, binary)] = &mut self.0;
        let (mut heard, mut same) = (Vec::new(), Vec::new());
        text.hear(Frame::Text(json), &mut heard);
        // What is no JSON has no form in Protobuf, and what is neither is the end of both.
        binary.hear(Frame::Binary(protobuf.unwrap_or(b"\xff")), &mut same);
        assert_eq!(heard, same, "{json}");
        heard
    }

    fn tell(&mut self, event: &Event<'_>) -> Vec<String> {
        let mut lines = Vec::new();
        for (dialect, conversation) in &mut self.0 {
            let mut out = Vec::new();
            if !conversation.tell(event, &mut out) {
                assert!(out.is_empty());
                continue;
            }
            if dialect.is_text() {
                let text = String::from_utf8(out).unwrap();
                for line in text.lines() {
                    serde_json::from_str::<serde_json::Value>(line).unwrap();
                    lines.push(format!("< json {line}"));
                }
            } else {
                assert!(!peer::replies(&out).is_empty());
                lines.push(format!("< protobuf {}", hex(&out)));
            }
        }
        lines
    }
}

fn explained(heard: &[Heard]) -> Vec<String> {
    heard.iter().map(|heard| format!("= {heard:?}")).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn conversations_go_as_they_are_written() {
    for (file, steps) in scenes::all() {
        let mut pair = Pair::begin();
        let steps: Vec<_> = steps.iter().map(|step| pair.play(step)).collect();
        expect::check(&format!("{FOLDER}/{file}.txt"), &steps.join("\n"));
    }
}

#[test]
fn what_many_are_told_needs_no_conversation() {
    for dialect in Dialect::CENTRIFUGE {
        let mut conversation = Conversation::begin(dialect).unwrap();
        for said in scenes::told_to_many() {
            let (mut here, mut there) = (Vec::new(), Vec::new());
            let told = conversation.tell(&said.event(), &mut here);
            assert_eq!(dialect.encode(&said.event(), &mut there), told);
            assert_eq!(here, there, "{said:?}");
        }
    }
}

#[test]
fn a_line_break_in_a_payload_ends_no_message() {
    let [said, ..] = scenes::told_to_many();
    let mut out = Vec::new();
    assert!(Dialect::CentrifugeJson.encode(&said.event(), &mut out));
    assert!(!out.contains(&b'\n'), "{}", String::from_utf8_lossy(&out));
    let parsed: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(parsed["push"]["pub"]["data"], serde_json::json!({"a": [1]}));
}

#[test]
fn clients_are_held_back_within_bounds() {
    let subscribe = r#"{"id":2,"subscribe":{"channel":"a"}}"#;
    let wide = format!(
        r#"{{"id":2,"publish":{{"channel":"a","data":"{}"}}}}"#,
        "x".repeat(60_000)
    );
    for (message, most) in [(subscribe, 256), (wide.as_str(), 8)] {
        let mut conversation = Conversation::begin(Dialect::CentrifugeJson).unwrap();
        let mut heard = Vec::new();
        conversation.hear(Frame::Text(r#"{"id":1,"connect":{}}"#), &mut heard);
        heard.clear();
        let taken = (0..1_000).take_while(|_| {
            conversation.hear(Frame::Text(message), &mut heard);
            heard.is_empty()
        });
        assert!(taken.count() <= most);
        assert_eq!(heard, [Heard::Violation(CloseReason::BadMessages)]);
    }
}

proptest! {
    #[test]
    fn any_message_is_heard(
        bytes in prop::collection::vec(any::<u8>(), 0..64),
        words in prop::collection::vec(prop::sample::select(WORDS), 0..24),
    ) {
        for dialect in Dialect::CENTRIFUGE {
            judges::conversation(dialect, &bytes);
            judges::conversation(dialect, words.concat().as_bytes());
        }
    }
}

/// What messages in JSON are made of.
const WORDS: &[&str] = &[
    "{",
    "}",
    "\"id\":",
    "1",
    "0",
    "-1",
    ",",
    "\n",
    "\"connect\":",
    "\"subscribe\":",
    "\"publish\":",
    "\"history\":",
    "\"channel\":",
    "\"a\"",
    "\"data\":",
    "null",
    "[1]",
    "\"since\":",
    "\"offset\":",
    "{}",
    "\"token\":",
    "\"rpc\":",
    "\"method\":",
    "\"send\":",
];

#[test]
fn bad_bytes_are_the_end() {
    let bad: [&[u8]; 6] = [b"", b"\x05", b"\x01\xff", b"\xff\xff", b"{", b"\x80"];
    for bytes in bad {
        let mut conversation = Conversation::begin(Dialect::CentrifugeProtobuf).unwrap();
        let mut heard = Vec::new();
        conversation.hear(Frame::Binary(bytes), &mut heard);
        assert_eq!(
            heard,
            [Heard::Violation(CloseReason::BadMessages)],
            "{bytes:?}"
        );
    }
    // Commands are encoded as the schema says.
    let command = peer::proto::Command::default().encode_length_delimited_to_vec();
    assert_eq!(command, [0]);
}

/// The rows of the document's tables that name `word`, as their cells.
fn rows(document: &str, word: &str) -> Vec<Vec<String>> {
    let rows = document.lines().filter(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.split('|').map(|cell| cell.trim().to_owned()).collect());
    let named = |row: &Vec<String>| {
        row.get(1)
            .is_some_and(|first| first.contains(&format!("`{word}`")))
    };
    cells.filter(named).collect()
}

#[test]
fn the_document_has_every_code() {
    let document = expect::read("docs/dialects/centrifugo.md");
    for reason in CloseReason::ALL {
        let code = Dialect::CentrifugeJson.goodbye(reason).code.to_string();
        let rows = rows(&document, reason.name());
        assert!(
            rows.iter().any(|row| row[2].starts_with(&code)),
            "{}: {code} is not in {rows:?}",
            reason.name()
        );
    }
    for code in ErrorCode::ALL {
        let mut conversation = Conversation::begin(Dialect::CentrifugeJson).unwrap();
        let refusal = Refusal::new(code, "because");
        // Of a publication, which has no rule of its own.
        let event = Event::Refused {
            id: Some(3 << 32 | 1),
            refusal: &refusal,
        };
        let mut out = Vec::new();
        assert!(conversation.tell(&event, &mut out));
        let said: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let number = said["error"]["code"].to_string();
        let temporary = said["error"]["temporary"] == true;
        let rows = rows(&document, code.name());
        assert!(
            rows.iter()
                .any(|row| row[2].starts_with(&number)
                    && row[2].contains(", temporary") == temporary),
            "{}: {number} is not in {rows:?}",
            code.name()
        );
    }
}

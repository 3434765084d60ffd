//! The transcripts in `testdata/native`: what is said on the wire, and what it means.
//!
//! A file holds steps, separated by empty lines. `testdata/native/README.md` describes the lines of
//! a step for those who replay them elsewhere.

use prost::Message as _;
use wirehub_protocol::{DecodeError, Dialect, Frame, Request};

use crate::{examples, expect, judges, peer};

const FOLDER: &str = "crates/wirehub-protocol/testdata/native";

/// Every transcript.
pub(crate) const FILES: [&str; 11] = [
    "connections.txt",
    "sessions.txt",
    "topics.txt",
    "history.txt",
    "presence.txt",
    "values.txt",
    "storms.txt",
    "direct.txt",
    "calls.txt",
    "refusals.txt",
    "rejected.txt",
];

/// The lines of one file.
pub(crate) fn read(file: &str) -> String {
    expect::read(&format!("{FOLDER}/{file}"))
}

#[test]
fn transcripts_say_what_the_dialects_say() {
    let mut unused = examples::events();
    for file in FILES {
        let text = read(file);
        let steps = text.trim_end().split("\n\n").map(|step| {
            let name = step.lines().next().and_then(|line| line.strip_prefix("# "));
            let name = name.unwrap_or_else(|| panic!("{file}: no name: {step}"));
            if step.contains("\n<") {
                let place = unused.iter().position(|(known, _)| *known == name);
                let place = place.unwrap_or_else(|| panic!("{file}: unknown event: {name}"));
                server_step(name, &unused.swap_remove(place).1)
            } else {
                client_step(name, step)
            }
        });
        let expected = steps.collect::<Vec<_>>().join("\n");
        expect::check(&format!("{FOLDER}/{file}"), &expected);
    }
    assert!(unused.is_empty(), "in no transcript: {unused:?}");
}

/// What the server says is made from the event.
fn server_step(name: &str, said: &crate::said::Said) -> String {
    let json = String::from_utf8(said.encode(Dialect::NativeJson)).unwrap();
    let protobuf = hex(&said.encode(Dialect::NativeProtobuf));
    let event = said.event();
    format!("# {name}\n< json {json}\n< protobuf {protobuf}\n= {event:?}\n")
}

/// What the client says is written by hand in JSON; its Protobuf and its meaning follow from it.
/// What is refused is written by hand in both, and either may be missing.
fn client_step(name: &str, step: &str) -> String {
    let said = |encoding: &str| {
        let prefix = format!("> {encoding} ");
        step.lines().find_map(|line| line.strip_prefix(&prefix))
    };
    let json = said("json").map(|text| (text, Dialect::NativeJson.decode(Frame::Text(text))));
    let mut protobuf = said("protobuf").map(str::to_owned);
    let mut lines = vec![format!("# {name}")];
    let mut meanings = Vec::new();
    if let Some((text, meaning)) = json {
        lines.push(format!("> json {text}"));
        judges::json(text);
        if let Ok(request) = &meaning {
            protobuf = Some(hex(&peer::to_protobuf(request).encode_to_vec()));
        }
        meanings.push(meaning);
    }
    if let Some(digits) = protobuf {
        lines.push(format!("> protobuf {digits}"));
        judges::protobuf(&bytes(&digits));
        meanings.push(Dialect::NativeProtobuf.decode(Frame::Binary(&bytes(&digits))));
    }
    let meanings: Vec<_> = meanings.iter().map(explain).collect();
    assert!(
        meanings.windows(2).all(|pair| pair[0] == pair[1]),
        "{name}: the encodings differ: {meanings:#?}"
    );
    let meaning = meanings
        .first()
        .unwrap_or_else(|| panic!("{name}: says nothing"));
    lines.push(meaning.clone());
    lines.join("\n") + "\n"
}

fn explain(meaning: &Result<Request, DecodeError>) -> String {
    match meaning {
        Ok(request) => format!("= {request:?}"),
        Err(DecodeError::Refused { id, refusal }) => {
            let id = id.map(|id| format!("id {id}: ")).unwrap_or_default();
            format!("! {id}{}: {}", refusal.code.name(), refusal.message)
        }
        Err(DecodeError::Close(reason)) => format!("! close {}", reason.code()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |place: usize| u8::from_str_radix(&hex[place..place + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digit).collect()
}

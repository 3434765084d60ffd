//! The transcripts of the protocol, which have each message in both encodings.

use std::{fs, path::Path};

use serde_json::Value;
use wirehub_protocol::{Dialect, Frame};

use super::{decode, encode};

/// A message of the transcripts in both encodings.
struct Step {
    name: String,
    from_client: bool,
    json: String,
    protobuf: Vec<u8>,
}

fn steps() -> Vec<Step> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wirehub-protocol/testdata/native");
    let mut steps = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        steps.extend(text.split("\n\n").filter_map(step));
    }
    steps
}

/// `None` for what has one encoding only, and for what is refused.
fn step(text: &str) -> Option<Step> {
    let line = |start: &str| text.lines().find_map(|line| line.strip_prefix(start));
    if line("! ").is_some() {
        return None;
    }
    let from_client = line("> json ").is_some();
    let hex = line(if from_client {
        "> protobuf "
    } else {
        "< protobuf "
    })?;
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    Some(Step {
        name: line("# ")?.to_owned(),
        from_client,
        json: line(if from_client { "> json " } else { "< json " })?.to_owned(),
        protobuf: (0..hex.len()).step_by(2).map(byte).collect(),
    })
}

#[test]
fn what_the_server_says_is_the_same_in_both_encodings() {
    let mut seen = 0;
    for step in steps().iter().filter(|step| !step.from_client) {
        let mut said = decode(&step.protobuf).unwrap().expect("a known message");
        let wanted: Value = serde_json::from_str(&step.json).unwrap();
        if said["type"] == "ok" && said.get("presence").is_some() {
            // In JSON the answer to `presence` has beside each other what the answer to
            // `subscribe` has within; here it has both.
            let fields = said.as_object_mut().unwrap();
            fields.retain(|name, _| wanted.get(name).is_some());
        }
        assert_eq!(numbers(said), numbers(wanted), "{}", step.name);
        seen += 1;
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn what_the_client_says_is_the_same_in_both_encodings() {
    let mut seen = 0;
    for step in steps().iter().filter(|step| step.from_client) {
        let fields = serde_json::from_str(&step.json).unwrap();
        let bytes = encode(fields).unwrap();
        let meant = Dialect::NativeProtobuf.decode(Frame::Binary(&bytes));
        let wanted = Dialect::NativeProtobuf.decode(Frame::Binary(&step.protobuf));
        assert!(wanted.is_ok(), "{}", step.name);
        if format!("{wanted:?}").contains("Json(") {
            // JSON is written anew here, without the spaces it had.
            continue;
        }
        assert_eq!(meant, wanted, "{}", step.name);
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn what_is_no_message_is_an_error_and_what_is_unknown_is_none() {
    assert_eq!(decode(b""), Ok(None));
    // Field 2047, which nobody has.
    assert_eq!(decode(&[0xfa, 0x7f, 0x00]), Ok(None));
    assert!(decode(b"\xff").is_err());
    // `data` that says it is JSON.
    let message = b"\x2a\x0d\x0a\x01t\x22\x08\x0a\x06{\"a\":}";
    assert!(decode(message).is_err());
    assert!(encode(serde_json::json!({"type": "dance"})).is_err());
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_a_message_or_an_error(bytes: Vec<u8>) {
        judge(&bytes);
    }

    #[test]
    fn any_damaged_message_is_a_message_or_an_error(which: usize, at: usize, byte: u8) {
        let steps = steps();
        let mut bytes = steps[which % steps.len()].protobuf.clone();
        let at = at % bytes.len();
        bytes[at] = byte;
        judge(&bytes);
    }
}

/// The same as `fuzz/src/client.rs` asks of any bytes.
fn judge(bytes: &[u8]) {
    if let Ok(Some(message)) = decode(bytes) {
        assert!(message["type"].is_string(), "{message}");
    }
}

/// 25 and 25.0 are the same.
fn numbers(value: Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().unwrap().into(),
        Value::Array(list) => list.into_iter().map(numbers).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            fields.map(|(name, value)| (name, numbers(value))).collect()
        }
        other => other,
    }
}

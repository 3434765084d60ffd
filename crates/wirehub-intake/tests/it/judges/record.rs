//! Any record: a publication within its bounds, the same each time, or a reason.

use bytes::Bytes;
use serde_json::value::RawValue;
use wirehub_intake::{Place, Reader, Record, RecordForm};
use wirehub_model::{Payload, Publish, TopicFilter};

/// A quoted byte of text may become `\u001f`.
const QUOTED: usize = 6;

/// Reads bytes as a record (a line for the key, lines `name: value` for headers, an empty line, the
/// value), as a command and as an event.
pub(crate) fn judge(data: &[u8]) {
    let record = record(data);
    let into = TopicFilter::parse("orders/#").ok();
    let target = "orders/{key}/{header:region}".parse().ok();
    let forms = [Some(RecordForm::Commands), target.map(RecordForm::Events)];
    for form in forms.into_iter().flatten() {
        let reader = Reader::new("judge", form, into.clone().into_iter().collect());
        let read = reader.read(&record);
        assert_eq!(read, reader.read(&record), "the same each time");
        match read {
            Ok(publish) => check(&record, &publish),
            Err(bad) => assert!(!bad.to_string().is_empty()),
        }
    }
}

fn check(record: &Record, publish: &Publish) {
    assert!(publish.topic.as_str().starts_with("orders"), "{publish:?}");
    assert!(publish.idempotency_key.is_some());
    let value = record.value.as_ref().map_or(0, Bytes::len);
    match &publish.message.payload {
        Payload::Json(json) => {
            assert!(serde_json::from_slice::<&RawValue>(json).is_ok());
            assert!(json.len() <= value * QUOTED + "null".len());
        }
        Payload::Binary(bytes) => assert_eq!(Some(bytes), record.value.as_ref()),
    }
}

fn record(data: &[u8]) -> Record {
    let (head, value) = match data.windows(2).position(|pair| pair == b"\n\n") {
        Some(place) => (
            &data[..place],
            Some(Bytes::copy_from_slice(&data[place + 2..])),
        ),
        None => (data, None),
    };
    let mut lines = head.split(|byte| *byte == b'\n');
    let key = lines.next().filter(|key| !key.is_empty());
    let headers = lines.filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = std::str::from_utf8(&line[..colon]).ok()?;
        let value = Bytes::copy_from_slice(line[colon + 1..].trim_ascii());
        Some((name.to_owned(), value))
    });
    Record {
        place: Place::new("log", 0, 1),
        key: key.map(Bytes::copy_from_slice),
        headers: headers.collect(),
        value,
    }
}

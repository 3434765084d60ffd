use super::*;
use crate::Place;

fn record(value: &'static [u8]) -> Record {
    Record {
        place: Place::new("orders", 3, 42),
        key: Some("eu".into()),
        headers: Vec::new(),
        value: Some(Bytes::from_static(value)),
    }
}

fn with(headers: &[(&str, &'static str)], value: &'static [u8]) -> Record {
    let headers = headers.iter();
    let headers =
        headers.map(|(name, value)| ((*name).to_owned(), Bytes::from_static(value.as_bytes())));
    Record {
        headers: headers.collect(),
        ..record(value)
    }
}

fn commands() -> Reader {
    Reader::new("shop", RecordForm::Commands, Vec::new())
}

fn events() -> Reader {
    let target = "orders/{key}".parse().unwrap();
    Reader::new("shop", RecordForm::Events(target), Vec::new())
}

fn json(publish: &Publish) -> &str {
    let Payload::Json(json) = &publish.message.payload else {
        panic!("{publish:?}");
    };
    std::str::from_utf8(json).unwrap()
}

#[test]
fn commands_have_the_fields_of_the_server_api() {
    let value = br#"{"publish":{"topic":"chat/1","event":"said","data":{"a": 1},
        "tags":{"lang":"de"},"key":"k","idempotency_key":"i","ttl":2.5}}"#;
    let publish = commands().read(&record(value)).unwrap();
    assert_eq!(publish.topic.as_str(), "chat/1");
    assert_eq!(publish.message.event.as_ref().unwrap().as_str(), "said");
    assert_eq!(json(&publish), r#"{"a": 1}"#);
    assert_eq!(publish.message.tags.get("lang"), Some("de"));
    assert_eq!(publish.key.unwrap().as_str(), "k");
    assert_eq!(publish.idempotency_key.unwrap().as_str(), "i");
    assert_eq!(publish.ttl, Some(Duration::from_millis(2500)));
}

#[test]
fn a_record_without_a_name_is_known_by_its_place() {
    let publish = commands().read(&record(br#"{"publish":{"topic":"a","data":null}}"#));
    let name = publish.unwrap().idempotency_key.unwrap();
    assert_eq!(name.as_str(), "shop:orders/3@42");
}

#[test]
fn headers_say_how_a_plain_record_is_published() {
    let headers = [
        ("wirehub-topic", "chat/1"),
        ("wirehub-event", "said"),
        ("wirehub-key", "k"),
        ("wirehub-idempotency-key", "i"),
        ("wirehub-ttl", "60"),
        ("wirehub-tag-lang", "de"),
        ("traceparent", "somebody else's"),
    ];
    let publish = events().read(&with(&headers, b"[1]")).unwrap();
    assert_eq!(publish.topic.as_str(), "chat/1");
    assert_eq!(publish.message.event.as_ref().unwrap().as_str(), "said");
    assert_eq!(publish.message.tags.get("lang"), Some("de"));
    assert_eq!(publish.key.as_ref().unwrap().as_str(), "k");
    assert_eq!(publish.idempotency_key.as_ref().unwrap().as_str(), "i");
    assert_eq!(publish.ttl, Some(Duration::from_secs(60)));
    assert_eq!(json(&publish), "[1]");
}

#[test]
fn a_plain_record_is_json_or_text_or_bytes() {
    let said = |record: Record| events().read(&record).unwrap();
    assert_eq!(json(&said(record(b" {\"a\":1}\n"))), "{\"a\":1}");
    assert_eq!(json(&said(record(b"DISCONNECT:c_1"))), "\"DISCONNECT:c_1\"");
    let gone = Record {
        value: None,
        ..record(b"")
    };
    assert_eq!(json(&said(gone)), "null");
    let binary = |record| matches!(said(record).message.payload, Payload::Binary(_));
    assert!(binary(record(b"\xff\x00")));
    assert!(binary(with(
        &[("content-type", "application/octet-stream")],
        b"1"
    )));
}

#[test]
fn a_record_may_not_publish_everywhere() {
    let into = vec![TopicFilter::parse("orders/#").unwrap()];
    let target = "orders/{key}".parse().unwrap();
    let reader = Reader::new("shop", RecordForm::Events(target), into);
    assert!(reader.read(&record(b"1")).is_ok());
    let elsewhere = reader.read(&with(&[("wirehub-topic", "admin")], b"1"));
    let reason = elsewhere.unwrap_err().to_string();
    assert_eq!(
        reason,
        "its topic \"admin\" is none of those it may publish to"
    );
}

#[test]
fn bad_records_say_what_is_wrong() {
    let cases: [(Reader, Record, &str); 9] = [
        (commands(), record(b"nothing"), "it is no command"),
        (commands(), record(b"{\"send\":{}}"), "unknown field `send`"),
        (
            commands(),
            record(b"{\"publish\":{\"topic\":\"a\"}}"),
            "missing field `data`",
        ),
        (
            commands(),
            record(b"{\"publish\":{\"topic\":\"a/#\",\"data\":1}}"),
            "its topic",
        ),
        (
            commands(),
            record(b"{\"publish\":{\"topic\":\"a\",\"data\":1,\"ttl\":-1}}"),
            "its ttl",
        ),
        (
            events(),
            with(&[("wirehub-ttl", "soon")], b"1"),
            "`wirehub-ttl`",
        ),
        (events(), with(&[("wirehub-event", "")], b"1"), "its event"),
        (events(), with(&[("wirehub-tag-", "x")], b"1"), "its tags"),
        (
            events(),
            Record {
                key: None,
                ..record(b"1")
            },
            "it has no key",
        ),
    ];
    for (reader, record, expected) in cases {
        let reason = reader.read(&record).unwrap_err().to_string();
        assert!(reason.contains(expected), "{reason}");
    }
}

use wirehub_model::{ErrorCode, Topic};

use super::*;

#[track_caller]
fn refused(text: &str) -> (Option<u64>, ErrorCode, String) {
    match decode(text) {
        Err(DecodeError::Refused { id, refusal }) => {
            (id, refusal.code, refusal.message.into_owned())
        }
        other => panic!("{text} gave {other:?}"),
    }
}

fn publish(text: &str) -> Command {
    decode(text).unwrap().command
}

#[test]
fn passes_data_on_byte_for_byte() {
    let data = r#"{ "a" : 1.50, "b":[1e2 , -0],"c":"\u00e9\/" }"#;
    let text = format!(r#"{{"type":"publish","topic":"t","data": {data} }}"#);
    let Command::Publish(Publish { message, .. }) = publish(&text) else {
        panic!("not a publish");
    };
    let expected = Payload::Json(Bytes::copy_from_slice(data.as_bytes()));
    assert_eq!(message.payload, expected);
}

#[test]
fn reads_escapes_in_names_and_values() {
    let text = r#"{"\u0074ype":"publ\u0069sh","topic":"a\/\"\ud83d\ude00","binary":"Pz8\/"}"#;
    let Command::Publish(Publish { topic, message, .. }) = publish(text) else {
        panic!("not a publish");
    };
    assert_eq!(topic, Topic::parse("a/\"😀").unwrap());
    assert_eq!(message.payload, Payload::Binary(Bytes::from_static(b"???")));
}

#[test]
fn null_says_the_same_as_nothing() {
    let long = r#"{"type":"publish","id":null,"topic":"t","event":null,"data":null,"binary":null,
        "ttl":null,"echo":null}"#;
    let short = r#"{"type":"publish","topic":"t"}"#;
    assert_eq!(decode(long), decode(short));
    assert_eq!(
        decode(r#"{"type":"connect","token":null}"#),
        decode(r#"{"type":"connect"}"#)
    );
}

#[test]
fn never_repeats_a_value() {
    for text in [
        r#"{"type":"connect","id":1,"token":["s3cret"]}"#,
        r#"{"type":"refresh","id":1,"token":{"s3cret":1}}"#,
        r#"{"type":"s3cret s3cret","id":1}"#,
        r#"{"type":"connect","id":1,"token":"s3cret\ud800"}"#,
        r#"{"type":"subscribe","id":1,"topic":"t","since":"s3cret"}"#,
        r#"{"type":"connect","token":"s3cret}"#,
        r#"{"type":"resume","session":"s_s3cret-s3cret-"}"#,
        r#"{"type":"resume","session":["s3cret"]}"#,
        r#"{"type":"resume","session":"s_3k9x-7q2m4-9wz1c","topics":{"s3cret#":1}}"#,
        r#"{"type":"resume","session":"s_3k9x-7q2m4-9wz1c","topics":{"s3cret":"s3cret"}}"#,
        r#"{"type":"connect","resume":"s3cret"}"#,
        r#""s3cret""#,
    ] {
        let (_, _, message) = refused(text);
        assert!(!message.contains("s3cret"), "{text}: {message}");
    }
}

#[test]
fn takes_no_id_from_text_that_is_cut() {
    assert_eq!(refused(r#"{"id":12"#).0, None);
    assert_eq!(refused(r#"{"id":12,"type":"ping"} x"#).0, None);
    assert_eq!(refused(r#"{"id":12,"type":"pong"}"#).0, Some(12));
}

#[test]
fn survives_what_nests_without_end() {
    let deep = "[".repeat(60_000);
    refused(&deep);
    refused(&format!(r#"{{"type":"ping","x":{deep}}}"#));
    let closed = format!("{deep}{}", "]".repeat(60_000));
    let (id, ..) = refused(&format!(
        r#"{{"type":"publish","id":1,"topic":"t","data":{closed}}}"#
    ));
    assert_eq!(id, Some(1));
    assert_eq!(
        decode(&format!(r#"{{"type":"ping","unknown":{closed}}}"#)),
        decode(r#"{"type":"ping"}"#)
    );
}

#[test]
fn names_every_command_as_the_model_does() {
    for kind in Command::NAMES {
        let text = format!(
            r##"{{"type":"{kind}","topic":"t","token":"t","to":{{"user":"u"}},"method":"m",
            "session":"s_3k9x-7q2m4-9wz1c","offset":1}}"##
        );
        assert_eq!(decode(&text).unwrap().command.name(), kind);
    }
}

#[test]
fn null_is_no_state() {
    for nothing in ["", r#","data":null"#, r#","binary":null"#] {
        let text = format!(r#"{{"type":"state","topic":"t"{nothing}}}"#);
        let Command::State { state, .. } = decode(&text).unwrap().command else {
            panic!("not a state");
        };
        assert_eq!(state, None, "{text}");
    }
}

#[test]
fn reads_topics_of_a_session_in_any_order() {
    let resume = |topics: &str| {
        let text =
            format!(r#"{{"type":"resume","session":"s_3k9x-7q2m4-9wz1c","topics":{topics}}}"#);
        match decode(&text) {
            Ok(Request {
                command: Command::Resume(resume),
                ..
            }) => Ok(resume.offsets),
            Err(DecodeError::Refused { refusal, .. }) => Err(refusal.message.into_owned()),
            other => panic!("{other:?}"),
        }
    };
    let topic = |name: &str, offset| (Topic::parse(name).unwrap(), Offset(offset));
    let both = vec![topic("a", 1), topic("b", 2)];
    assert_eq!(resume(r#"{"b":2,"\u0061":1,"c":null}"#), Ok(both));
    let twice = "`topics` must name each topic once";
    assert_eq!(resume(r#"{"a":1,"\u0061":1}"#), Err(twice.into()));
    let escape = "`topics` holds an escape that is no character";
    assert_eq!(resume(r#"{"\ud800":1}"#), Err(escape.into()));
    let names: Vec<_> = (0..20_000)
        .map(|number| format!("\"{number}\":1"))
        .collect();
    let many = "`topics` must name at most 1000 topics";
    assert_eq!(
        resume(&format!("{{{}}}", names.join(","))),
        Err(many.into())
    );
}

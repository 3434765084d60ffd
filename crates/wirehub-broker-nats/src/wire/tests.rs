use proptest::{collection::vec, prelude::*};

use super::*;

fn all(bytes: &[u8]) -> Result<Vec<Said>, WireError> {
    let mut buffer = BytesMut::from(bytes);
    let mut all = Vec::new();
    while let Some(said) = take(&mut buffer)? {
        all.push(said);
    }
    Ok(all)
}

#[test]
fn a_server_is_understood() {
    let said =
        b"INFO {\"version\":\"2.15.1\",\"max_payload\":7,\"x\":[]} \r\nPING\r\npong\r\n+OK\r\n\
        -ERR 'Authorization Violation'\r\nMSG a.b 7 5\r\nhello\r\nMSG a 8 back.1 0\r\n\r\n\
        HMSG a 9 22 24\r\nNATS/1.0\r\nA: b\r\nC:\r\n\r\nhi\r\n";
    let all = all(said).unwrap();
    let Said::Info(info) = &all[0] else {
        panic!("{all:?}")
    };
    assert_eq!((info.version.as_str(), info.max_payload), ("2.15.1", 7));
    assert_eq!(all[1..4], [Said::Ping, Said::Pong, Said::Done]);
    assert_eq!(all[4], Said::Error("Authorization Violation".to_owned()));
    let messages: Vec<_> = all[5..]
        .iter()
        .map(|said| match said {
            Said::Message(message) => message,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        (messages[0].subscription, &messages[0].payload[..]),
        (7, &b"hello"[..])
    );
    assert_eq!(messages[1].reply.as_deref(), Some("back.1"));
    assert_eq!(messages[2].header("A"), Some("b"));
    assert_eq!(messages[2].header("C"), Some(""));
    assert_eq!(
        (messages[2].header("D"), messages[2].status()),
        (None, None)
    );
    assert_eq!(&messages[2].payload[..], b"hi");
}

#[test]
fn an_answer_without_a_listener_has_a_status() {
    let all = all(b"HMSG a 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n").unwrap();
    let Said::Message(message) = &all[0] else {
        panic!("{all:?}")
    };
    assert_eq!((message.status(), message.payload.len()), (Some(503), 0));
}

#[test]
fn other_servers_are_told_apart() {
    for odd in [
        &b"HTTP/1.1 400 Bad Request\r\n"[..],
        b"MSG a x 1\r\n",
        b"MSG a 1\r\n",
        b"MSG a 1 b c 1\r\n",
        b"HMSG a 1 9 8\r\n",
        b"MSG a 1 2\r\nabcd\r\n",
        b"INFO x\r\n",
        b"\xff\r\n",
    ] {
        assert!(matches!(all(odd), Err(WireError::Odd(_))), "{odd:?}");
    }
    assert_eq!(all(b"MSG a 1 99999999999\r\n"), Err(WireError::Large));
    assert_eq!(all(&vec![b'x'; LINE_MAX + 1]), Err(WireError::Line));
}

#[test]
fn what_is_written_is_what_a_server_reads() {
    let mut out = Vec::new();
    subscribe(&mut out, "a.*", 3);
    publish(&mut out, "a.b", "back", &[], b"hi");
    publish(&mut out, "a.b", "", &[("X", "1".to_owned())], b"hi");
    unsubscribe(&mut out, 3);
    let expected = "SUB a.* 3\r\nPUB a.b back 2\r\nhi\r\n\
        HPUB a.b  18 20\r\nNATS/1.0\r\nX: 1\r\n\r\nhi\r\nUNSUB 3\r\n";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

proptest! {
    #[test]
    fn anything_may_come(verb in "(MSG|HMSG|INFO|-ERR) ", mut said in vec(any::<u8>(), 0..60)) {
        said.splice(0..0, verb.bytes());
        said.extend(b"\r\n");
        _ = all(&said);
    }

    #[test]
    fn a_message_comes_in_any_pieces(payload in vec(any::<u8>(), 0..60), at in 0_usize..90) {
        let mut whole = format!("HMSG a.b 7 18 {}\r\nNATS/1.0\r\nX: 1\r\n\r\n", 18 + payload.len()).into_bytes();
        whole.extend(&payload);
        whole.extend(b"\r\n");
        let (first, second) = whole.split_at(at.min(whole.len() - 1));
        let mut buffer = BytesMut::from(first);
        prop_assert_eq!(take(&mut buffer), Ok(None));
        buffer.extend_from_slice(second);
        let Ok(Some(Said::Message(message))) = take(&mut buffer) else {
            panic!("it is whole")
        };
        prop_assert_eq!(&message.payload[..], &payload[..]);
        prop_assert!(buffer.is_empty());
    }
}

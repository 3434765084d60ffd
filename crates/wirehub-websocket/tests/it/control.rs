use wirehub_websocket::{CloseCode, DecodeError, Fragment, MessageKind, Role};

use crate::peer::{Peer, Seen, from_client, server_sees};

#[test]
fn control_frames_come_between_fragments() {
    let wire = from_client(|client, out| {
        client.fragment(out, Fragment::First(MessageKind::Text), b"one ");
        client.ping(out, b"p");
        client.fragment(out, Fragment::Middle, b"two ");
        client.pong(out, b"q");
        client.fragment(out, Fragment::Last, b"three");
    });
    assert_eq!(
        server_sees(&wire),
        [
            Seen::Ping(b"p".to_vec()),
            Seen::Pong(b"q".to_vec()),
            Seen::Text("one two three".into()),
        ]
    );
}

#[test]
fn nothing_is_read_after_a_close() {
    let wire = from_client(|client, out| {
        client.close(out, Some(CloseCode::GOING_AWAY), "bye");
        client.text(out, "too late");
    });
    let closed = [Seen::Close(Some((CloseCode::GOING_AWAY, "bye".into())))];
    assert_eq!(server_sees(&wire), closed);

    let mut peer = Peer::new(Role::Server, false);
    assert_eq!(peer.read(&wire), closed);
    assert!(peer.decoder.is_finished());
    assert_eq!(peer.read(b"\xff\xff\xff"), []);
}

#[test]
fn a_close_inside_a_message_frees_it() {
    let wire = from_client(|client, out| {
        client.fragment(out, Fragment::First(MessageKind::Binary), &[0; 1000]);
        client.close(out, None, "");
    });
    let mut peer = Peer::new(Role::Server, false);
    assert_eq!(peer.read(&wire), [Seen::Close(None)]);
    assert_eq!(peer.decoder.held_bytes(), 0);
}

#[test]
fn nothing_is_read_after_an_error() {
    let mut peer = Peer::new(Role::Server, false);
    assert_eq!(
        peer.read(b"\x83"),
        [Seen::Refused(DecodeError::ReservedOpcode(3))]
    );
    assert!(peer.decoder.is_finished());
    assert_eq!(
        peer.read(&from_client(|client, out| client.text(out, "x"))),
        []
    );
}

#[test]
fn close_payloads_are_checked() {
    let close = |payload: &[u8]| {
        // The encoder refuses to build these, so the frame is built here, with a key of zeros.
        let wire = [&[0x88, 0x80 | payload.len() as u8, 0, 0, 0, 0], payload].concat();
        server_sees(&wire).remove(0)
    };
    assert_eq!(close(b""), Seen::Close(None));
    assert_eq!(close(b"\x03"), Seen::Refused(DecodeError::ShortClose));
    assert_eq!(
        close(b"\x03\xe8ok\xff"),
        Seen::Refused(DecodeError::InvalidUtf8)
    );
    for code in 0..=u16::MAX {
        let allowed = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
        assert_eq!(CloseCode::new(code).is_some(), allowed);
    }
    for code in [
        999_u16, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535,
    ] {
        let refused = Seen::Refused(DecodeError::ForbiddenCloseCode(code));
        assert_eq!(close(&code.to_be_bytes()), refused);
    }
}

use wirehub_websocket::{DecodeError, Role};

use crate::peer::{Peer, Seen, client_sees};

/// A server's text message of `text`, cut into frames at each byte of it.
fn text_in_frames(text: &[u8]) -> Vec<u8> {
    let mut wire = vec![0x01, 0x00];
    for byte in text {
        wire.extend([0x00, 0x01, *byte]);
    }
    wire.extend([0x80, 0x00]);
    wire
}

#[test]
fn characters_may_be_cut_anywhere() {
    let text = "aé€𐍈 κόσμε 🦀";
    assert_eq!(
        client_sees(&text_in_frames(text.as_bytes())),
        [Seen::Text(text.into())]
    );
}

#[test]
fn every_cut_of_every_two_reads_gives_the_same_text() {
    let text = "x€y🦀z".repeat(9);
    let wire = [&[0x81, text.len() as u8], text.as_bytes()].concat();
    for cut in 0..=wire.len() {
        let (start, end) = wire.split_at(cut);
        let mut peer = Peer::new(Role::Client, false);
        let mut seen = peer.read(start);
        seen.extend(peer.read(end));
        assert_eq!(seen, [Seen::Text(text.clone())], "cut at {cut}");
    }
}

#[test]
fn invalid_text_is_refused_at_the_byte_that_makes_it_invalid() {
    // The second column: how many bytes a receiver needs to know. Autobahn 6.4.* and 6.6-6.23.
    let cases: &[(&[u8], usize)] = &[
        (b"\xce\xba\xf4\x90\x80\x80abc", 4),
        (b"ab\xed\xa0\x80", 4),
        (b"\xc0\x80", 1),
        (b"\xe0\x80\x80", 2),
        (b"\xf0\x8f\xbf\xbf", 2),
        (b"\xf8\x88\x80\x80\x80", 1),
        (b"ok\x80", 3),
        (b"\xe2\x82a", 3),
        (b"\xff", 1),
    ];
    for (text, needed) in cases {
        let mut wire = vec![0x81, text.len() as u8];
        wire.extend(*text);
        let mut peer = Peer::new(Role::Client, false);
        assert_eq!(peer.read(&wire[..2 + needed - 1]), [], "{text:x?}");
        let refused = [Seen::Refused(DecodeError::InvalidUtf8)];
        assert_eq!(
            peer.read(&wire[2 + needed - 1..2 + needed]),
            refused,
            "{text:x?}"
        );
        assert_eq!(client_sees(&wire), refused);
        assert_eq!(client_sees(&text_in_frames(text)), refused);
    }
}

#[test]
fn text_must_not_end_inside_a_character() {
    for text in [&b"\xe2\x82"[..], b"ab\xf0\x9f\xa6", b"\xc3"] {
        let refused = [Seen::Refused(DecodeError::InvalidUtf8)];
        assert_eq!(client_sees(&text_in_frames(text)), refused);
        let wire = [&[0x81, text.len() as u8], text].concat();
        assert_eq!(client_sees(&wire), refused);
    }
}

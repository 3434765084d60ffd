use wirehub_websocket::{CloseCode, Encoder, MessageKind, Role};

use crate::peer::{Peer, Seen, client_sees, server_sees};

const SIZES: [usize; 9] = [0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 200_000];

#[test]
fn headers_are_minimal_at_every_size() {
    for size in SIZES {
        let payload = vec![0x5a; size];
        let mut wire = b"before".to_vec();
        Encoder::server().binary(&mut wire, &payload);
        let header = match size {
            0..126 => 2,
            126..65_536 => 4,
            _ => 10,
        };
        assert_eq!(wire.len(), 6 + header + size);
        assert_eq!(client_sees(&wire[6..]), [Seen::Binary(payload)]);
    }
}

#[test]
fn a_frame_written_in_place_is_the_frame_written_at_once() {
    for encoder in [Encoder::server(), Encoder::client([0xde, 0xad, 0xbe, 0xef])] {
        for size in SIZES {
            let text = "y".repeat(size);
            let mut at_once = b"before".to_vec();
            encoder.text(&mut at_once, &text);
            let mut in_place = b"before".to_vec();
            let frame = encoder.begin(&mut in_place, MessageKind::Text);
            in_place.extend_from_slice(text.as_bytes());
            encoder.finish(&mut in_place, frame);
            assert!(at_once == in_place, "size {size}");
        }
    }
}

#[test]
fn server_frames_are_the_same_for_everyone() {
    let mut wire = Vec::new();
    Encoder::server().text(&mut wire, "to all");
    assert_eq!(wire, b"\x81\x06to all");
}

#[test]
fn client_frames_are_masked_with_the_key_given() {
    let mut wire = Vec::new();
    Encoder::client([0x37, 0xfa, 0x21, 0x3d]).text(&mut wire, "Hello");
    assert_eq!(wire, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    // A key of zeros is legal, if unwise: the payload then stands as it is.
    let mut wire = Vec::new();
    Encoder::client([0; 4]).text(&mut wire, "Hello");
    assert_eq!(server_sees(&wire), [Seen::Text("Hello".into())]);
}

#[test]
fn control_payloads_are_cut_to_what_a_control_frame_holds() {
    let mut wire = Vec::new();
    Encoder::server().ping(&mut wire, &[1; 126]);
    // 122 bytes and a character of three: it does not fit into 123.
    let reason = "r".repeat(122) + "€";
    Encoder::server().close(&mut wire, Some(CloseCode::NORMAL), &reason);
    let closed = Seen::Close(Some((CloseCode::NORMAL, "r".repeat(122))));
    assert_eq!(client_sees(&wire), [Seen::Ping(vec![1; 125]), closed]);
}

#[test]
fn a_close_without_a_code_is_empty() {
    let mut wire = Vec::new();
    Encoder::server().close(&mut wire, None, "not sent");
    assert_eq!(wire, b"\x88\x00");
    assert_eq!(
        Peer::new(Role::Client, false).read(&wire),
        [Seen::Close(None)]
    );
}

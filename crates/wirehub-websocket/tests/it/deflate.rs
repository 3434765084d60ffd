use wirehub_websocket::{
    DecodeError, DeflatePolicy, Deflater, Encoder, Fragment, Limits, MessageKind, Role, Window,
};

use crate::peer::{Peer, Seen, from_client};

/// A client's compressed text message of this compressed payload.
fn sees(payload: &[u8]) -> Seen {
    let wire = [&[0xC1, 0x80 | payload.len() as u8, 0, 0, 0, 0], payload].concat();
    let whole = Peer::new(Role::Server, true).read(&wire);
    assert_eq!(whole, Peer::new(Role::Server, true).read_bytewise(&wire));
    whole.into_iter().next().expect("a message or an error")
}

fn small() -> Deflater {
    Deflater::new(DeflatePolicy {
        min_bytes: 0,
        ..DeflatePolicy::default()
    })
}

#[test]
fn reads_the_examples_of_rfc_7692_section_7_2_3() {
    let hello = || Seen::Text("Hello".into());
    // 7.2.3.1: one compressed block. 7.2.3.3: a block without compression.
    assert_eq!(sees(b"\xf2\x48\xcd\xc9\xc9\x07\x00"), hello());
    assert_eq!(
        sees(b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"),
        hello()
    );
    // 7.2.3.4: a last block, then an empty one. 7.2.3.5: two blocks in one message.
    assert_eq!(sees(b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), hello());
    assert_eq!(
        sees(b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"),
        hello()
    );
    // 7.2.3.6: an empty message.
    assert_eq!(sees(b"\x00"), Seen::Text(String::new()));
}

#[test]
fn a_message_may_be_fragmented_and_interrupted() {
    let wire = from_client(|client, out| {
        out.extend(b"\x41\x83\0\0\0\0\xf2\x48\xcd");
        client.ping(out, b"between");
        client.fragment(out, Fragment::Last, b"\xc9\xc9\x07\x00");
    });
    let expected = [Seen::Ping(b"between".to_vec()), Seen::Text("Hello".into())];
    assert_eq!(Peer::new(Role::Server, true).read(&wire), expected);
    assert_eq!(Peer::new(Role::Server, true).read_bytewise(&wire), expected);
}

#[test]
fn a_block_may_refer_past_a_last_block() {
    // A last block holding "abcdefgh", then a fixed block that copies 8 bytes from 8 back:
    // bits 0, 01 (fixed), length 8 = 0000110, distance 8 = 00101 with extra bit 1, end 0000000.
    let last = b"\x01\x08\x00\xf7\xffabcdefgh";
    let bits = [
        0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0,
    ];
    let mut copy = vec![0_u8; bits.len().div_ceil(8)];
    for (index, bit) in bits.iter().enumerate() {
        copy[index / 8] |= bit << (index % 8);
    }
    // The empty block that a sync flush leaves; its header begins in the last byte's free bits.
    copy.push(0x00);
    let payload = [&last[..], &copy].concat();
    assert_eq!(sees(&payload), Seen::Text("abcdefghabcdefgh".into()));
}

#[test]
fn broken_deflate_is_refused() {
    let refused = || Seen::Refused(DecodeError::InvalidDeflate);
    // A reserved block type; a stored block whose lengths disagree.
    assert_eq!(sees(b"\x06"), refused());
    assert_eq!(sees(b"\x00\x05\x00\x00\x00Hello\x00"), refused());
    // Cut off in the middle, or before the first byte.
    assert_eq!(sees(b"\xf2\x48\xcd\xc9"), refused());
    assert_eq!(sees(b""), refused());
    // A copy from before the message: the context of the last one is not kept.
    let mut peer = Peer::new(Role::Server, true);
    let first = b"\xc1\x87\0\0\0\0\xf2\x48\xcd\xc9\xc9\x07\x00";
    assert_eq!(peer.read(first), [Seen::Text("Hello".into())]);
    assert_eq!(
        peer.read(b"\xc1\x85\0\0\0\0\xf2\x00\x11\x00\x00"),
        [refused()]
    );
}

#[test]
fn last_blocks_are_counted() {
    // Each of these is an empty last block: two bytes that cost a reset.
    let payload = |count: usize| b"\x03\x00".repeat(count);
    assert_eq!(sees(&payload(10)), Seen::Text(String::new()));
    assert_eq!(
        sees(&payload(60)),
        Seen::Refused(DecodeError::InvalidDeflate)
    );
}

#[test]
fn the_verdict_on_a_message_does_not_depend_on_the_one_before() {
    // Over a limit of two bytes before its data turn out to be broken; found by fuzzing.
    let limits = Limits {
        message_bytes: 2,
        ..Limits::default()
    };
    let broken = b"\xc1\x82\0\0\0\0\x7b\x41";
    let mut fresh = Peer::new(Role::Server, true).with_limits(limits);
    let mut used = Peer::new(Role::Server, true);
    assert_eq!(
        used.read(b"\xc1\x87\0\0\0\0\xf2\x48\xcd\xc9\xc9\x07\x00")
            .len(),
        1
    );
    used.limits = limits;
    assert_eq!(used.read(broken), fresh.read(broken));
}

#[test]
fn inflated_text_is_checked() {
    // "\xff" in a stored block.
    let wire = b"\x00\x01\x00\xfe\xff\xff\x00";
    assert_eq!(sees(wire), Seen::Refused(DecodeError::InvalidUtf8));
}

#[test]
fn both_windows_round_trip() {
    let text = "the quick brown fox, 42; ".repeat(4000);
    for window in [Window::Full, Window::Small] {
        let mut deflater = Deflater::default();
        let mut wire = Vec::new();
        for _ in 0..3 {
            let server = Encoder::server();
            let kind = MessageKind::Text;
            assert!(server.compressed(&mut wire, kind, text.as_bytes(), &mut deflater, window));
        }
        assert!(wire.len() < text.len() / 5);
        let (one, rest) = wire.split_at(wire.len() / 3);
        assert_eq!(one.repeat(2), rest, "every message starts anew");
        let seen = Peer::new(Role::Client, true).read(&wire);
        assert_eq!(seen, vec![Seen::Text(text.clone()); 3]);
    }
}

#[test]
fn what_does_not_shrink_is_sent_as_it_is() {
    // A linear congruential generator: noise enough for deflate.
    let mut state = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(5000)
    .collect();
    let mut deflater = small();
    for payload in [&noise[..], b"x", b""] {
        let (mut wire, mut plain) = (Vec::new(), Vec::new());
        let kind = MessageKind::Binary;
        let server = Encoder::server();
        assert!(!server.compressed(&mut wire, kind, payload, &mut deflater, Window::Full));
        server.binary(&mut plain, payload);
        assert_eq!(wire, plain);
    }
    // A failed attempt leaves nothing behind in the deflater.
    let mut wire = Vec::new();
    let zeros = [0; 100];
    let kind = MessageKind::Binary;
    let server = Encoder::server();
    assert!(server.compressed(&mut wire, kind, &zeros, &mut deflater, Window::Full));
    assert_eq!(
        Peer::new(Role::Client, true).read(&wire),
        [Seen::Binary(zeros.to_vec())]
    );
}

#[test]
fn short_messages_are_not_compressed() {
    let mut deflater = Deflater::new(DeflatePolicy {
        min_bytes: 64,
        ..DeflatePolicy::default()
    });
    let mut wire = Vec::new();
    let server = Encoder::server();
    let kind = MessageKind::Text;
    assert!(!server.compressed(&mut wire, kind, &[b'a'; 63], &mut deflater, Window::Full));
    assert!(server.compressed(&mut wire, kind, &[b'a'; 64], &mut deflater, Window::Full));
}

use wirehub_websocket::{
    DecodeError, Decoder, Deflater, Encoder, Fragment, Limits, MessageKind, Role, Window,
};

use crate::peer::{Peer, Seen, from_client};

const LIMITS: Limits = Limits {
    frame_bytes: 1000,
    message_bytes: 1500,
    fragments: 4,
};

fn server() -> Peer {
    Peer::new(Role::Server, true).with_limits(LIMITS)
}

#[test]
fn a_frame_over_the_limit_is_refused_by_its_header() {
    let wire = from_client(|client, out| client.binary(out, &[0; 1001]));
    let refused = Seen::Refused(DecodeError::FrameTooBig {
        length: 1001,
        limit: 1000,
    });
    assert_eq!(server().read(&wire[..8]), [refused]);
    let wire = from_client(|client, out| client.binary(out, &[0; 1000]));
    assert_eq!(server().read(&wire), [Seen::Binary(vec![0; 1000])]);
}

#[test]
fn an_announced_length_allocates_nothing() {
    let limits = Limits {
        frame_bytes: usize::MAX,
        message_bytes: usize::MAX,
        fragments: 1,
    };
    let mut peer = Peer::new(Role::Server, false).with_limits(limits);
    let header = [
        0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4,
    ];
    assert_eq!(peer.read(&header), []);
    assert_eq!(peer.read(b"abc"), []);
    assert!(
        peer.decoder.held_bytes() < 500,
        "{}",
        peer.decoder.held_bytes()
    );
}

#[test]
fn fragments_add_up() {
    let wire = from_client(|client, out| {
        client.fragment(out, Fragment::First(MessageKind::Binary), &[0; 800]);
        client.fragment(out, Fragment::Last, &[0; 701]);
    });
    let refused = Seen::Refused(DecodeError::MessageTooBig { limit: 1500 });
    assert_eq!(server().read(&wire), [refused]);
}

#[test]
fn fragments_are_counted() {
    let wire = from_client(|client, out| {
        client.fragment(out, Fragment::First(MessageKind::Binary), b"");
        for _ in 0..3 {
            client.fragment(out, Fragment::Middle, b"");
        }
        client.fragment(out, Fragment::Last, b"");
    });
    let refused = Seen::Refused(DecodeError::TooManyFragments { limit: 4 });
    assert_eq!(server().read(&wire), [refused]);
}

#[test]
fn a_message_is_held_to_its_limit_while_it_is_inflated() {
    let mut deflater = Deflater::default();
    let mut wire = Vec::new();
    let mut send = |wire: &mut Vec<u8>, payload: &[u8]| {
        let client = Encoder::client([1, 2, 3, 4]);
        let kind = MessageKind::Binary;
        assert!(client.compressed(wire, kind, payload, &mut deflater, Window::Full));
    };
    send(&mut wire, &[7; 1500]);
    send(&mut wire, &[7; 1501]);
    let refused = Seen::Refused(DecodeError::MessageTooBig { limit: 1500 });
    assert_eq!(server().read(&wire), [Seen::Binary(vec![7; 1500]), refused]);
}

#[test]
fn a_big_message_in_many_reads_holds_at_most_twice_its_size() {
    let wire = from_client(|client, out| client.binary(out, &vec![1; 1 << 20]));
    let mut peer = Peer::new(Role::Server, false);
    let mut arrived = 0;
    for chunk in wire.chunks(1000) {
        arrived += chunk.len();
        let seen = peer.read(chunk);
        assert!(peer.decoder.held_bytes() <= 2 * arrived + 512);
        assert_eq!(seen.len(), usize::from(arrived == wire.len()));
    }
    assert_eq!(peer.decoder.held_bytes(), 0);
    assert_eq!(size_of_val(&peer.decoder), size_of::<Decoder>());
}

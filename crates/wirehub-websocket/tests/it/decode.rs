use wirehub_websocket::{Decoder, Encoder, Fragment, Inflater, Item, Limits, MessageKind, Role};

use crate::peer::{Peer, Seen, client_sees, from_client, server_sees};

#[test]
fn reads_the_examples_of_rfc_6455_section_5_7() {
    let hello = || vec![Seen::Text("Hello".into())];
    assert_eq!(client_sees(b"\x81\x05Hello"), hello());
    assert_eq!(
        server_sees(b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
        hello()
    );
    assert_eq!(client_sees(b"\x01\x03Hel\x80\x02lo"), hello());
    assert_eq!(
        client_sees(b"\x89\x05Hello"),
        [Seen::Ping(b"Hello".to_vec())]
    );
    assert_eq!(
        server_sees(b"\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
        [Seen::Pong(b"Hello".to_vec())]
    );
    for (header, length) in [
        (&b"\x82\x7e\x01\x00"[..], 256),
        (b"\x82\x7f\0\0\0\0\0\x01\0\0", 65_536),
    ] {
        let wire = [header, &vec![7; length]].concat();
        assert_eq!(client_sees(&wire), [Seen::Binary(vec![7; length])]);
    }
}

#[test]
fn whole_messages_are_slices_of_the_read_buffer() {
    let mut wire = from_client(|client, out| client.text(out, "in place"));
    let range = wire.as_ptr_range();
    let (limits, mut inflater) = (Limits::default(), Inflater::new());
    let mut decoder = Decoder::new(Role::Server, false);
    let mut reader = decoder.read(&mut wire, &limits, &mut inflater);
    let Ok(Some(Item::Text(text))) = reader.next() else {
        panic!("no text")
    };
    assert!(range.contains(&text.as_ptr()));
    assert_eq!(text, "in place");
}

#[test]
fn an_idle_decoder_is_sixteen_bytes_and_holds_no_heap() {
    assert_eq!(size_of::<Decoder>(), 16);
    let wire = from_client(|client, out| client.text(out, &"x".repeat(70_000)));
    let mut peer = Peer::new(Role::Server, false);
    let (start, end) = wire.split_at(40_000);
    assert_eq!(peer.read(start), []);
    assert!(peer.decoder.is_partial());
    assert!(peer.decoder.held_bytes() >= 39_000);
    assert_eq!(peer.read(end), [Seen::Text("x".repeat(70_000))]);
    assert!(!peer.decoder.is_partial());
    assert_eq!(peer.decoder.held_bytes(), 0);
}

#[test]
fn empty_frames_are_messages_and_fragments_too() {
    let wire = from_client(|client, out| {
        client.text(out, "");
        client.binary(out, b"");
        client.fragment(out, Fragment::First(MessageKind::Text), b"");
        client.fragment(out, Fragment::Middle, b"");
        client.ping(out, b"");
        client.fragment(out, Fragment::Last, b"");
    });
    assert_eq!(
        server_sees(&wire),
        [
            Seen::Text(String::new()),
            Seen::Binary(vec![]),
            Seen::Ping(vec![]),
            Seen::Text(String::new()),
        ]
    );
}

#[test]
fn an_empty_read_changes_nothing() {
    let mut peer = Peer::new(Role::Server, false);
    assert_eq!(peer.read(b""), []);
    assert!(!peer.decoder.is_partial());
}

#[test]
fn a_reader_dropped_early_leaves_its_bytes_as_they_were() {
    let mut wire = Vec::new();
    Encoder::client([9, 9, 9, 9]).text(&mut wire, "one");
    let first = wire.len();
    Encoder::client([8, 8, 8, 8]).text(&mut wire, "two");
    let second = wire[first..].to_vec();

    let mut peer = Peer::new(Role::Server, false);
    let mut reader = peer
        .decoder
        .read(&mut wire, &peer.limits, &mut peer.inflater);
    assert_eq!(reader.next(), Ok(Some(Item::Text("one"))));
    assert_eq!(reader.unread(), second);
    let unread = reader.unread().to_vec();
    assert_eq!(peer.read(&unread), [Seen::Text("two".into())]);
}

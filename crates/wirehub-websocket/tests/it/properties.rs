//! The fuzz targets' judges, on inputs that get deep without a fuzzer's feedback.

use proptest::collection::vec;
use proptest::prelude::*;
use wirehub_websocket::{Deflater, Encoder, Fragment, MessageKind, Window};

use crate::judges;

fn config() -> ProptestConfig {
    // A failure prints its input, which then becomes a test or a seed; no files are kept.
    ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// A frame as its sender meant it, with a header that may be wrong.
fn frame(masked: bool) -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        8 => prop::sample::select(vec![0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8A, 0x88]),
        1 => any::<u8>(),
    ];
    let payload = prop_oneof![
        4 => "[a-zé€🦀]{0,40}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..140),
        1 => (1000_u16..1020).prop_map(|code| code.to_be_bytes().to_vec()),
        1 => (1500_usize..2200).prop_map(|length| vec![b'x'; length]),
    ];
    (first, payload).prop_map(move |(first, payload)| {
        let mut wire = Vec::new();
        let encoder = if masked {
            Encoder::client([7, 0, 9, 1])
        } else {
            Encoder::server()
        };
        encoder.binary(&mut wire, &payload);
        wire[0] = first;
        wire
    })
}

/// A judge's input: its two bytes of settings, then frames, some of which a bit is flipped in.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    (0..4_u8, any::<u8>())
        .prop_flat_map(|(flags, seed)| {
            let flip = prop::option::weighted(0.3, (any::<prop::sample::Index>(), 0..8));
            let frames = vec(frame(flags & 1 == 0), 1..8);
            (Just([flags, seed]), frames, flip)
        })
        .prop_map(|(settings, frames, flip)| {
            let mut wire = frames.concat();
            if let Some((index, bit)) = flip {
                wire[index.index(frames[0].len())] ^= 1_u8 << bit;
            }
            [&settings[..], &wire].concat()
        })
}

/// Something like a list of extensions.
fn extensions() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "permessage-deflate",
        "; server_no_context_takeover",
        "; client_no_context_takeover",
        "; server_max_window_bits",
        "; client_max_window_bits",
        "=",
        "=9",
        "=\"15\"",
        ", ",
        ";",
        "\"",
        " ",
        "x",
    ]);
    vec(word, 0..12).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_mean_the_same_however_they_are_cut(data in vec(any::<u8>(), 0..600)) {
        judges::decode::judge(&data);
    }

    #[test]
    fn frames_mean_the_same_to_tungstenite(data in frames()) {
        judges::decode::judge(&data);
    }

    #[test]
    fn what_is_encoded_is_decoded(data in vec(any::<u8>(), 0..1000)) {
        judges::roundtrip::judge(&data);
    }

    #[test]
    fn inflating_keeps_the_limit(data in vec(any::<u8>(), 2..200)) {
        judges::inflate::judge(&data);
    }

    #[test]
    fn inflating_is_what_miniz_does(
        text in "([a-c]{1,30}){1,20}",
        limit in any::<[u8; 2]>(),
        flip in prop::option::of((any::<prop::sample::Index>(), 0..8)),
    ) {
        let mut payload = compressed(text.repeat(3).as_bytes());
        if let Some((index, bit)) = flip {
            let index = index.index(payload.len());
            payload[index] ^= 1_u8 << bit;
        }
        judges::inflate::judge(&[&limit[..], &payload].concat());
    }

    #[test]
    fn negotiation_takes_any_list(list in any::<String>(), words in extensions()) {
        judges::negotiate::judge(list.as_bytes());
        judges::negotiate::judge(words.as_bytes());
    }

    #[test]
    fn masking_a_payload_in_parts_is_masking_it_whole(
        payload in vec(any::<u8>(), 0..200),
        key in any::<[u8; 4]>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut wire = Vec::new();
        Encoder::client(key).fragment(&mut wire, Fragment::First(MessageKind::Binary), &payload);
        let header = wire.len() - payload.len();
        for (index, byte) in payload.iter().enumerate() {
            prop_assert_eq!(wire[header + index], byte ^ key[index % 4]);
        }
        let (start, end) = wire.split_at(cut.index(wire.len()));
        let mut peer = crate::peer::Peer::new(wirehub_websocket::Role::Server, false);
        peer.read(start);
        peer.read(end);
        let last = [0x80, 0x80, 0, 0, 0, 0];
        prop_assert_eq!(peer.read(&last), vec![crate::peer::Seen::Binary(payload)]);
    }
}

/// The payload of a compressed message.
fn compressed(text: &[u8]) -> Vec<u8> {
    let (mut wire, mut plain) = (Vec::new(), Vec::new());
    let mut deflater = Deflater::new(Default::default());
    let kind = MessageKind::Binary;
    Encoder::server().compressed(&mut wire, kind, text, &mut deflater, Window::Full);
    // The payload may be shorter than the deflater's threshold and so be sent as it is.
    Encoder::server().binary(&mut plain, text);
    if wire == plain {
        b"\x00".to_vec()
    } else {
        wire.split_off(header_size(&wire))
    }
}

fn header_size(wire: &[u8]) -> usize {
    match wire[1] {
        0..126 => 2,
        126 => 4,
        _ => 10,
    }
}

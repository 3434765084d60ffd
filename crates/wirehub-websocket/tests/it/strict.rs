use wirehub_websocket::{CloseCode, DecodeError, Role};

use crate::peer::{Peer, Seen, client_sees, server_sees};

fn refused(error: DecodeError) -> Vec<Seen> {
    vec![Seen::Refused(error)]
}

#[test]
fn reserved_bits_are_refused() {
    for first in [0x91, 0xA1, 0xC1, 0xF2, 0xC9, 0xC0] {
        assert_eq!(
            server_sees(&[first]),
            refused(DecodeError::ReservedBits),
            "{first:#x}"
        );
    }
}

#[test]
fn rsv1_is_for_the_first_frame_of_a_compressed_message_only() {
    let refuses = |wire: &[u8]| {
        assert_eq!(
            Peer::new(Role::Server, true).read(wire),
            refused(DecodeError::ReservedBits)
        );
    };
    refuses(&[0xC9]);
    refuses(&[0xC8]);
    refuses(&[0xA1]);
    refuses(&[0x41, 0x80, 0, 0, 0, 0, 0xC0]);
    assert_eq!(Peer::new(Role::Server, true).read(&[0xC1]), []);
}

#[test]
fn reserved_opcodes_are_refused() {
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        let error = DecodeError::ReservedOpcode(opcode);
        assert_eq!(server_sees(&[0x80 | opcode]), refused(error));
    }
}

#[test]
fn masking_goes_one_way() {
    assert_eq!(server_sees(b"\x81\x01a"), refused(DecodeError::Unmasked));
    assert_eq!(
        client_sees(b"\x81\x81\0\0\0\0a"),
        refused(DecodeError::Masked)
    );
}

#[test]
fn lengths_are_minimal() {
    let sees = client_sees;
    assert_eq!(
        sees(b"\x82\x7e\x00\x7d"),
        refused(DecodeError::LongLength(125))
    );
    assert_eq!(
        sees(b"\x82\x7e\x00\x00"),
        refused(DecodeError::LongLength(0))
    );
    assert_eq!(
        sees(b"\x82\x7f\0\0\0\0\0\0\xff\xff"),
        refused(DecodeError::LongLength(65_535))
    );
    assert_eq!(
        sees(b"\x82\x7f\x80\0\0\0\0\0\0\0"),
        refused(DecodeError::HugeLength)
    );
    assert_eq!(sees(&[0xff; 10]).len(), 1);
}

#[test]
fn control_frames_are_short_and_whole() {
    for opcode in [8, 9, 10] {
        let error = DecodeError::FragmentedControl;
        assert_eq!(client_sees(&[opcode, 0]), refused(error));
        assert_eq!(
            client_sees(&[0x80 | opcode, 126]),
            refused(DecodeError::LongControl)
        );
        assert_eq!(
            client_sees(&[0x80 | opcode, 127]),
            refused(DecodeError::LongControl)
        );
    }
    let ping = [&[0x89, 125][..], &[b'x'; 125]].concat();
    assert_eq!(client_sees(&ping), [Seen::Ping(vec![b'x'; 125])]);
}

#[test]
fn continuations_continue_something() {
    assert_eq!(
        client_sees(b"\x80\x00"),
        refused(DecodeError::NothingToContinue)
    );
    assert_eq!(
        client_sees(b"\x00\x00"),
        refused(DecodeError::NothingToContinue)
    );
    let inside = refused(DecodeError::MessageInsideMessage);
    assert_eq!(client_sees(b"\x01\x01a\x81\x01b"), inside);
    assert_eq!(client_sees(b"\x01\x00\x82\x00"), inside);
    // The message is over after its last frame.
    let after = client_sees(b"\x01\x01a\x80\x01b\x80\x00");
    assert_eq!(
        after,
        [
            Seen::Text("ab".into()),
            Seen::Refused(DecodeError::NothingToContinue)
        ]
    );
}

#[test]
fn errors_say_how_to_close() {
    assert_eq!(DecodeError::Masked.close_code(), CloseCode::PROTOCOL_ERROR);
    assert_eq!(
        DecodeError::InvalidUtf8.close_code(),
        CloseCode::INVALID_DATA
    );
    assert_eq!(
        DecodeError::InvalidDeflate.close_code(),
        CloseCode::INVALID_DATA
    );
    let big = DecodeError::MessageTooBig { limit: 1 };
    assert_eq!(big.close_code(), CloseCode::TOO_BIG);
    assert_eq!(big.to_string(), "message is over the limit of 1 bytes");
}

use super::{Frame, ScanError, scan};

fn long(length: usize) -> Vec<u8> {
    let mut frame = vec![0x81];
    if length < 126 {
        frame.push(length as u8);
    } else if length < 65_536 {
        frame.push(126);
        frame.extend((length as u16).to_be_bytes());
    } else {
        frame.push(127);
        frame.extend((length as u64).to_be_bytes());
    }
    frame.extend(std::iter::repeat_n(b'x', length));
    frame
}

#[test]
fn the_hello_of_the_rfc() {
    let frame = scan(b"\x81\x05Hello").expect("valid");
    assert_eq!(
        frame,
        Some(Frame {
            opcode: 1,
            payload: b"Hello",
            length: 7
        })
    );
}

#[test]
fn all_three_length_forms_at_their_edges() {
    for length in [0, 1, 125, 126, 127, 65_535, 65_536] {
        let bytes = long(length);
        let frame = scan(&bytes).expect("valid").expect("whole");
        assert_eq!((frame.payload.len(), frame.length), (length, bytes.len()));
    }
}

#[test]
fn every_cut_of_a_frame_waits_for_more() {
    for bytes in [long(3), long(200), long(65_536)] {
        for cut in 0..bytes.len() {
            assert_eq!(scan(&bytes[..cut]), Ok(None), "cut at {cut}");
        }
    }
}

#[test]
fn a_stream_is_read_frame_by_frame_whatever_follows() {
    let stream = [long(128), b"\x89\x02hi".to_vec(), long(300), vec![0x81]].concat();
    let mut rest = stream.as_slice();
    let mut seen = Vec::new();
    while let Some(frame) = scan(rest).expect("valid") {
        seen.push((frame.opcode, frame.payload.len()));
        rest = &rest[frame.length..];
    }
    assert_eq!(seen, [(1, 128), (9, 2), (1, 300)]);
    assert_eq!(rest, [0x81]);
}

#[test]
fn what_a_server_must_not_send() {
    let wrong: [(&[u8], ScanError); 8] = [
        (b"\xC1\x00", ScanError::Reserved),
        (b"\x01\x00", ScanError::Fragment),
        (b"\x80\x00", ScanError::Fragment),
        (b"\x83\x00", ScanError::Opcode(3)),
        (b"\x81\x80", ScanError::Masked),
        (b"\x81\x7E\x00\x7D", ScanError::Wasteful),
        (b"\x89\x7E\x00\x7E", ScanError::TooLong(126)),
        (
            b"\x81\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
            ScanError::TooLong(u64::MAX),
        ),
    ];
    for (bytes, error) in wrong {
        assert_eq!(scan(bytes), Err(error), "{bytes:02x?}");
    }
}

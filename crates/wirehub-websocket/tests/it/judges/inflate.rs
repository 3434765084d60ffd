use wirehub_websocket::{DecodeError, Decoder, Inflater, Item, Limits, Role};

use super::source::Source;

/// Arbitrary bytes as the payload of a compressed message: the result keeps the limit, the
/// inflater works as well afterwards, and what it accepts miniz_oxide, an independent
/// implementation, inflates to the same.
pub(crate) fn judge(data: &[u8]) {
    let mut source = Source::new(data);
    let message_bytes = usize::from(source.byte()) << (source.byte() % 12);
    let payload = source.rest();
    let limits = Limits {
        frame_bytes: usize::MAX,
        message_bytes,
        fragments: 1,
    };
    if payload.len() > message_bytes {
        return;
    }

    let mut inflater = Inflater::new();
    let first = inflate(&mut inflater, &limits, payload);
    match &first {
        Ok(output) => {
            assert!(output.len() <= message_bytes);
            assert_eq!(*output, reference(payload, message_bytes));
        }
        Err(DecodeError::MessageTooBig { limit }) => assert_eq!(*limit, message_bytes),
        Err(error) => assert_eq!(*error, DecodeError::InvalidDeflate),
    }
    let enough = Limits {
        message_bytes: 100,
        ..limits
    };
    let hello = inflate(&mut inflater, &enough, b"\xf2\x48\xcd\xc9\xc9\x07\x00");
    assert_eq!(hello.as_deref(), Ok(&b"Hello"[..]));
    assert_eq!(inflate(&mut inflater, &limits, payload), first);
}

/// Receives `payload` as a compressed binary message.
fn inflate(
    inflater: &mut Inflater,
    limits: &Limits,
    payload: &[u8],
) -> Result<Vec<u8>, DecodeError> {
    let mut wire = vec![0xC2];
    match payload.len() {
        length @ 0..126 => wire.push(length as u8),
        length @ 126..0x1_0000 => {
            wire.push(126);
            wire.extend((length as u16).to_be_bytes());
        }
        length => {
            wire.push(127);
            wire.extend((length as u64).to_be_bytes());
        }
    }
    wire.extend(payload);
    let mut decoder = Decoder::new(Role::Client, true);
    match decoder.read(&mut wire, limits, inflater).next()? {
        Some(Item::Binary(bytes)) => Ok(bytes.to_vec()),
        other => panic!("not a binary message: {other:?}"),
    }
}

/// Inflates with miniz_oxide, one stream after the other where last blocks end them.
fn reference(payload: &[u8], limit: usize) -> Vec<u8> {
    use miniz_oxide::inflate::TINFLStatus;
    use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

    let input = [payload, &[0x00, 0x00, 0xFF, 0xFF]].concat();
    let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let mut output = vec![0; limit + 1];
    let (mut read, mut written) = (0, 0);
    while let Some(rest @ [_, ..]) = input.get(read..) {
        let mut stream = DecompressorOxide::new();
        let flags = flags | inflate_flags::TINFL_FLAG_HAS_MORE_INPUT;
        let (status, used, made) = decompress(&mut stream, rest, &mut output, written, flags);
        (read, written) = (read + used, written + made);
        assert!(
            matches!(status, TINFLStatus::Done | TINFLStatus::NeedsMoreInput),
            "accepted here, refused there: {status:?}"
        );
        if read >= payload.len() {
            break;
        }
    }
    output.truncate(written);
    output
}

/// Applies a masking key in place and turns it, so that the next chunk of the same payload can
/// go on where this one ended (RFC 6455 section 5.3).
///
/// Written over fixed-size blocks so that the compiler emits vector instructions for whatever
/// machine it builds for; alignment does not matter to those.
pub(crate) fn apply(payload: &mut [u8], key: &mut [u8; 4]) {
    let wide = u64::from_ne_bytes([
        key[0], key[1], key[2], key[3], key[0], key[1], key[2], key[3],
    ]);
    let (words, tail) = payload.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, key) in tail.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
    key.rotate_left(tail.len() % 4);
}

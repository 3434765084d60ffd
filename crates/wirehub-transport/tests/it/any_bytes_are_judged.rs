use proptest::collection::vec;
use proptest::prelude::*;

use crate::judges;

/// Bytes that come far into a header before they go wrong, if they do.
fn near_header() -> impl Strategy<Value = Vec<u8>> {
    let kind = prop_oneof![
        Just([0x20, 0x00]),
        Just([0x21, 0x00]),
        Just([0x21, 0x11]),
        Just([0x21, 0x21]),
        any::<[u8; 2]>(),
    ];
    (kind, vec(any::<u8>(), 0..80), -3..20_isize).prop_map(|(kind, body, off)| {
        let mut bytes = b"\r\n\r\n\0\r\nQUIT\n".to_vec();
        bytes.extend(kind);
        let length = body.len().saturating_add_signed(-off);
        bytes.extend(u16::try_from(length).unwrap().to_be_bytes());
        bytes.extend(body);
        bytes
    })
}

proptest! {
    #[test]
    fn as_proxy_headers(bytes in prop_oneof![near_header(), vec(any::<u8>(), 0..64)]) {
        judges::proxy_header::judge(&bytes);
    }
}

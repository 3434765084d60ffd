use bytes::Bytes;
use proptest::{collection::vec, prelude::*};
use wirehub_model::UserId;

use super::*;

#[test]
fn members_come_back_whole() {
    let bare = Member {
        connection: ConnectionId::new(1, 2, 3),
        user: None,
        info: None,
        state: None,
    };
    let full = Member {
        user: Some(UserId::parse("anna").unwrap()),
        info: Some("{}".into()),
        state: Some(Payload::Json(Bytes::from_static(b"\"typing\""))),
        ..bare.clone()
    };
    for member in [bare, full] {
        assert_eq!(decode_member(&encode_member(&member)), Ok(member));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_member_or_an_error(mut bytes in vec(any::<u8>(), 0..200), versioned: bool) {
        if versioned && let Some(first) = bytes.first_mut() {
            *first = VERSION;
        }
        _ = decode_member(&bytes);
    }
}

use proptest::{collection::vec, prelude::*};

use crate::judges::nats_bytes::judge;

proptest! {
    #[test]
    fn any_bytes(data in vec(any::<u8>(), 0..200)) {
        judge(&data);
    }

    #[test]
    fn nearly_values(kind: u8, mut data in vec(0_u8..4, 2..60)) {
        data[0] = kind;
        data[1] = 1;
        judge(&data);
    }

    #[test]
    fn nearly_streams(cut in 0_u8..32, words in "(MSG a 1 3\r\n|HMSG a 1 2 4\r\n|abc\r\n|PING\r\n|\r\n|ab){1,9}") {
        let mut data = vec![cut * 8 + 7];
        data.extend(words.bytes());
        judge(&data);
    }
}

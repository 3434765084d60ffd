use proptest::{collection::vec, prelude::*};

use crate::judges::kafka_bytes::judge;

proptest! {
    #[test]
    fn any_bytes(data in vec(any::<u8>(), 0..200)) {
        judge(&data);
    }

    #[test]
    fn nearly_words_of_nodes(kind in 0_u8..11, rest in vec(0_u8..4, 0..40)) {
        judge(&[&[0, 0, 1, kind][..], &rest].concat());
    }

    #[test]
    fn nearly_checkpoints(rest in vec(0_u8..4, 0..80)) {
        judge(&[&[2, 0, 1][..], &rest].concat());
    }

    #[test]
    fn nearly_words_of_topics(kind in 0_u8..5, rest in vec(0_u8..4, 0..60)) {
        judge(&[&[1, 1, b'a', 1, kind][..], &rest].concat());
    }
}

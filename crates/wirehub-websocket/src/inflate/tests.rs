use super::{Inflater, OUTPUT_KEPT};
use crate::deflate::{Deflater, Window};

#[test]
fn a_large_message_is_given_back() {
    let mut payload = Vec::new();
    assert!(Deflater::default().deflate(Window::Full, &[0; 1 << 20], &mut payload));
    let mut inflater = Inflater::new();
    assert_eq!(inflater.output.capacity(), 0);
    assert_eq!(inflater.inflate(&payload, 1 << 20), Ok(()));
    assert_eq!(inflater.output().len(), 1 << 20);
    inflater.trim();
    assert!(inflater.output.capacity() <= OUTPUT_KEPT);
    assert!(inflater.output().is_empty());
}

#[test]
fn a_bomb_takes_no_more_than_the_limit() {
    let mut payload = Vec::new();
    assert!(Deflater::default().deflate(Window::Full, &vec![0; 1 << 24], &mut payload));
    let mut inflater = Inflater::new();
    assert!(inflater.inflate(&payload, 100_000).is_err());
    assert!(inflater.output.capacity() <= 100_001);
}

//! Words that fill a payload: what is sent has to be as compressible as what people send, and the
//! same at both ends.

use std::sync::LazyLock;

use crate::dice::Dice;

/// A text of so many bytes, read in a circle from a place that the number of the message tells.
const TEXT: usize = 64 * 1024;
/// How far the texts of two messages in a row are apart: no multiple of anything, so that messages
/// do not begin alike.
const APART: u64 = 7_919;
const WORDS: u64 = 512;
const LONGEST: u64 = 9;
/// Letters by how frequent they are in English.
const LETTERS: &[u8] = b"eeeeeeeeeeeetttttttttaaaaaaaaooooooooiiiiiiinnnnnnnsssssshhhhhhrrrrrr\
    ddddllllcccuuummmwwffggyyppbvk";

static FILLING: LazyLock<Vec<u8>> = LazyLock::new(text);

/// Words of chance letters, of which the first ones come most often, as those of languages do.
fn text() -> Vec<u8> {
    let mut dice = Dice::new(0);
    let mut word = || {
        let letters = 2 + dice.draw() % (LONGEST - 1);
        let letter = |_| {
            let place = (dice.fraction() * LETTERS.len() as f64) as usize;
            LETTERS.get(place).copied().unwrap_or(b'e')
        };
        (0..letters).map(letter).collect::<Vec<u8>>()
    };
    let words: Vec<Vec<u8>> = (0..WORDS).map(|_| word()).collect();
    let mut text = Vec::with_capacity(TEXT);
    while text.len() < TEXT {
        // The logarithm of the place is even, which is the law of Zipf.
        let place = (WORDS as f64).powf(dice.fraction()) as usize - 1;
        text.extend(words.get(place).into_iter().flatten());
        text.push(b'-');
    }
    text.truncate(TEXT);
    text
}

/// Appends so many bytes, of the message with a number.
pub(super) fn write(number: u64, bytes: usize, out: &mut Vec<u8>) {
    for piece in pieces(number, bytes) {
        out.extend_from_slice(piece);
    }
}

/// Whether bytes are the filling of the message with a number.
pub(super) fn is(number: u64, bytes: &[u8]) -> bool {
    let mut rest = bytes;
    for piece in pieces(number, bytes.len()) {
        match rest.strip_prefix(piece) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest.is_empty()
}

/// The filling of a message, in pieces of the circle.
fn pieces(number: u64, bytes: usize) -> impl Iterator<Item = &'static [u8]> {
    let text = FILLING.as_slice();
    let mut start = (number.wrapping_mul(APART) % TEXT as u64) as usize;
    let mut left = bytes;
    std::iter::from_fn(move || {
        let piece = text.get(start..)?;
        let piece = piece.get(..left).unwrap_or(piece);
        start = 0;
        left -= piece.len();
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fillings_differ_and_go_around_the_circle() {
        let filling = |number, bytes| {
            let mut out = Vec::new();
            write(number, bytes, &mut out);
            out
        };
        for bytes in [0, 100, TEXT, 3 * TEXT + 7] {
            let one = filling(9, bytes);
            assert_eq!(one.len(), bytes);
            assert!(is(9, &one));
            assert_eq!(is(10, &one), bytes == 0);
        }
        let letters = filling(1, TEXT);
        let is_plain = |byte: &u8| byte.is_ascii_lowercase() || *byte == b'-';
        assert!(letters.iter().all(is_plain));
    }
}

use proptest::{collection::vec, prelude::*};

use super::*;

/// Reads a delta as its format says, and knows nothing of how it is made.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn number(&mut self) -> usize {
        let mut number = 0;
        let mut digits = 0;
        while let Some(digit) = DIGITS.iter().position(|digit| *digit == self.0[0]) {
            number = number * 64 + digit;
            digits += 1;
            self.0 = &self.0[1..];
        }
        assert!(digits > 0, "a number has a digit");
        number
    }

    fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (bytes, rest) = self.0.split_at(count);
        self.0 = rest;
        bytes
    }

    fn sign(&mut self) -> u8 {
        self.bytes(1)[0]
    }
}

fn apply(before: &[u8], delta: &[u8]) -> Vec<u8> {
    let mut reader = Reader(delta);
    let length = reader.number();
    assert_eq!(reader.sign(), b'\n');
    let mut after = Vec::new();
    loop {
        let count = reader.number();
        match reader.sign() {
            b'@' => {
                let from = reader.number();
                assert_eq!(reader.sign(), b',');
                after.extend_from_slice(&before[from..from + count]);
            }
            b':' => after.extend_from_slice(reader.bytes(count)),
            sign => {
                assert_eq!(sign, b';');
                assert_eq!(after.len(), length);
                let padded: Vec<u8> = after.iter().copied().chain([0; 3]).collect();
                let words = padded.chunks_exact(4);
                let words =
                    words.map(|word| u64::from(u32::from_be_bytes(word.try_into().unwrap())));
                assert_eq!(count as u64, words.sum::<u64>() % (1 << 32));
                assert!(reader.0.is_empty(), "nothing is behind the end");
                return after;
            }
        }
    }
}

/// The text that a delta makes, and that there is one at most as long as the new text.
fn check(before: &[u8], after: &[u8]) -> Option<usize> {
    let delta = delta(before, after)?;
    assert!(delta.len() < after.len());
    assert!(
        apply(before, &delta) == after,
        "the delta makes another text"
    );
    Some(delta.len())
}

#[test]
fn is_written_as_the_format_says() {
    let before = br#"{"bid":"101.25","ask":"101.50","size":10}"#;
    let after = br#"{"bid":"101.25","ask":"101.75","size":10}"#;
    let delta = delta(before, after).unwrap();
    assert_eq!(String::from_utf8(delta).unwrap(), "e\nR@0,2:75C@T,3~F8ik;",);
}

#[test]
fn numbers_have_as_few_digits_as_they_need() {
    let written = |value| {
        let mut out = Vec::new();
        number(value, &mut out);
        String::from_utf8(out).unwrap()
    };
    assert_eq!(written(0), "0");
    assert_eq!(written(63), "~");
    assert_eq!(written(64), "10");
    assert_eq!(written(u32::MAX), "3~~~~~");
}

#[test]
fn an_equal_text_is_one_copy() {
    let text = vec![b'x'; 100_000];
    assert!(check(&text, &text).unwrap() < 20);
}

#[test]
fn what_shares_nothing_is_told_whole() {
    let (before, after) = (vec![1; 5_000], vec![2; 5_000]);
    assert_eq!(check(&before, &after), None);
    assert_eq!(check(b"", &after), None);
    assert_eq!(check(&before, b""), None);
    assert_eq!(check(b"", b""), None);
    assert_eq!(check(b"short", b"short"), None);
}

#[test]
fn what_moved_is_copied() {
    let line = |number: usize| format!("line {} of {number};", number * number * 7_919);
    let lines: Vec<String> = (0..100).map(line).collect();
    let moved = [&lines[60..], &lines[..60]].concat().concat();
    assert!(check(lines.concat().as_bytes(), moved.as_bytes()).unwrap() < 30);
}

#[test]
fn texts_that_repeat_themselves_end_soon() {
    // Would each of a million places be compared with all that look like it, this would not end.
    let before = b"ab".repeat(500_000);
    let mut after = before.clone();
    after.splice(123_456..123_457, *b"xyz");
    assert!(check(&before, &after).unwrap() < 100);
    let almost = b"aaaaaaab".repeat(100_000);
    let other = b"aaaaaaac".repeat(100_000);
    check(&almost, &other);
    check(&vec![b'a'; 1_000_000], &other);
}

#[test]
fn characters_stay_whole() {
    // The second letter differs in its last byte alone, and so does the third in its first.
    let before = "{\"name\":\"жовтень\",\"word\":\"ĀĂĄ\",\"rest\":\"………………………………\"}";
    let after = "{\"name\":\"жівтень\",\"word\":\"ĀŁĄ\",\"rest\":\"………………………………\"}";
    let delta = delta(before.as_bytes(), after.as_bytes()).unwrap();
    assert!(std::str::from_utf8(&delta).is_ok());
    assert_eq!(apply(before.as_bytes(), &delta), after.as_bytes());
}

/// A text, and one that was made of it by cutting, doubling and writing over.
fn related<T: Clone + std::fmt::Debug>(
    text: impl Strategy<Value = Vec<T>>,
    piece: impl Strategy<Value = Vec<T>>,
) -> impl Strategy<Value = (Vec<T>, Vec<T>)> {
    let edit = (0.0..1.0_f64, 0..40_usize, piece);
    (text, vec(edit, 0..8)).prop_map(|(before, edits)| {
        let mut after = before.clone();
        for (place, gone, new) in edits {
            let start = (after.len() as f64 * place) as usize;
            let end = after.len().min(start + gone);
            after.splice(start..end, new);
        }
        (before, after)
    })
}

proptest! {
    #[test]
    fn any_bytes_come_back(
        (before, after) in related(vec(any::<u8>(), 0..2_000), vec(any::<u8>(), 0..40)),
    ) {
        check(&before, &after);
    }

    #[test]
    fn few_letters_come_back(before in vec(0..3_u8, 0..600), after in vec(0..3_u8, 0..600)) {
        check(&before, &after);
    }

    #[test]
    fn text_stays_text((before, after) in related(vec("[aж€😀]", 0..300), vec("[aж€😀]", 0..10))) {
        let (before, after) = (before.concat(), after.concat());
        check(before.as_bytes(), after.as_bytes());
        if let Some(delta) = delta(before.as_bytes(), after.as_bytes()) {
            prop_assert!(std::str::from_utf8(&delta).is_ok());
        }
    }
}

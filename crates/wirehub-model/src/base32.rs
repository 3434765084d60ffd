//! Numbers as short text that survives being read aloud (Crockford's alphabet, lower case).

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The longest text: 64 bits in digits of five.
pub(crate) const DIGITS_MAX: usize = 13;

/// Writes `number` without leading zeros into `buffer` and returns the written part.
pub(crate) fn encode(number: u64, buffer: &mut [u8; DIGITS_MAX]) -> &str {
    let mut rest = number;
    let mut start = DIGITS_MAX;
    loop {
        start -= 1;
        buffer[start] = ALPHABET[(rest % 32) as usize];
        rest /= 32;
        if rest == 0 {
            break;
        }
    }
    std::str::from_utf8(&buffer[start..]).unwrap_or_default()
}

/// Reads what [`encode`] writes: no leading zeros, no capitals, no more than 64 bits.
pub(crate) fn decode(text: &str) -> Option<u64> {
    let canonical = !text.is_empty() && (text == "0" || !text.starts_with('0'));
    if !canonical {
        return None;
    }
    text.bytes().try_fold(0_u64, |number, digit| {
        let value = ALPHABET.iter().position(|known| *known == digit)? as u64;
        number.checked_mul(32)?.checked_add(value)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn reads_what_it_writes(number: u64) {
            let mut buffer = [0; DIGITS_MAX];
            prop_assert_eq!(decode(encode(number, &mut buffer)), Some(number));
        }
    }

    #[test]
    fn refuses_other_spellings() {
        for text in [
            "",
            "00",
            "0a",
            "A",
            "i",
            "é",
            "zzzzzzzzzzzzz",
            "10000000000000",
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}

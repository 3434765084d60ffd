//! Writing parts of values.

use std::time::Duration;

/// Appends a number.
pub fn number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends bytes with their length.
pub fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Appends a span of time.
pub fn span(out: &mut Vec<u8>, span: Duration) {
    number(out, span.as_secs());
    number(out, u64::from(span.subsec_nanos()));
}

//! Fossil's delta format: how one text becomes another, in copies of it and insertions.
//!
//! A delta is the length of the new text and a line break, then `LENGTH@PLACE,` for what is copied
//! of the old text and `LENGTH:BYTES` for what is inserted, and at the end the checksum of the new
//! text and `;`. Numbers are written to the base of 64
//! (<https://fossil-scm.org/home/doc/trunk/www/delta_format.wiki>). The format leaves open how
//! copies are found; here it takes time and memory in proportion to both texts, whatever they hold.

mod copies;

use self::copies::{Copied, Copies};

const DIGITS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";

/// Bytes of the longest text: those who read a delta count in 32 bits, some of them with a sign.
const LONGEST: usize = i32::MAX as usize;

/// The delta that makes `after` of `before`; `None` when it would not be shorter than `after`.
///
/// Where both are UTF-8 it is too: copies begin and end where characters do, since a delta travels
/// in a JSON string.
pub(super) fn delta(before: &[u8], after: &[u8]) -> Option<Vec<u8>> {
    if before.len() > LONGEST || after.len() > LONGEST {
        return None;
    }
    let mut writer = Writer::new(after);
    for copy in Copies::new(before, after) {
        writer.copy(&copy);
        if writer.out.len() >= after.len() {
            return None;
        }
    }
    let delta = writer.finish();
    (delta.len() < after.len()).then_some(delta)
}

/// A delta as it is written.
struct Writer<'a> {
    after: &'a [u8],
    /// Up to where the delta makes it.
    written: usize,
    out: Vec<u8>,
}

impl<'a> Writer<'a> {
    fn new(after: &'a [u8]) -> Self {
        let mut out = Vec::new();
        number(after.len() as u32, &mut out);
        out.push(b'\n');
        Self {
            after,
            written: 0,
            out,
        }
    }

    fn copy(&mut self, copy: &Copied) {
        self.insert_until(copy.to);
        number(copy.length as u32, &mut self.out);
        self.out.push(b'@');
        number(copy.from as u32, &mut self.out);
        self.out.push(b',');
        self.written = copy.to + copy.length;
    }

    fn insert_until(&mut self, end: usize) {
        let bytes = self.after.get(self.written..end).unwrap_or_default();
        if !bytes.is_empty() {
            number(bytes.len() as u32, &mut self.out);
            self.out.push(b':');
            self.out.extend_from_slice(bytes);
        }
    }

    fn finish(mut self) -> Vec<u8> {
        self.insert_until(self.after.len());
        number(checksum(self.after), &mut self.out);
        self.out.push(b';');
        self.out
    }
}

/// Appends a number, without zeros in front.
fn number(number: u32, out: &mut Vec<u8>) {
    for place in (0..digits(number)).rev() {
        let digit = (number >> (6 * place)) & 63;
        out.push(DIGITS[digit as usize]);
    }
}

/// How many digits a number has.
const fn digits(number: u32) -> u32 {
    let bits = u32::BITS - number.leading_zeros();
    if bits == 0 { 1 } else { bits.div_ceil(6) }
}

/// The sum of the text's words of four bytes, the first byte the highest, with zeros behind it.
fn checksum(text: &[u8]) -> u32 {
    let mut words = text.chunks_exact(4);
    let sum = words.by_ref().fold(0_u32, |sum, word| {
        sum.wrapping_add(word.try_into().map_or(0, u32::from_be_bytes))
    });
    let mut last = [0; 4];
    for (place, byte) in last.iter_mut().zip(words.remainder()) {
        *place = *byte;
    }
    sum.wrapping_add(u32::from_be_bytes(last))
}

#[cfg(test)]
mod tests;

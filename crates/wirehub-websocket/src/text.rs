use crate::error::DecodeError;

/// The text of a message that arrives in pieces, checked as it comes.
///
/// Every byte is checked once. A piece may end inside a character: its first bytes wait in
/// `carry`, and a sequence that no further byte could make valid is refused at once (Autobahn
/// cases 6.4.* ask for that).
#[derive(Debug, Default)]
pub(crate) struct TextBuffer {
    text: String,
    carry: [u8; 4],
    carried: u8,
}

impl TextBuffer {
    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<(), DecodeError> {
        let chunk = self.complete_character(chunk)?;
        let (whole, tail) = chunk.split_at(chunk.len() - incomplete_tail(chunk));
        let whole = simdutf8::basic::from_utf8(whole).map_err(|_| DecodeError::InvalidUtf8)?;
        self.text.push_str(whole);
        if tail.is_empty() {
            return Ok(());
        }
        if !is_character_prefix(tail) {
            return Err(DecodeError::InvalidUtf8);
        }
        for (slot, byte) in self.carry.iter_mut().zip(tail) {
            *slot = *byte;
            self.carried += 1;
        }
        Ok(())
    }

    /// Ends the message; a character begun must not be left open.
    pub(crate) fn finish(self) -> Result<String, DecodeError> {
        if self.carried == 0 {
            Ok(self.text)
        } else {
            Err(DecodeError::InvalidUtf8)
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.text.len() + usize::from(self.carried)
    }

    pub(crate) fn capacity(&self) -> usize {
        self.text.capacity()
    }

    /// Feeds the character left open by the last chunk and returns what it did not need.
    fn complete_character<'c>(&mut self, mut chunk: &'c [u8]) -> Result<&'c [u8], DecodeError> {
        while self.carried > 0 {
            let [byte, rest @ ..] = chunk else { break };
            chunk = rest;
            let Some(slot) = self.carry.get_mut(usize::from(self.carried)) else {
                return Err(DecodeError::InvalidUtf8);
            };
            *slot = *byte;
            self.carried += 1;
            let bytes = self
                .carry
                .get(..usize::from(self.carried))
                .unwrap_or_default();
            match std::str::from_utf8(bytes) {
                Ok(character) => {
                    self.text.push_str(character);
                    self.carried = 0;
                }
                Err(error) if error.error_len().is_none() => {}
                Err(_) => return Err(DecodeError::InvalidUtf8),
            }
        }
        Ok(chunk)
    }
}

/// How many bytes at the end of `chunk` (0-3) begin a character that goes on after it.
fn incomplete_tail(chunk: &[u8]) -> usize {
    for (index, byte) in chunk.iter().rev().take(3).enumerate() {
        let have = index + 1;
        let need = match byte {
            0x80..=0xBF => continue,
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF7 => 4,
            _ => 1,
        };
        return if need > have { have } else { 0 };
    }
    0
}

/// Whether more bytes could make a valid character of `tail`.
fn is_character_prefix(tail: &[u8]) -> bool {
    std::str::from_utf8(tail)
        .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
}

//! What stands in front of every word.

use wirehub_broker::stored::{DecodeError, Reader, number};

const VERSION: u8 = 1;

/// Who says a word: a process, and its number of the word, by which it knows its own again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// The process, by a number drawn when it started.
    pub by: u64,
    /// The number of the word there.
    pub number: u64,
}

impl Said {
    /// Begins a record with it.
    #[must_use]
    pub fn begin(self, kind: u8) -> Vec<u8> {
        let mut out = vec![VERSION, kind];
        number(&mut out, self.by);
        number(&mut out, self.number);
        out
    }

    /// Reads the beginning of a record, and what kind of word follows.
    ///
    /// # Errors
    /// When it is none of this Wirehub.
    pub fn read(reader: &mut Reader<'_>) -> Result<(Self, u8), DecodeError> {
        match reader.byte()? {
            VERSION => {}
            version => return Err(DecodeError::Version(version)),
        }
        let kind = reader.byte()?;
        let said = Self {
            by: reader.number()?,
            number: reader.number()?,
        };
        Ok((said, kind))
    }
}

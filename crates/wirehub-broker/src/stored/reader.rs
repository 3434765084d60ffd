//! Reading parts of values.

use std::time::Duration;

use super::DecodeError;

/// What is left of the bytes of a value.
#[derive(Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Begins to read a value.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// A byte.
    ///
    /// # Errors
    /// When none is left.
    pub fn byte(&mut self) -> Result<u8, DecodeError> {
        let (first, rest) = self.0.split_first().ok_or(DecodeError::Short)?;
        self.0 = rest;
        Ok(*first)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(DecodeError::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A number, in its shortest form.
    ///
    /// # Errors
    /// When it is cut off, too large or written longer than it needs.
    pub fn number(&mut self) -> Result<u64, DecodeError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            // The tenth group has one bit left.
            if shift == 63 && bits > 1 {
                return Err(DecodeError::Invalid("number"));
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                let is_shortest = byte != 0 || shift == 0;
                return is_shortest
                    .then_some(number)
                    .ok_or(DecodeError::Invalid("number"));
            }
        }
        Err(DecodeError::Invalid("number"))
    }

    /// A number of things in memory.
    ///
    /// # Errors
    /// When it is no number, or more than memory has.
    pub fn size(&mut self) -> Result<usize, DecodeError> {
        usize::try_from(self.number()?).map_err(|_| DecodeError::Invalid("size"))
    }

    /// Bytes with their length.
    ///
    /// # Errors
    /// When fewer are left.
    pub fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let count = self.size()?;
        self.take(count)
    }

    /// A text with its length; `what` names it.
    ///
    /// # Errors
    /// When less is left, or it is not UTF-8.
    pub fn text(&mut self, what: &'static str) -> Result<&'a str, DecodeError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| DecodeError::Invalid(what))
    }

    /// A span of time.
    ///
    /// # Errors
    /// When it is cut off, or has more than a second of nanoseconds.
    pub fn span(&mut self) -> Result<Duration, DecodeError> {
        let (seconds, nanos) = (self.number()?, self.number()?);
        if nanos >= 1_000_000_000 {
            return Err(DecodeError::Invalid("time"));
        }
        Ok(Duration::new(seconds, nanos as u32))
    }

    /// Whether nothing is left.
    #[must_use]
    pub const fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    /// Everything that is left.
    #[must_use]
    pub const fn rest(self) -> &'a [u8] {
        self.0
    }

    /// Makes sure that nothing is left.
    ///
    /// # Errors
    /// When something is.
    pub const fn end(self) -> Result<(), DecodeError> {
        match self.0.len() {
            0 => Ok(()),
            left => Err(DecodeError::Long(left)),
        }
    }
}

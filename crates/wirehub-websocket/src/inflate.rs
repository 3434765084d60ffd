#[cfg(test)]
mod tests;

use std::fmt;

use zlib_rs::{Inflate, InflateFlush, Status};

use crate::error::DecodeError;

/// RFC 7692 section 7.2.2: the sender cut these four bytes off, the receiver puts them back.
const TAIL: &[u8] = &[0x00, 0x00, 0xFF, 0xFF];
/// An empty last block. It follows the tail so that the stream has an end to be reached: a
/// message cut off in the middle of a block does not reach it.
const END: &[u8] = &[0x01, 0x00, 0x00, 0xFF, 0xFF];
/// How often a message may use a last block in its middle (RFC 7692 section 7.2.3.4 allows it).
/// Each costs a reset and a copy of the window, so the number has to be bounded.
const LAST_BLOCKS: u32 = 16;
/// What the window of any deflate stream fits in.
const WINDOW: usize = 1 << 15;
/// Output bytes kept from one message to the next.
const OUTPUT_KEPT: usize = 64 << 10;
const OUTPUT_FIRST: usize = 4 << 10;

/// Decompresses messages (RFC 7692 section 7.2.2); one serves all connections of a thread.
///
/// Its state is reset for each message: connections agree on no context takeover. Nothing is
/// allocated before the first compressed message (47 KiB then). Output is bounded while it is
/// made, so a small message that would inflate to gigabytes costs no more than the limit.
///
/// It stays on the thread that made it (zlib's state is not `Send`).
pub struct Inflater {
    inflate: Option<Inflate>,
    output: Vec<u8>,
    filled: usize,
}

impl Inflater {
    /// An inflater that has allocated nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            inflate: None,
            output: Vec::new(),
            filled: 0,
        }
    }

    /// The message inflated last.
    pub(crate) fn output(&self) -> &[u8] {
        self.output.get(..self.filled).unwrap_or_default()
    }

    /// Gives back what a large message took, once nobody looks at it any more.
    pub(crate) fn trim(&mut self) {
        if self.output.len() > OUTPUT_KEPT {
            self.filled = 0;
            self.output.truncate(OUTPUT_KEPT);
            self.output.shrink_to_fit();
        }
    }

    /// Inflates a whole message, without the tail its sender cut off.
    pub(crate) fn inflate(&mut self, payload: &[u8], limit: usize) -> Result<(), DecodeError> {
        self.filled = 0;
        let mut inflate = match self.inflate.take() {
            Some(mut inflate) => {
                inflate.reset(false);
                inflate
            }
            None => Inflate::new(false, 15),
        };
        let outcome = self.run(&mut inflate, payload, limit);
        self.inflate = Some(inflate);
        outcome
    }

    fn run(
        &mut self,
        inflate: &mut Inflate,
        payload: &[u8],
        limit: usize,
    ) -> Result<(), DecodeError> {
        let mut rest = payload;
        for _ in 0..LAST_BLOCKS {
            match self.feed(inflate, rest, limit)? {
                // Nothing but a last block at the end: a sender that left out the empty block
                // RFC 7692 asks for after it, which changes nothing.
                (true, []) => return Ok(()),
                (true, unused) => {
                    rest = unused;
                    self.restart(inflate)?;
                }
                (false, _) => return self.end(inflate, limit),
            }
        }
        Err(DecodeError::InvalidDeflate)
    }

    /// Checks that the payload, its tail put back, ends between two blocks.
    fn end(&mut self, inflate: &mut Inflate, limit: usize) -> Result<(), DecodeError> {
        for part in [TAIL, END] {
            match self.feed(inflate, part, limit)? {
                (true, []) if part == END => return Ok(()),
                (true, _) => return Err(DecodeError::InvalidDeflate),
                (false, _) => {}
            }
        }
        Err(DecodeError::InvalidDeflate)
    }

    /// Begins a new stream after a last block, with the window of the old one.
    fn restart(&mut self, inflate: &mut Inflate) -> Result<(), DecodeError> {
        inflate.reset(false);
        let window = self.output().len().min(WINDOW);
        let (_, window) = self.output().split_at(self.filled - window);
        if !window.is_empty() {
            inflate
                .set_dictionary(window)
                .map_err(|_| DecodeError::InvalidDeflate)?;
        }
        Ok(())
    }

    /// Inflates `input`; says whether the stream ended, and what followed it.
    fn feed<'i>(
        &mut self,
        inflate: &mut Inflate,
        mut input: &'i [u8],
        limit: usize,
    ) -> Result<(bool, &'i [u8]), DecodeError> {
        loop {
            if self.filled == self.output.len() {
                self.grow(limit);
            }
            // Never room for more than a byte past the limit, whatever larger message left the
            // output longer: the verdict must not depend on other connections.
            let end = self.output.len().min(limit.saturating_add(1));
            let space = self.output.get_mut(self.filled..end).unwrap_or_default();
            let room = space.len();
            let (read, written) = (inflate.total_in(), inflate.total_out());
            let status = inflate
                .decompress(input, space, InflateFlush::SyncFlush)
                .map_err(|_| DecodeError::InvalidDeflate)?;
            let read = (inflate.total_in() - read) as usize;
            let written = (inflate.total_out() - written) as usize;
            self.filled += written;
            input = input.get(read..).unwrap_or_default();
            if self.filled > limit {
                return Err(DecodeError::MessageTooBig { limit });
            }
            if status == Status::StreamEnd {
                return Ok((true, input));
            }
            if written < room {
                // Room was left, so all input is used; anything else would be no progress.
                let done = input.is_empty();
                return if done {
                    Ok((false, input))
                } else {
                    Err(DecodeError::InvalidDeflate)
                };
            }
        }
    }

    /// Doubles the output, up to one byte past the limit: reaching that byte breaks it.
    fn grow(&mut self, limit: usize) {
        let doubled = self.output.len().saturating_mul(2).max(OUTPUT_FIRST);
        let size = doubled.min(limit.saturating_add(1)).max(self.filled + 1);
        // Exactly: a `Vec` that grows by itself would go past the limit.
        self.output.reserve_exact(size - self.output.len());
        self.output.resize(size, 0);
    }
}

impl Default for Inflater {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater")
            .field("allocated", &self.inflate.is_some())
            .field("output_bytes", &self.output.capacity())
            .finish_non_exhaustive()
    }
}

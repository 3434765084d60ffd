/// Draws decisions from the front of arbitrary bytes; zeros once they are used up.
pub(super) struct Source<'d> {
    rest: &'d [u8],
}

impl<'d> Source<'d> {
    pub(super) fn new(data: &'d [u8]) -> Self {
        Self { rest: data }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn byte(&mut self) -> u8 {
        let Some((byte, rest)) = self.rest.split_first() else {
            return 0;
        };
        self.rest = rest;
        *byte
    }

    pub(super) fn bytes(&mut self, count: usize) -> &'d [u8] {
        let (bytes, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.rest = rest;
        bytes
    }

    pub(super) fn rest(self) -> &'d [u8] {
        self.rest
    }
}

/// Cuts `wire` into reads of 1 to about `longest` bytes, as a sequence made from `seed`.
pub(super) fn cut(wire: &[u8], seed: u8, longest: usize) -> impl Iterator<Item = &[u8]> {
    let mut state = u32::from(seed);
    let mut rest = wire;
    std::iter::from_fn(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let length = (1 + (state >> 16) as usize % longest).min(rest.len());
        let (read, after) = rest.split_at(length);
        rest = after;
        (!read.is_empty()).then_some(read)
    })
}

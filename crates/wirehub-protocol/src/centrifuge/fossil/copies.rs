//! What one text has of another.

use super::digits;

/// Bytes that two texts have to share in a row before it is looked at how far they agree.
const RUN: usize = 8;

/// Bytes of a character behind its first (RFC 3629 section 3).
const CONTINUATION: usize = 3;

/// A part of the old text that is one of the new text too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Copied {
    /// Where it begins in the old text.
    pub(super) from: usize,
    /// Where it begins in the new one.
    pub(super) to: usize,
    pub(super) length: usize,
}

impl Copied {
    /// Whether it is shorter to copy than to insert. A copy in the middle of an insertion makes two
    /// of that, and a second one has two more bytes at least.
    const fn saves(&self) -> bool {
        let (length, from) = (digits(self.length as u32), digits(self.from as u32));
        self.length > 2 + (length + from) as usize + 2
    }
}

/// The copies that a text can be made of, in their order and without overlaps.
///
/// Every byte is looked at a bounded number of times: what a copy has is passed over, and what was
/// compared in vain is shorter than the shortest one that saves anything.
pub(super) struct Copies<'a> {
    before: &'a [u8],
    after: &'a [u8],
    /// Made when it is needed first: texts that differ in digits here and there do without.
    runs: Option<Runs>,
    /// The end of the latest copy in both texts.
    end: (usize, usize),
    /// From where on in the new text a run is looked for.
    at: usize,
}

impl<'a> Copies<'a> {
    pub(super) const fn new(before: &'a [u8], after: &'a [u8]) -> Self {
        Self {
            before,
            after,
            runs: None,
            end: (0, 0),
            at: 0,
        }
    }

    /// A place in the old text that has this run, of the new text's place `at`.
    fn find(&mut self, run: u64) -> Option<usize> {
        // What was replaced by something of the same length goes on here.
        let straight = self.end.0 + (self.at - self.end.1);
        if run_at(self.before, straight) == Some(run) {
            return Some(straight);
        }
        let before = self.before;
        let runs = self.runs.get_or_insert_with(|| Runs::new(before));
        runs.find(run)
            .filter(|place| run_at(before, *place) == Some(run))
    }

    /// The copy around a run that both texts have.
    fn around(&self, from: usize) -> Copied {
        let (before, after) = (self.before, self.after);
        let parts = |text: &'a [u8], middle: usize| text.split_at_checked(middle);
        let (Some((old_head, old_tail)), Some((new_head, new_tail))) =
            (parts(before, from), parts(after, self.at))
        else {
            return Copied {
                from,
                to: self.at,
                length: 0,
            };
        };
        let open = new_head.get(self.end.1..).unwrap_or_default();
        let behind = shared_end(old_head, open);
        let ahead = shared_start(old_tail, new_tail);
        whole_characters(
            after,
            Copied {
                from: from - behind,
                to: self.at - behind,
                length: behind + ahead,
            },
        )
    }
}

impl Iterator for Copies<'_> {
    type Item = Copied;

    fn next(&mut self) -> Option<Copied> {
        while let Some(run) = run_at(self.after, self.at) {
            let copy = self.find(run).map(|from| self.around(from));
            if let Some(copy) = copy.filter(Copied::saves) {
                self.at = copy.to + copy.length;
                self.end = (copy.from + copy.length, self.at);
                return Some(copy);
            }
            self.at += 1;
        }
        None
    }
}

/// Leaves out what a copy has of characters that it does not have whole. Of bytes that are no
/// characters at all it leaves out no more than of those that are.
fn whole_characters(after: &[u8], mut copy: Copied) -> Copied {
    let begins = |place: usize| after.get(place).is_none_or(|byte| byte & 0xc0 != 0x80);
    for _ in 0..CONTINUATION {
        if copy.length > 0 && !begins(copy.to) {
            copy.from += 1;
            copy.to += 1;
            copy.length -= 1;
        }
        if copy.length > 0 && !begins(copy.to + copy.length) {
            copy.length -= 1;
        }
    }
    copy
}

/// Where the runs of a text are, one of each that begins at a multiple of its length.
struct Runs {
    /// The number of a run and one, by its hash; zero for none.
    table: Vec<u32>,
    /// How many bits of a hash are not used.
    shift: u32,
}

impl Runs {
    fn new(text: &[u8]) -> Self {
        let runs = text.chunks_exact(RUN);
        let bits = runs.len().max(1).next_power_of_two().ilog2() + 1;
        let mut made = Self {
            table: vec![0; 1 << bits],
            shift: u64::BITS - bits,
        };
        for (number, run) in runs.enumerate() {
            let Ok(run) = run.try_into().map(u64::from_le_bytes) else {
                continue;
            };
            let place = made.place(run);
            // The first one stays: of a text that repeats itself, most follows there.
            if let Some(entry) = made.table.get_mut(place).filter(|entry| **entry == 0) {
                *entry = number as u32 + 1;
            }
        }
        made
    }

    /// Where this run may be; another one may have the same hash.
    fn find(&self, run: u64) -> Option<usize> {
        let entry = *self.table.get(self.place(run))?;
        Some((entry.checked_sub(1)?) as usize * RUN)
    }

    /// The place of a run in the table. The multiplier is that of Fibonacci hashing, 2^64 by the
    /// golden ratio.
    const fn place(&self, run: u64) -> usize {
        (run.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }
}

fn run_at(text: &[u8], place: usize) -> Option<u64> {
    let run = text.get(place..)?.first_chunk::<RUN>()?;
    Some(u64::from_le_bytes(*run))
}

/// How many bytes both begin with.
fn shared_start(one: &[u8], other: &[u8]) -> usize {
    let pairs = one.chunks_exact(RUN).zip(other.chunks_exact(RUN));
    let same = pairs.take_while(|(one, other)| one == other).count() * RUN;
    let rest = one.iter().skip(same).zip(other.iter().skip(same));
    same + rest.take_while(|(one, other)| one == other).count()
}

/// How many bytes both end with.
fn shared_end(one: &[u8], other: &[u8]) -> usize {
    let pairs = one.iter().rev().zip(other.iter().rev());
    pairs.take_while(|(one, other)| one == other).count()
}

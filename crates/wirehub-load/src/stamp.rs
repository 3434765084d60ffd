//! What is published: of which run and topic, its number, when it was due, and filling whose loss
//! would show.

// The path holds too where the fuzz targets take this file in by its own.
#[path = "stamp/filling.rs"]
mod filling;

use std::{io::Write as _, time::Duration};

/// What a payload begins with. No other traffic has it.
const MARK: &[u8] = b"wirehub-load.";
const END: u8 = b'!';

/// What a payload says. It is written in letters that stand for themselves in JSON and in any text
/// protocol: `wirehub-load.RUN.TOPIC.LIFE.NUMBER.DUE.BYTES.words-words!`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The run.
    pub(crate) run: u64,
    /// The topic, by its number.
    pub(crate) topic: u32,
    /// Which connection of its publisher it was sent on, counted from 1. What was sent on the one
    /// before and not answered may have arrived or not, so numbers begin anew.
    pub(crate) life: u32,
    /// Its number on the topic in that life, counted from 1.
    pub(crate) number: u64,
    /// When it was due, from the start of the run.
    pub(crate) due: Duration,
}

/// What a message turned out to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing of ours.
    Nothing,
    /// Something of ours that is not what was sent.
    Corrupt,
    /// A stamp.
    Stamp(Stamp),
}

impl Stamp {
    /// Bytes that every stamp fits in.
    pub(crate) const SHORTEST: usize = 112;

    /// Writes the stamp, `bytes` long; at least [`Stamp::SHORTEST`].
    pub(crate) fn write(&self, out: &mut Vec<u8>, bytes: usize) {
        let start = out.len();
        out.extend_from_slice(MARK);
        let (run, topic) = (self.run, self.topic);
        let (life, number) = (self.life, self.number);
        let due = self.due.as_nanos();
        // Writing to a vector does not fail.
        let _ = write!(out, "{run:x}.{topic}.{life}.{number}.{due}.{bytes}.");
        let end = (start + bytes).saturating_sub(1).max(out.len());
        filling::write(self.number, end - out.len(), out);
        out.push(END);
    }

    /// Looks for a stamp anywhere in a message.
    pub(crate) fn find(message: &[u8]) -> Found {
        let places = message.windows(MARK.len());
        let Some(start) = places.into_iter().position(|place| place == MARK) else {
            return Found::Nothing;
        };
        let text = message.get(start..).unwrap_or_default();
        Self::read(text).map_or(Found::Corrupt, Found::Stamp)
    }

    fn read(text: &[u8]) -> Option<Self> {
        let mut rest = text.get(MARK.len()..)?;
        let mut field = |radix| {
            let end = rest.iter().take(40).position(|byte| *byte == b'.')?;
            let (field, after) = rest.split_at_checked(end)?;
            rest = after.get(1..)?;
            u64::from_str_radix(std::str::from_utf8(field).ok()?, radix).ok()
        };
        let stamp = Self {
            run: field(16)?,
            topic: u32::try_from(field(10)?).ok()?,
            life: u32::try_from(field(10)?).ok()?,
            number: field(10)?,
            due: Duration::from_nanos(field(10)?),
        };
        let bytes = usize::try_from(field(10)?).ok()?;
        let head = text.len() - rest.len();
        let (filling, end) = (
            rest.get(..bytes.checked_sub(head + 1)?)?,
            text.get(bytes - 1)?,
        );
        let is_whole = *end == END && filling::is(stamp.number, filling);
        is_whole.then_some(stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: Stamp = Stamp {
        run: 0xbeef,
        topic: 17,
        life: 1,
        number: 42,
        due: Duration::from_micros(1_500),
    };

    fn written(stamp: Stamp, bytes: usize) -> Vec<u8> {
        let mut out = Vec::new();
        stamp.write(&mut out, bytes);
        out
    }

    #[test]
    fn is_found_in_any_text() {
        for bytes in [Stamp::SHORTEST, 128, 4_000] {
            let payload = written(STAMP, bytes);
            assert_eq!(payload.len(), bytes);
            let message = [b"{\"data\":\"".as_slice(), &payload, b"\"}"].concat();
            assert_eq!(Stamp::find(&message), Found::Stamp(STAMP));
        }
        assert_eq!(Stamp::find(b"hello"), Found::Nothing);
        assert_eq!(Stamp::find(b""), Found::Nothing);
    }

    #[test]
    fn the_longest_fits() {
        let longest = Stamp {
            run: u64::MAX,
            topic: u32::MAX,
            life: u32::MAX,
            number: 999_999_999_999,
            due: Duration::from_secs(28 * 24 * 3_600),
        };
        let payload = written(longest, Stamp::SHORTEST);
        assert_eq!(payload.len(), Stamp::SHORTEST);
        assert_eq!(Stamp::find(&payload), Found::Stamp(longest));
    }

    #[test]
    fn every_cut_and_every_changed_letter_shows() {
        let payload = written(STAMP, 160);
        for cut in MARK.len()..payload.len() {
            assert_eq!(Stamp::find(&payload[..cut]), Found::Corrupt, "{cut}");
        }
        for place in 0..payload.len() {
            let mut changed = payload.clone();
            changed[place] ^= 0x01;
            assert_ne!(Stamp::find(&changed), Found::Stamp(STAMP), "{place}");
        }
    }
}

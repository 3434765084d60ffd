//! Frames that wait for a slow reader.

use std::collections::{HashSet, VecDeque};

use wirehub_model::Moment;

use crate::batch::{Patience, Piece};

/// The frames that a socket did not take, copied out of the turn they were made in.
///
/// Copying keeps the account simple: what a slow reader costs is what its backlog holds, and no
/// shared buffer lives on because of it.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    bytes: VecDeque<u8>,
    frames: VecDeque<Waiting>,
    /// The front frame was sent in part and must be sent whole.
    begun: bool,
    /// No frame expires before this moment; `None` when none does.
    expires_from: Option<Moment>,
    /// Frames that came since the backlog was last looked through and may stand for others.
    fresh: usize,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    len: u32,
    patience: Patience,
}

/// A frame found no room.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// The frames that went for another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gone {
    /// To make room.
    pub(crate) dropped: u32,
    /// Because a newer one stands for them.
    pub(crate) conflated: u32,
}

/// A backlog of so few frames is not looked through.
const FEW: usize = 32;

impl Backlog {
    /// The bytes that wait.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The waiting bytes, in order, as the two halves of a ring.
    pub(crate) fn slices(&self) -> (&[u8], &[u8]) {
        self.bytes.as_slices()
    }

    /// Takes a frame in, within `limit` bytes; returns what had to go for it. Frames that newer
    /// ones stand for go first. A frame that may be dropped goes itself when nothing else can.
    ///
    /// The rest of a frame that was begun is always taken, because the stream would break without
    /// it, and so is the goodbye.
    pub(crate) fn push(&mut self, piece: &Piece<'_>, limit: usize) -> Result<Gone, Full> {
        let must = piece.begun || piece.patience.last;
        let mut gone = Gone::default();
        if !must && self.len() + piece.bytes.len() > limit {
            gone.conflated += self.conflate_if_worth_it();
        }
        if !must && self.len() + piece.bytes.len() > limit {
            // Making some room at once keeps a saturated backlog from moving memory for each frame.
            gone.dropped = self.drop_oldest((limit / 4 * 3).saturating_sub(piece.bytes.len()));
            if self.len() + piece.bytes.len() > limit {
                gone.dropped += 1;
                return piece.patience.droppable.then_some(gone).ok_or(Full);
            }
        }
        if self.is_empty() {
            self.begun = piece.begun;
        }
        self.bytes.extend(piece.bytes);
        self.frames.push_back(Waiting {
            len: piece.bytes.len() as u32,
            patience: piece.patience,
        });
        self.expires_from = Moment::earlier(self.expires_from, piece.patience.expires_at);
        if piece.patience.subject != 0 {
            self.fresh += 1;
            if self.fresh >= FEW.max(self.frames.len() / 2) {
                gone.conflated += self.conflate();
            }
        }
        Ok(gone)
    }

    /// Takes a frame in that goes in front of all others, whatever room there is. Returns `false`
    /// when the first one was begun, which nothing may tear apart.
    pub(crate) fn push_first(&mut self, frame: &[u8]) -> bool {
        if self.begun {
            return false;
        }
        for byte in frame.iter().rev() {
            self.bytes.push_front(*byte);
        }
        self.frames.push_front(Waiting {
            len: frame.len() as u32,
            patience: Patience::default(),
        });
        true
    }

    /// Where the backlog is full of frames that nothing stands for, looking through it for each
    /// newcomer would cost more than it finds.
    fn conflate_if_worth_it(&mut self) -> u32 {
        if self.fresh > self.frames.len() / 8 {
            self.conflate()
        } else {
            0
        }
    }

    /// Drops the frames that newer ones stand for; returns how many.
    fn conflate(&mut self) -> u32 {
        self.fresh = 0;
        let mut seen = HashSet::new();
        let newest: Vec<bool> = self
            .frames
            .iter()
            .rev()
            .map(|frame| frame.patience.subject == 0 || seen.insert(frame.patience.subject))
            .collect();
        let mut oldest_first = newest.into_iter().rev();
        // A frame that was begun is not asked for, and is the first.
        if self.begun {
            oldest_first.next();
        }
        self.drop_frames(|_, _| !oldest_first.next().unwrap_or(true))
    }

    /// Drops frames that expired; returns how many.
    pub(crate) fn expire(&mut self, now: Moment) -> u32 {
        if self.expires_from.is_none_or(|first| first > now) {
            return 0;
        }
        let dropped =
            self.drop_frames(|patience, _| patience.expires_at.is_some_and(|end| end <= now));
        let ends = self.frames.iter().map(|frame| frame.patience.expires_at);
        self.expires_from = ends.fold(None, Moment::earlier);
        dropped
    }

    /// Forgets `count` bytes that were sent.
    pub(crate) fn consume(&mut self, count: usize) {
        self.bytes.drain(..count.min(self.bytes.len()));
        let mut rest = count;
        while rest > 0
            && let Some(front) = self.frames.front_mut()
        {
            let len = front.len as usize;
            if rest < len {
                front.len -= rest as u32;
                self.begun = true;
                return;
            }
            rest -= len;
            self.frames.pop_front();
            self.begun = false;
        }
    }

    /// Drops everything but the rest of a frame that was begun, which must follow.
    pub(crate) fn abandon(&mut self) {
        let kept = if self.begun { 1 } else { 0 };
        self.frames.truncate(kept);
        let bytes = self.frames.front().map_or(0, |front| front.len as usize);
        self.bytes.truncate(bytes);
    }

    /// Drops the oldest droppable frames until at most `target` bytes are left, or none can go.
    fn drop_oldest(&mut self, target: usize) -> u32 {
        let mut excess = self.bytes.len().saturating_sub(target);
        self.drop_frames(|patience, len| {
            let goes = excess > 0 && patience.droppable;
            excess = excess.saturating_sub(if goes { len } else { 0 });
            goes
        })
    }

    /// Drops the frames that `goes` picks by their patience and length, but never one that was
    /// begun; returns how many.
    fn drop_frames(&mut self, mut goes: impl FnMut(Patience, usize) -> bool) -> u32 {
        let before = self.frames.len();
        let bytes = self.bytes.make_contiguous();
        let mut pinned = self.begun;
        let (mut from, mut to) = (0, 0);
        self.frames.retain(|frame| {
            let len = frame.len as usize;
            let kept = std::mem::take(&mut pinned) || !goes(frame.patience, len);
            if kept {
                if from != to {
                    bytes.copy_within(from..from + len, to);
                }
                to += len;
            }
            from += len;
            kept
        });
        self.bytes.truncate(to);
        (before - self.frames.len()) as u32
    }
}

#[cfg(test)]
mod tests;

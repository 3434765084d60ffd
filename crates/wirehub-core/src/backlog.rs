//! Frames that wait for a slow reader.

use std::collections::VecDeque;

use wirehub_model::Moment;

use crate::batch::{Patience, Piece};

/// The frames that a socket did not take, copied out of the turn they were made in.
///
/// Copying keeps the account simple: what a slow reader costs is what its backlog holds, and no shared
/// buffer lives on because of it.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    bytes: VecDeque<u8>,
    frames: VecDeque<Waiting>,
    /// The front frame was sent in part and must be sent whole.
    begun: bool,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    len: u32,
    patience: Patience,
}

/// A frame found no room.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

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

    /// Takes a frame in, within `limit` bytes; returns how many older frames had to go for it.
    ///
    /// The rest of a frame that was begun is always taken: the stream would break without it.
    pub(crate) fn push(&mut self, piece: &Piece<'_>, limit: usize) -> Result<u32, Full> {
        let mut dropped = 0;
        if !piece.begun && self.len() + piece.bytes.len() > limit {
            // Making some room at once keeps a saturated backlog from moving memory for each frame.
            dropped = self.drop_oldest((limit / 4 * 3).saturating_sub(piece.bytes.len()));
            if self.len() + piece.bytes.len() > limit {
                return Err(Full);
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
        Ok(dropped)
    }

    /// Drops frames at the front that expired; returns how many.
    pub(crate) fn expire(&mut self, now: Moment) -> u32 {
        let mut dropped = 0;
        while !self.begun
            && let Some(front) = self.frames.front()
            && front.patience.expires_at.is_some_and(|end| end <= now)
        {
            let len = front.len as usize;
            self.bytes.drain(..len.min(self.bytes.len()));
            self.frames.pop_front();
            dropped += 1;
        }
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
        let mut dropped = 0;
        let mut kept_bytes = VecDeque::with_capacity(target.min(self.bytes.len()));
        let mut kept_frames = VecDeque::with_capacity(self.frames.len());
        let mut from = 0;
        for (place, frame) in self.frames.iter().enumerate() {
            let until = from + frame.len as usize;
            let pinned = place == 0 && self.begun;
            if excess > 0 && frame.patience.droppable && !pinned {
                excess = excess.saturating_sub(frame.len as usize);
                dropped += 1;
            } else {
                kept_bytes.extend(self.bytes.range(from..until));
                kept_frames.push_back(*frame);
            }
            from = until;
        }
        if dropped > 0 {
            self.bytes = kept_bytes;
            self.frames = kept_frames;
        }
        dropped
    }
}

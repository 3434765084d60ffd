//! What one connection still has to be sent.

use std::io::IoSlice;

use wirehub_model::Moment;

use crate::{
    backlog::{Backlog, Full},
    batch::{Batch, NO_LINK, Span},
};

/// The outgoing bytes of one connection: first what earlier turns left behind, then its share of
/// the current turn. Empty, it is three numbers and a null pointer.
#[derive(Debug)]
pub(crate) struct Outbox {
    backlog: Option<Box<Backlog>>,
    first: u32,
    last: u32,
}

/// What became of the frames that a socket did not take.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    /// Frames dropped to make room.
    pub(crate) dropped: u32,
    /// Frames that newer ones stand for.
    pub(crate) conflated: u32,
    /// There was no room: the connection reads too slowly.
    pub(crate) overflowed: bool,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            backlog: None,
            first: NO_LINK,
            last: NO_LINK,
        }
    }
}

impl Outbox {
    /// Whether there is nothing to send.
    pub(crate) fn is_empty(&self) -> bool {
        self.first == NO_LINK && self.backlog.is_none()
    }

    /// Bytes left behind by earlier turns.
    pub(crate) fn waiting(&self) -> usize {
        self.backlog.as_ref().map_or(0, |backlog| backlog.len())
    }

    /// Adds frames of the current turn.
    pub(crate) fn push(&mut self, batch: &mut Batch, span: Span) {
        if span.is_empty() {
            return;
        }
        self.last = batch.link(self.last, span);
        if self.first == NO_LINK {
            self.first = self.last;
        }
    }

    /// Adds frames of the current turn in front of everything but the rest of a frame that was
    /// begun: behind that, they come last.
    pub(crate) fn push_first(&mut self, batch: &mut Batch, span: Span) {
        if span.is_empty() {
            return;
        }
        match &mut self.backlog {
            None => {
                self.first = batch.link_before(self.first, span);
                if self.last == NO_LINK {
                    self.last = self.first;
                }
            }
            Some(backlog) => {
                if !backlog.push_first(batch.bytes(span)) {
                    self.push(batch, span);
                }
            }
        }
    }

    /// Fills `slices` with what is to be sent next and returns how many it used.
    pub(crate) fn slices<'a>(&'a self, batch: &'a Batch, slices: &mut [IoSlice<'a>]) -> usize {
        let mut used = 0;
        let mut put = |bytes: &'a [u8]| match slices.get_mut(used) {
            Some(slice) if !bytes.is_empty() => {
                *slice = IoSlice::new(bytes);
                used += 1;
                true
            }
            Some(_) => true,
            None => false,
        };
        if let Some(backlog) = &self.backlog {
            let (front, back) = backlog.slices();
            put(front);
            put(back);
        }
        let mut link = self.first;
        while let Some((span, next)) = batch.follow(link)
            && put(batch.bytes(span))
        {
            link = next;
        }
        used
    }

    /// Forgets `count` bytes that the socket took.
    pub(crate) fn consume(&mut self, batch: &mut Batch, count: usize) {
        let mut rest = count;
        if let Some(backlog) = &mut self.backlog {
            let taken = rest.min(backlog.len());
            backlog.consume(taken);
            rest -= taken;
            if backlog.is_empty() {
                self.backlog = None;
            }
        }
        while let Some((span, next)) = batch.follow(self.first) {
            if rest < span.len() {
                batch.consume(self.first, rest);
                return;
            }
            rest -= span.len();
            self.first = next;
        }
        self.last = NO_LINK;
    }

    /// Moves what is left of the current turn to the backlog, within `limit` bytes. Behind a frame
    /// that finds no room only the goodbye is kept.
    pub(crate) fn settle(&mut self, batch: &Batch, limit: usize) -> Settled {
        let mut settled = Settled::default();
        let mut link = std::mem::replace(&mut self.first, NO_LINK);
        self.last = NO_LINK;
        while let Some((span, next)) = batch.follow(link) {
            link = next;
            for piece in batch.pieces(span) {
                if settled.overflowed && !piece.patience.last {
                    continue;
                }
                let backlog = self.backlog.get_or_insert_default();
                match backlog.push(&piece, limit) {
                    Ok(gone) => {
                        settled.dropped += gone.dropped;
                        settled.conflated += gone.conflated;
                    }
                    Err(Full) => settled.overflowed = true,
                }
            }
        }
        self.backlog.take_if(|backlog| backlog.is_empty());
        settled
    }

    /// Drops frames of the backlog that expired; returns how many.
    pub(crate) fn expire(&mut self, now: Moment) -> u32 {
        let Some(backlog) = &mut self.backlog else {
            return 0;
        };
        let dropped = backlog.expire(now);
        if backlog.is_empty() {
            self.backlog = None;
        }
        dropped
    }

    /// Gives up on everything but the rest of a frame that was begun.
    pub(crate) fn abandon(&mut self) {
        self.first = NO_LINK;
        self.last = NO_LINK;
        if let Some(backlog) = &mut self.backlog {
            backlog.abandon();
            if backlog.is_empty() {
                self.backlog = None;
            }
        }
    }
}

#[cfg(test)]
mod tests;

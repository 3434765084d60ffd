//! The frames of one turn, each kept once.

use wirehub_model::Moment;

use crate::Flavour;

/// What may happen to a frame that has to wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Patience {
    /// It may be dropped to make room for newer ones.
    pub(crate) droppable: bool,
    /// It is the goodbye, which is kept even where there is no room.
    pub(crate) last: bool,
    /// From when on it is not worth sending.
    pub(crate) expires_at: Option<Moment>,
    /// What it is about, as a keyed hash: a newer frame about the same stands for it. Zero stands
    /// for itself.
    pub(crate) subject: u64,
}

impl Patience {
    /// Whether the frame is sent in any case, unless its connection ends.
    pub(crate) const fn keeps(self) -> bool {
        !self.droppable && self.expires_at.is_none() && self.subject == 0
    }

    /// What may happen to a frame that others build on: nothing.
    pub(crate) const fn kept(self) -> Self {
        Self {
            droppable: false,
            last: self.last,
            expires_at: None,
            subject: 0,
        }
    }

    /// What may happen to a frame that holds both.
    pub(crate) fn with(self, other: Self) -> Self {
        Self {
            droppable: self.droppable && other.droppable,
            last: self.last || other.last,
            // The frame is worth something as long as one part is.
            expires_at: self
                .expires_at
                .max(other.expires_at)
                .filter(|_| self.expires_at.is_some() && other.expires_at.is_some()),
            subject: if self.subject == other.subject {
                self.subject
            } else {
                0
            },
        }
    }
}

/// A run of whole frames in one buffer of a [`Batch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    buffer: u8,
    start: u32,
    end: u32,
}

impl Span {
    pub(crate) const fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// A span in the list of one connection.
#[derive(Clone, Copy, Debug)]
struct Link {
    span: Span,
    next: u32,
}

/// The end of a list of spans.
pub(crate) const NO_LINK: u32 = u32::MAX;

/// Everything that was encoded during one turn of the loop.
///
/// Frames for many connections lie end to end in one buffer for each flavour; frames for one
/// connection lie in a buffer of their own, so that they do not tear the shared runs apart. A
/// connection's share of the turn is a list of [`Span`]s. Deliveries in a row grow its last span,
/// so a subscriber of a busy room sends one contiguous slice, and nobody copies a byte.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    private: Buffer,
    shared: [Buffer; Flavour::COUNT],
    links: Vec<Link>,
    /// The bytes of all frames.
    bytes: usize,
}

#[derive(Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    frames: Vec<FrameEnd>,
}

#[derive(Clone, Copy, Debug)]
struct FrameEnd {
    end: u32,
    patience: Patience,
}

/// One frame, or the unsent rest of one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'a> {
    pub(crate) bytes: &'a [u8],
    /// Part of the frame was sent already.
    pub(crate) begun: bool,
    pub(crate) patience: Patience,
}

/// The number of the private buffer in a span; shared ones have their flavour's.
const PRIVATE: u8 = Flavour::COUNT as u8;

/// Capacity that a buffer keeps from turn to turn.
const KEPT_BYTES: usize = 128 * 1024;
/// Links and frame ends kept from turn to turn.
const KEPT_ENTRIES: usize = 4 * 1024;

impl Batch {
    /// The memory it takes.
    pub(crate) fn capacity(&self) -> usize {
        let buffers = self.shared.iter().chain([&self.private]);
        let buffers = buffers.map(|buffer| {
            buffer.bytes.capacity() + buffer.frames.capacity() * size_of::<FrameEnd>()
        });
        buffers.sum::<usize>() + self.links.capacity() * size_of::<Link>()
    }

    /// Encodes a frame for one connection.
    pub(crate) fn private(
        &mut self,
        patience: Patience,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Span {
        let span = self.private.append(PRIVATE, patience, encode);
        self.bytes += span.len();
        span
    }

    /// Encodes a frame for many connections of `flavour`.
    pub(crate) fn shared(
        &mut self,
        flavour: Flavour,
        patience: Patience,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Span {
        let number = flavour.index() as u8;
        let span = self.shared[flavour.index()].append(number, patience, encode);
        self.bytes += span.len();
        span
    }

    /// The bytes of a span.
    pub(crate) fn bytes(&self, span: Span) -> &[u8] {
        let buffer = self.buffer(span);
        buffer
            .bytes
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }

    /// The frames of a span, in order.
    pub(crate) fn pieces(&self, span: Span) -> impl Iterator<Item = Piece<'_>> {
        let buffer = self.buffer(span);
        let first = buffer
            .frames
            .partition_point(|frame| frame.end <= span.start);
        let frame_start = match first.checked_sub(1) {
            Some(before) => buffer.frames[before].end,
            None => 0,
        };
        let mut from = span.start;
        buffer.frames[first..]
            .iter()
            .take_while(move |frame| frame.end <= span.end)
            .map(move |frame| {
                let piece = Piece {
                    bytes: &buffer.bytes[from as usize..frame.end as usize],
                    begun: from == span.start && from > frame_start,
                    patience: frame.patience,
                };
                from = frame.end;
                piece
            })
    }

    /// Adds a span to the end of a list and returns the list's last link.
    pub(crate) fn link(&mut self, last: u32, span: Span) -> u32 {
        if let Some(link) = self.links.get_mut(last as usize)
            && link.span.buffer == span.buffer
            && link.span.end == span.start
        {
            link.span.end = span.end;
            return last;
        }
        let new = self.links.len() as u32;
        self.links.push(Link {
            span,
            next: NO_LINK,
        });
        if let Some(link) = self.links.get_mut(last as usize) {
            link.next = new;
        }
        new
    }

    /// Begins a list with a span, in front of the one that began at `next`.
    pub(crate) fn link_before(&mut self, next: u32, span: Span) -> u32 {
        let new = self.links.len() as u32;
        self.links.push(Link { span, next });
        new
    }

    /// The span at `link`, and the link after it.
    pub(crate) fn follow(&self, link: u32) -> Option<(Span, u32)> {
        let found = self.links.get(link as usize)?;
        Some((found.span, found.next))
    }

    /// Cuts `bytes` off the front of the span at `link`.
    pub(crate) fn consume(&mut self, link: u32, bytes: usize) {
        if let Some(link) = self.links.get_mut(link as usize) {
            link.span.start = link.span.end.min(link.span.start + bytes as u32);
        }
    }

    /// How much the turn holds: bytes of frames and of the lists.
    pub(crate) const fn weight(&self) -> usize {
        self.bytes + self.links.len() * size_of::<Link>()
    }

    /// Forgets the turn. Nobody may hold a span or link of it any longer.
    pub(crate) fn clear(&mut self) {
        let buffers = self.shared.iter_mut().chain([&mut self.private]);
        let used = buffers.filter(|buffer| !buffer.frames.is_empty());
        used.for_each(Buffer::clear);
        self.bytes = 0;
        self.links.clear();
        self.links.shrink_to(KEPT_ENTRIES);
    }

    fn buffer(&self, span: Span) -> &Buffer {
        self.shared
            .get(span.buffer as usize)
            .unwrap_or(&self.private)
    }
}

impl Buffer {
    fn append(
        &mut self,
        number: u8,
        patience: Patience,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Span {
        let start = self.bytes.len() as u32;
        encode(&mut self.bytes);
        let end = self.bytes.len() as u32;
        if start != end {
            self.frames.push(FrameEnd { end, patience });
        }
        Span {
            buffer: number,
            start,
            end,
        }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES);
        self.frames.clear();
        self.frames.shrink_to(KEPT_ENTRIES);
    }
}

use crate::close::CloseFrame;
use crate::inflate::Inflater;
use crate::limits::Limits;
use crate::pending::Pending;
use crate::reader::Reader;
use crate::role::Role;

/// The receiving half of one connection.
///
/// Sixteen bytes while nothing is incomplete. Bytes are decoded where they lie, in a buffer that
/// all connections of a thread share; the decoder copies only what a later read has to complete
/// and frees it when it is complete. It never allocates a length the peer merely announced.
#[derive(Debug)]
pub struct Decoder {
    pub(crate) pending: Option<Box<Pending>>,
    pub(crate) role: Role,
    pub(crate) compression: bool,
    pub(crate) finished: bool,
}

/// One thing a peer sent.
///
/// Slices live in the read buffer, the decoder or the inflater, until the next call of
/// [`Reader::next`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item<'a> {
    /// A whole text message.
    Text(&'a str),
    /// A whole binary message.
    Binary(&'a [u8]),
    /// A ping, at most 125 bytes; answer with a pong of the same bytes (RFC 6455 section 5.5.2).
    Ping(&'a [u8]),
    /// A pong, at most 125 bytes.
    Pong(&'a [u8]),
    /// The peer closes; nothing after it is read. `None` when it gave no code.
    Close(Option<CloseFrame<'a>>),
}

impl Decoder {
    /// A decoder at the start of a connection, after the handshake.
    ///
    /// `compression` says whether permessage-deflate was agreed on (see [`crate::negotiate`]).
    #[must_use]
    pub const fn new(role: Role, compression: bool) -> Self {
        Self {
            pending: None,
            role,
            compression,
            finished: false,
        }
    }

    /// Decodes `input`, the bytes just read, in place.
    ///
    /// Call [`Reader::next`] until it gives `None`: what is left of `input` then has been taken
    /// over. The bytes of `input` are changed (unmasked).
    pub fn read<'a>(
        &'a mut self,
        input: &'a mut [u8],
        limits: &'a Limits,
        inflater: &'a mut Inflater,
    ) -> Reader<'a> {
        Reader::new(self, input, limits, inflater)
    }

    /// Whether the peer closed or broke the protocol: whatever it sends further is ignored
    /// (RFC 6455 sections 5.5.1 and 7.1.7).
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.finished
    }

    /// Whether the peer stopped in the middle of a frame or message. A transport can hold a
    /// deadline against it.
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        self.pending.is_some()
    }

    /// Heap bytes held for an incomplete frame or message: 0 when idle, and never more than
    /// twice the payload that has arrived plus a fixed overhead.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.pending
            .as_ref()
            .map_or(0, |pending| pending.held_bytes())
    }

    pub(crate) fn pending(&mut self) -> &mut Pending {
        self.pending.get_or_insert_default()
    }

    /// Frees the heap when nothing is incomplete.
    pub(crate) fn settle(&mut self) {
        if self
            .pending
            .as_ref()
            .is_some_and(|pending| pending.is_idle())
        {
            self.pending = None;
        }
    }

    /// Stops reading for good.
    pub(crate) fn finish(&mut self) {
        self.finished = true;
        self.pending = None;
    }
}

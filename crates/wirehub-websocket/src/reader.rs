use std::mem;

use crate::close::CloseFrame;
use crate::decoder::{Decoder, Item};
use crate::error::DecodeError;
use crate::header::Header;
use crate::inflate::Inflater;
use crate::limits::Limits;
use crate::mask;
use crate::message::{self, Message, Whole};
use crate::opcode::MessageKind;
use crate::pending::{Control, Frame, FrameKind};

/// Gives out what one read of a connection holds; made by [`Decoder::read`].
///
/// It lends: an item has to be dealt with before the next one is asked for. That lets whole
/// messages come as slices of the read buffer, without a copy.
#[derive(Debug)]
#[must_use = "bytes are decoded only as items are asked for"]
pub struct Reader<'a> {
    decoder: &'a mut Decoder,
    /// What of the input is not decoded yet.
    rest: &'a mut [u8],
    limits: &'a Limits,
    inflater: &'a mut Inflater,
    /// The bytes of the item lent last, when they do not lie in the input.
    held: Held,
}

#[derive(Debug)]
enum Held {
    Nothing,
    Text(String),
    Bytes(Vec<u8>),
}

impl Held {
    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Nothing => &[],
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// An item that is complete, and where its bytes lie.
enum Ready<'a> {
    /// In the input.
    Message(MessageKind, &'a [u8]),
    Control(Control, &'a [u8]),
    /// In [`Reader::held`].
    HeldMessage,
    HeldControl(Control),
    /// In the inflater.
    Inflated(MessageKind),
}

impl<'a> Reader<'a> {
    pub(crate) fn new(
        decoder: &'a mut Decoder,
        input: &'a mut [u8],
        limits: &'a Limits,
        inflater: &'a mut Inflater,
    ) -> Self {
        Self {
            decoder,
            rest: input,
            limits,
            inflater,
            held: Held::Nothing,
        }
    }

    /// The next item, or `None` when the input holds no further whole one; its tail is then kept
    /// in the decoder.
    ///
    /// # Errors
    ///
    /// The peer broke a rule or a limit. The connection has to be failed with
    /// [`DecodeError::close_code`]; this reader and its decoder give nothing more.
    #[expect(
        clippy::should_implement_trait,
        reason = "an Iterator cannot lend its items"
    )]
    pub fn next(&mut self) -> Result<Option<Item<'_>>, DecodeError> {
        self.held = Held::Nothing;
        self.inflater.trim();
        if self.decoder.finished {
            return Ok(None);
        }
        let ready = match self.advance() {
            Ok(Some(ready)) => ready,
            Ok(None) => return Ok(None),
            Err(error) => {
                self.decoder.finish();
                return Err(error);
            }
        };
        if matches!(
            ready,
            Ready::Control(Control::Close, _) | Ready::HeldControl(Control::Close)
        ) {
            self.decoder.finish();
        }
        match lend(ready, &self.held, self.inflater) {
            Ok(item) => Ok(Some(item)),
            Err(error) => {
                self.decoder.finish();
                Err(error)
            }
        }
    }

    /// Input bytes not decoded yet. A caller that stops before `None` has to keep them and put
    /// them in front of its next read.
    #[must_use]
    pub fn unread(&self) -> &[u8] {
        self.rest
    }

    /// Reads frames until an item is complete or the input is used up.
    fn advance(&mut self) -> Result<Option<Ready<'a>>, DecodeError> {
        loop {
            let Some(frame) = self.frame()? else {
                return Ok(None);
            };
            if let Some(ready) = self.payload(frame)? {
                self.decoder.settle();
                return Ok(Some(ready));
            }
        }
    }

    /// The frame that was interrupted by the end of the last read, or the next one.
    fn frame(&mut self) -> Result<Option<Frame>, DecodeError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        if let Some(frame) = self
            .decoder
            .pending
            .as_mut()
            .and_then(|pending| pending.frame.take())
        {
            return Ok(Some(frame));
        }
        let Some(header) = self.header()? else {
            return Ok(None);
        };
        let frame = Frame::from(header);
        if !matches!(frame.kind, FrameKind::Control(_)) {
            let pending = self.decoder.pending.as_mut();
            let message = pending.and_then(|pending| pending.message.as_mut());
            message::admit(&header, message, self.limits)?;
        }
        Ok(Some(frame))
    }

    /// Takes a header off the input, joining it with the bytes of an incomplete one.
    fn header(&mut self) -> Result<Option<Header>, DecodeError> {
        let Decoder {
            role, compression, ..
        } = *self.decoder;
        let partial = match &mut self.decoder.pending {
            Some(pending) if !pending.header.as_bytes().is_empty() => Some(&mut pending.header),
            _ => None,
        };
        let (header, before) = match partial {
            None => (Header::parse(self.rest, role, compression)?, 0),
            Some(partial) => {
                let before = partial.as_bytes().len();
                partial.fill(self.rest);
                let header = Header::parse(partial.as_bytes(), role, compression)?;
                if header.is_some() {
                    partial.clear();
                }
                (header, before)
            }
        };
        match header {
            Some(header) => {
                self.take(header.size.saturating_sub(before));
                Ok(Some(header))
            }
            None => {
                let rest = self.take(self.rest.len());
                if before == 0 {
                    self.decoder.pending().header.fill(rest);
                }
                Ok(None)
            }
        }
    }

    /// Takes what is there of the frame's payload.
    fn payload(&mut self, mut frame: Frame) -> Result<Option<Ready<'a>>, DecodeError> {
        let chunk = self.take(usize::try_from(frame.remaining).unwrap_or(usize::MAX));
        if frame.mask != [0; 4] {
            mask::apply(chunk, &mut frame.mask);
        }
        frame.remaining -= chunk.len() as u64;
        match frame.kind {
            FrameKind::Control(control) => Ok(self.control(control, frame, chunk)),
            FrameKind::First(kind) if frame.is_whole_message() && !self.is_inside_message() => {
                self.whole(kind, frame.compressed, chunk).map(Some)
            }
            FrameKind::First(_) | FrameKind::Continuation => self.part(frame, chunk),
        }
    }

    fn control(&mut self, control: Control, frame: Frame, chunk: &'a [u8]) -> Option<Ready<'a>> {
        let kept = self
            .decoder
            .pending
            .as_ref()
            .is_some_and(|kept| !kept.control.is_empty());
        if frame.remaining == 0 && !kept {
            return Some(Ready::Control(control, chunk));
        }
        let pending = self.decoder.pending();
        pending.control.extend_from_slice(chunk);
        if frame.remaining > 0 {
            pending.frame = Some(frame);
            return None;
        }
        self.held = Held::Bytes(mem::take(&mut pending.control));
        Some(Ready::HeldControl(control))
    }

    /// A message in one frame in one read: the common case, which touches no heap.
    fn whole(
        &mut self,
        kind: MessageKind,
        compressed: bool,
        chunk: &'a [u8],
    ) -> Result<Ready<'a>, DecodeError> {
        if compressed {
            self.inflater.inflate(chunk, self.limits.message_bytes)?;
            return Ok(Ready::Inflated(kind));
        }
        Ok(Ready::Message(kind, chunk))
    }

    /// A part of a message: put behind what has arrived of it.
    fn part(&mut self, frame: Frame, chunk: &[u8]) -> Result<Option<Ready<'a>>, DecodeError> {
        let pending = self.decoder.pending();
        let message = match frame.kind {
            FrameKind::First(kind) => pending
                .message
                .get_or_insert_with(|| Message::new(kind, frame.compressed)),
            _ => pending
                .message
                .as_mut()
                .ok_or(DecodeError::NothingToContinue)?,
        };
        message.push(chunk)?;
        if frame.remaining > 0 {
            pending.frame = Some(frame);
            return Ok(None);
        }
        let Some(message) = pending.message.take_if(|_| frame.fin) else {
            return Ok(None);
        };
        match message.finish()? {
            Whole::Text(text) => self.held = Held::Text(text),
            Whole::Binary(bytes) => self.held = Held::Bytes(bytes),
            Whole::Compressed(kind, bytes) => {
                self.inflater.inflate(&bytes, self.limits.message_bytes)?;
                return Ok(Some(Ready::Inflated(kind)));
            }
        }
        Ok(Some(Ready::HeldMessage))
    }

    fn is_inside_message(&self) -> bool {
        self.decoder
            .pending
            .as_ref()
            .is_some_and(|pending| pending.message.is_some())
    }

    /// Takes up to `count` bytes off the front of the input.
    fn take(&mut self, count: usize) -> &'a mut [u8] {
        let rest = mem::take(&mut self.rest);
        let (taken, rest) = rest.split_at_mut(count.min(rest.len()));
        self.rest = rest;
        taken
    }
}

/// Makes an item of what is complete, checking text that was not checked on its way.
fn lend<'l>(
    ready: Ready<'l>,
    held: &'l Held,
    inflater: &'l Inflater,
) -> Result<Item<'l>, DecodeError> {
    match (ready, held) {
        (Ready::Message(kind, bytes), _) => message(kind, bytes),
        (Ready::Inflated(kind), _) => message(kind, inflater.output()),
        (Ready::HeldMessage, Held::Text(text)) => Ok(Item::Text(text)),
        (Ready::HeldMessage, held) => Ok(Item::Binary(held.as_bytes())),
        (Ready::Control(kind, bytes), _) => control(kind, bytes),
        (Ready::HeldControl(kind), held) => control(kind, held.as_bytes()),
    }
}

fn message(kind: MessageKind, bytes: &[u8]) -> Result<Item<'_>, DecodeError> {
    Ok(match kind {
        MessageKind::Text => {
            Item::Text(simdutf8::basic::from_utf8(bytes).map_err(|_| DecodeError::InvalidUtf8)?)
        }
        MessageKind::Binary => Item::Binary(bytes),
    })
}

fn control(kind: Control, bytes: &[u8]) -> Result<Item<'_>, DecodeError> {
    Ok(match kind {
        Control::Ping => Item::Ping(bytes),
        Control::Pong => Item::Pong(bytes),
        Control::Close => Item::Close(CloseFrame::parse(bytes)?),
    })
}

use crate::header::{Header, PartialHeader};
use crate::message::Message;
use crate::opcode::{MessageKind, Opcode};

/// What a decoder keeps between two reads. It lives on the heap, and only while a header, a
/// frame or a message is incomplete: that is what makes an idle connection cheap.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    /// The first bytes of a header.
    pub(crate) header: PartialHeader,
    /// A frame whose payload is not all here.
    pub(crate) frame: Option<Frame>,
    /// The payload of an incomplete control frame, at most 125 bytes. It has a place of its own
    /// because control frames may come between the fragments of a message.
    pub(crate) control: Vec<u8>,
    /// A message that is not complete.
    pub(crate) message: Option<Message>,
}

impl Pending {
    pub(crate) fn is_idle(&self) -> bool {
        self.header.as_bytes().is_empty() && self.frame.is_none() && self.message.is_none()
    }

    /// Heap bytes held, this structure included.
    pub(crate) fn held_bytes(&self) -> usize {
        size_of::<Self>()
            + self.control.capacity()
            + self.message.as_ref().map_or(0, Message::capacity)
    }
}

/// A frame that is being read: its header is done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) kind: FrameKind,
    pub(crate) fin: bool,
    pub(crate) compressed: bool,
    /// The masking key, turned so that its first byte belongs to the next payload byte.
    pub(crate) mask: [u8; 4],
    /// Payload bytes still to come.
    pub(crate) remaining: u64,
}

impl Frame {
    /// Whether the frame, its payload taken, is all there is of its message.
    pub(crate) fn is_whole_message(&self) -> bool {
        self.fin && self.remaining == 0
    }
}

/// A frame's opcode, split the way frames are handled.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FrameKind {
    /// The first frame of a message.
    First(MessageKind),
    Continuation,
    Control(Control),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control {
    Close,
    Ping,
    Pong,
}

impl From<Header> for Frame {
    fn from(header: Header) -> Self {
        let kind = match header.opcode {
            Opcode::Continuation => FrameKind::Continuation,
            Opcode::Text => FrameKind::First(MessageKind::Text),
            Opcode::Binary => FrameKind::First(MessageKind::Binary),
            Opcode::Close => FrameKind::Control(Control::Close),
            Opcode::Ping => FrameKind::Control(Control::Ping),
            Opcode::Pong => FrameKind::Control(Control::Pong),
        };
        Self {
            kind,
            fin: header.fin,
            compressed: header.compressed,
            mask: header.mask,
            remaining: header.length,
        }
    }
}

use crate::error::DecodeError;
use crate::header::Header;
use crate::limits::Limits;
use crate::opcode::{MessageKind, Opcode};
use crate::text::TextBuffer;

/// A data message of which a part has arrived.
#[derive(Debug)]
pub(crate) struct Message {
    body: Body,
    fragments: u32,
}

#[derive(Debug)]
enum Body {
    Text(TextBuffer),
    Binary(Vec<u8>),
    /// Still compressed: there is one inflater for many connections, so a message is inflated
    /// in one go when its last byte is here.
    Compressed(MessageKind, Vec<u8>),
}

/// A message that arrived in pieces, put together.
#[derive(Debug)]
pub(crate) enum Whole {
    Text(String),
    Binary(Vec<u8>),
    Compressed(MessageKind, Vec<u8>),
}

impl Message {
    pub(crate) fn new(kind: MessageKind, compressed: bool) -> Self {
        let body = match (kind, compressed) {
            (kind, true) => Body::Compressed(kind, Vec::new()),
            (MessageKind::Text, false) => Body::Text(TextBuffer::default()),
            (MessageKind::Binary, false) => Body::Binary(Vec::new()),
        };
        Self { body, fragments: 1 }
    }

    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<(), DecodeError> {
        match &mut self.body {
            Body::Text(text) => return text.push(chunk),
            Body::Binary(bytes) | Body::Compressed(_, bytes) => bytes.extend_from_slice(chunk),
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<Whole, DecodeError> {
        Ok(match self.body {
            Body::Text(text) => Whole::Text(text.finish()?),
            Body::Binary(bytes) => Whole::Binary(bytes),
            Body::Compressed(kind, bytes) => Whole::Compressed(kind, bytes),
        })
    }

    pub(crate) fn capacity(&self) -> usize {
        match &self.body {
            Body::Text(text) => text.capacity(),
            Body::Binary(bytes) | Body::Compressed(_, bytes) => bytes.capacity(),
        }
    }

    fn len(&self) -> usize {
        match &self.body {
            Body::Text(text) => text.len(),
            Body::Binary(bytes) | Body::Compressed(_, bytes) => bytes.len(),
        }
    }
}

/// Checks a data frame's header against the message it would continue and against the limits,
/// before any of its payload is stored.
pub(crate) fn admit(
    header: &Header,
    message: Option<&mut Message>,
    limits: &Limits,
) -> Result<(), DecodeError> {
    let arrived = match (header.opcode, message) {
        (Opcode::Continuation, None) => return Err(DecodeError::NothingToContinue),
        (Opcode::Continuation, Some(message)) => {
            if message.fragments >= limits.fragments {
                return Err(DecodeError::TooManyFragments {
                    limit: limits.fragments,
                });
            }
            message.fragments += 1;
            message.len()
        }
        (_, Some(_)) => return Err(DecodeError::MessageInsideMessage),
        (_, None) => 0,
    };
    if header.length > limits.frame_bytes as u64 {
        return Err(DecodeError::FrameTooBig {
            length: header.length,
            limit: limits.frame_bytes,
        });
    }
    if header.length.saturating_add(arrived as u64) > limits.message_bytes as u64 {
        return Err(DecodeError::MessageTooBig {
            limit: limits.message_bytes,
        });
    }
    Ok(())
}

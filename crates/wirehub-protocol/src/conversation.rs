//! What was said between the hub and one client, where answers depend on it.

use wirehub_model::{CloseReason, Event};

use crate::{Dialect, Frame, Goodbye, Heard, centrifuge};

/// What a dialect has to remember of one connection: which questions are open, and whether its
/// client was let in. Native connections have none.
///
/// A message of the client is [`heard`](Self::hear), and what is told to this client alone is
/// [`told`](Self::tell). What is told to many never comes here: [`Dialect::encode`] says that
/// without knowing anybody.
#[derive(Debug)]
pub struct Conversation(Kind);

#[derive(Debug)]
enum Kind {
    Centrifuge(Box<centrifuge::Conversation>),
}

impl Conversation {
    /// The beginning of a connection in `dialect`; `None` for one that has nothing to remember.
    #[must_use]
    pub fn begin(dialect: Dialect) -> Option<Self> {
        let kind = match dialect {
            Dialect::NativeJson | Dialect::NativeProtobuf => return None,
            Dialect::CentrifugeJson | Dialect::CentrifugeProtobuf => {
                Kind::Centrifuge(Box::new(centrifuge::Conversation::begin(dialect)))
            }
        };
        Some(Self(kind))
    }

    /// Reads one message of the client and appends what it means to `heard`, in order. Nothing of
    /// it says that there is nothing to be done.
    pub fn hear(&mut self, frame: Frame<'_>, heard: &mut Vec<Heard>) {
        match &mut self.0 {
            Kind::Centrifuge(conversation) => conversation.hear(frame, heard),
        }
    }

    /// Takes out what was held back until the client was let in, once it is.
    pub fn take_released(&mut self, heard: &mut Vec<Heard>) {
        match &mut self.0 {
            Kind::Centrifuge(conversation) => conversation.take_released(heard),
        }
    }

    /// Whether something that was held back is to be fetched with
    /// [`take_released`](Self::take_released).
    #[must_use]
    pub fn has_released(&self) -> bool {
        match &self.0 {
            Kind::Centrifuge(conversation) => conversation.has_released(),
        }
    }

    /// Appends the message that tells this client `event`, without WebSocket framing, and tells
    /// whether there is one.
    #[must_use = "without a message there is nothing to send"]
    pub fn tell(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> bool {
        match &mut self.0 {
            Kind::Centrifuge(conversation) => conversation.tell(event, out),
        }
    }

    /// What the close frame says to this client.
    #[must_use]
    pub fn goodbye(&self, reason: CloseReason) -> Goodbye {
        match &self.0 {
            Kind::Centrifuge(conversation) => conversation.goodbye(reason),
        }
    }
}

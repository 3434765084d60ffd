//! What was said between the hub and one client, where answers depend on it.

use wirehub_model::{CloseReason, Event};

use crate::{Dialect, Frame, Goodbye, Heard, centrifuge, pusher};

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
    CentrifugeOneWay(Box<centrifuge::OneWay>),
    Pusher(Box<pusher::Conversation>),
}

impl Conversation {
    /// The beginning of a connection in `dialect`; `None` for one that has nothing to remember, and
    /// for [`Dialect::Pusher`], which begins with [`Conversation::with_pusher`].
    #[must_use]
    pub fn begin(dialect: Dialect) -> Option<Self> {
        let kind = match dialect {
            Dialect::NativeJson | Dialect::NativeProtobuf | Dialect::Pusher => return None,
            Dialect::CentrifugeJson | Dialect::CentrifugeProtobuf => {
                Kind::Centrifuge(Box::new(centrifuge::Conversation::begin(dialect, None)))
            }
            Dialect::CentrifugeOneWay => {
                Kind::CentrifugeOneWay(Box::new(centrifuge::OneWay::begin()))
            }
        };
        Some(Self(kind))
    }

    /// The beginning of a connection of a client of Centrifugo that only hears on it, and speaks as
    /// `emulation` says; as [`Conversation::begin`] of every other dialect.
    #[must_use]
    pub fn with_emulation(dialect: Dialect, emulation: centrifuge::Emulation) -> Option<Self> {
        if !matches!(
            dialect,
            Dialect::CentrifugeJson | Dialect::CentrifugeProtobuf
        ) {
            return Self::begin(dialect);
        }
        let conversation = centrifuge::Conversation::begin(dialect, Some(emulation));
        Some(Self(Kind::Centrifuge(Box::new(conversation))))
    }

    /// The beginning of a connection of a client of Pusher, with what its app allows or why it is
    /// not let in.
    #[must_use]
    pub fn with_pusher(opening: Result<pusher::Opening, pusher::Rejection>) -> Self {
        Self(Kind::Pusher(Box::new(pusher::Conversation::begin(opening))))
    }

    /// The same where these rules hold for Centrifugo's channels.
    #[must_use]
    pub fn with_rules(mut self, rules: centrifuge::Rules) -> Self {
        match &mut self.0 {
            Kind::Centrifuge(conversation) => conversation.set_rules(rules),
            Kind::CentrifugeOneWay(conversation) => conversation.set_rules(rules),
            Kind::Pusher(_) => {}
        }
        self
    }

    /// Reads one message of the client and appends what it means to `heard`, in order. Nothing of
    /// it says that there is nothing to be done.
    pub fn hear(&mut self, frame: Frame<'_>, heard: &mut Vec<Heard>) {
        match &mut self.0 {
            Kind::Centrifuge(conversation) => conversation.hear(frame, heard),
            Kind::CentrifugeOneWay(conversation) => conversation.hear(frame, heard),
            Kind::Pusher(conversation) => conversation.hear(frame, heard),
        }
    }

    /// Takes out what was held back until the client was let in, once it is.
    pub fn take_released(&mut self, heard: &mut Vec<Heard>) {
        match &mut self.0 {
            Kind::Centrifuge(conversation) => conversation.take_released(heard),
            Kind::CentrifugeOneWay(_) | Kind::Pusher(_) => {}
        }
    }

    /// Whether something that was held back is to be fetched with
    /// [`take_released`](Self::take_released).
    #[must_use]
    pub fn has_released(&self) -> bool {
        match &self.0 {
            Kind::Centrifuge(conversation) => conversation.has_released(),
            Kind::CentrifugeOneWay(_) | Kind::Pusher(_) => false,
        }
    }

    /// Appends the message that tells this client `event`, without WebSocket framing, and tells
    /// whether there is one.
    #[must_use = "without a message there is nothing to send"]
    pub fn tell(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> bool {
        match &mut self.0 {
            Kind::Centrifuge(conversation) => conversation.tell(event, out),
            Kind::CentrifugeOneWay(conversation) => conversation.tell(event, out),
            Kind::Pusher(conversation) => conversation.tell(event, out),
        }
    }

    /// Appends the next message that follows from what was told last, for a dialect that needs
    /// several where others need one, and tells whether there was one.
    #[must_use = "without a message there is nothing to send"]
    pub fn tell_more(&mut self, out: &mut Vec<u8>) -> bool {
        match &mut self.0 {
            Kind::Centrifuge(_) | Kind::CentrifugeOneWay(_) => false,
            Kind::Pusher(conversation) => conversation.tell_more(out),
        }
    }

    /// What is said last to this client.
    #[must_use]
    pub fn goodbye(&self, reason: CloseReason) -> Goodbye {
        match &self.0 {
            Kind::Centrifuge(conversation) => conversation.goodbye(reason),
            Kind::CentrifugeOneWay(conversation) => conversation.goodbye(reason),
            Kind::Pusher(conversation) => conversation.goodbye(reason),
        }
    }
}

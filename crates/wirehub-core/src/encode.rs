//! The seam to wire formats.

use wirehub_model::Event;

/// One way of putting an event on the wire: a dialect with its codec, framing and compression.
///
/// Connections of one flavour receive the same bytes, so a publication is encoded once for each
/// flavour among its subscribers. The shard knows nothing else about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flavour(u8);

impl Flavour {
    /// How many flavours a shard can tell apart.
    pub const COUNT: usize = 32;

    /// The flavour with this number; `None` beyond [`Flavour::COUNT`].
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if (number as usize) < Self::COUNT {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The number of the flavour.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What the clients of a flavour do when something of a topic may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterGap {
    /// They are told, and go on.
    GoesOn,
    /// Their subscription ends, and they subscribe anew.
    BeginsAnew,
    /// Nothing: their protocol has no positions.
    KnowsNothing,
}

/// Turns events into frames. The assembly provides it, made of dialects and the WebSocket codec.
pub trait Encode {
    /// Appends the complete frame that tells `event` in `flavour`; nothing when the flavour has no
    /// way to tell it.
    fn encode(&mut self, flavour: Flavour, event: &Event<'_>, out: &mut Vec<u8>);

    /// Appends the complete frame that tells `event` to the one connection in `slot`. A dialect
    /// whose answers depend on what was said before says something else here than
    /// [`Encode::encode`] does. What many are told never comes this way.
    fn encode_for(&mut self, slot: u32, flavour: Flavour, event: &Event<'_>, out: &mut Vec<u8>) {
        let _ = slot;
        self.encode(flavour, event, out);
    }

    /// Whether the welcome of `flavour` also tells how the subscriptions stand that the client's
    /// token asks for. It is encoded behind those events then, and sent in front of everything.
    fn welcomes_with_subscriptions(&self, flavour: Flavour) -> bool {
        let _ = flavour;
        false
    }

    /// Whether clients of `flavour` come back for their session. Of others none is kept.
    fn resumes(&self, flavour: Flavour) -> bool {
        let _ = flavour;
        true
    }

    /// What clients of `flavour` do when something of a topic may be missing.
    fn after_gap(&self, flavour: Flavour) -> AfterGap {
        let _ = flavour;
        AfterGap::GoesOn
    }

    /// Whether clients of `flavour` answer a heartbeat. Others only hear, and are lost when what is
    /// told to them cannot be sent.
    fn answers_heartbeat(&self, flavour: Flavour) -> bool {
        let _ = flavour;
        true
    }

    /// Whether clients of `flavour` answer a goodbye. Of others, a connection ends when it was
    /// said.
    fn answers_goodbye(&self, flavour: Flavour) -> bool {
        let _ = flavour;
        true
    }
}

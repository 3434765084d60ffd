//! One connection between a client and a shard, as TCP makes it: bytes in order, until they stop.

use std::collections::VecDeque;

use wirehub_model::{Command, ConnectionId, Moment};

/// What a client's end sends.
#[derive(Clone, Debug)]
pub(crate) enum Up {
    /// The handshake.
    Hello,
    /// A request.
    Say { id: Option<u64>, command: Command },
    /// A ping of the transport.
    Ping,
    /// An answer to a heartbeat.
    Alive,
    /// A close frame.
    Goodbye,
    /// The transport is gone.
    End,
}

/// What a shard's end sends.
#[derive(Clone, Debug)]
pub(crate) enum Down {
    /// Some bytes.
    Bytes(Vec<u8>),
    /// The transport is gone.
    End,
}

/// A connection with both its ends.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) client: usize,
    pub(crate) shard: u16,
    pub(crate) flavour: u8,
    /// The handshake carries credentials.
    pub(crate) presents: bool,
    pub(crate) up: VecDeque<Up>,
    pub(crate) down: VecDeque<Down>,
    /// When the last of `up` and of `down` arrive: nothing overtakes.
    pub(crate) up_until: Moment,
    pub(crate) down_until: Moment,
    /// The connection at the shard, while it is there.
    pub(crate) seat: Option<ConnectionId>,
    /// The client still listens.
    pub(crate) heard_by_client: bool,
    /// Nothing more gets through in either direction.
    pub(crate) cut: bool,
    /// The client reads slowly, and the socket has little room.
    pub(crate) slow: bool,
    /// Bytes that the shard's socket takes.
    pub(crate) room: usize,
    /// The shard waits for room.
    pub(crate) blocked: bool,
    /// What the client received of a frame that has not arrived whole.
    pub(crate) received: Vec<u8>,
}

impl Link {
    pub(crate) fn new(client: usize, shard: u16, room: usize) -> Self {
        Self {
            client,
            shard,
            flavour: 0,
            presents: true,
            up: VecDeque::new(),
            down: VecDeque::new(),
            up_until: Moment::ZERO,
            down_until: Moment::ZERO,
            seat: None,
            heard_by_client: true,
            cut: false,
            slow: false,
            room,
            blocked: false,
            received: Vec::new(),
        }
    }

    /// Cuts the link. What is on its way is lost from some point on in each direction; `keep` says
    /// how much still arrives.
    pub(crate) fn cut(&mut self, keep_up: usize, keep_down: usize) {
        self.cut = true;
        self.up.truncate(keep_up);
        self.down.truncate(keep_down);
    }
}

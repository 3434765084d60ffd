//! A receiving end that writes down what it got, so that tests can compare it.

use wirehub_websocket::{CloseCode, DecodeError, Decoder, Inflater, Item, Limits, Role};

/// An [`Item`] that owns its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<(CloseCode, String)>),
    Refused(DecodeError),
}

impl From<Item<'_>> for Seen {
    fn from(item: Item<'_>) -> Self {
        match item {
            Item::Text(text) => Self::Text(text.to_owned()),
            Item::Binary(bytes) => Self::Binary(bytes.to_vec()),
            Item::Ping(bytes) => Self::Ping(bytes.to_vec()),
            Item::Pong(bytes) => Self::Pong(bytes.to_vec()),
            Item::Close(close) => Self::Close(close.map(|c| (c.code, c.reason.to_owned()))),
        }
    }
}

pub(crate) struct Peer {
    pub(crate) decoder: Decoder,
    pub(crate) limits: Limits,
    pub(crate) inflater: Inflater,
}

impl Peer {
    pub(crate) fn new(role: Role, compression: bool) -> Self {
        Self {
            decoder: Decoder::new(role, compression),
            limits: Limits::default(),
            inflater: Inflater::new(),
        }
    }

    pub(crate) fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Feeds one read and returns all it gave.
    pub(crate) fn read(&mut self, input: &[u8]) -> Vec<Seen> {
        let mut scratch = input.to_vec();
        let mut seen = Vec::new();
        let mut reader = self
            .decoder
            .read(&mut scratch, &self.limits, &mut self.inflater);
        loop {
            match reader.next() {
                Ok(Some(item)) => seen.push(item.into()),
                Ok(None) => break,
                Err(error) => seen.push(Seen::Refused(error)),
            }
        }
        assert!(reader.unread().is_empty() || self.decoder.is_finished());
        seen
    }

    /// Feeds one byte a read.
    pub(crate) fn read_bytewise(&mut self, input: &[u8]) -> Vec<Seen> {
        input.iter().flat_map(|byte| self.read(&[*byte])).collect()
    }
}

/// What a server sees of `wire`, which must not depend on how it is cut.
pub(crate) fn server_sees(wire: &[u8]) -> Vec<Seen> {
    let whole = Peer::new(Role::Server, false).read(wire);
    assert_eq!(whole, Peer::new(Role::Server, false).read_bytewise(wire));
    whole
}

/// What a client sees of `wire`, which must not depend on how it is cut.
pub(crate) fn client_sees(wire: &[u8]) -> Vec<Seen> {
    let whole = Peer::new(Role::Client, false).read(wire);
    assert_eq!(whole, Peer::new(Role::Client, false).read_bytewise(wire));
    whole
}

/// Encodes with a fixed key, as a client would.
pub(crate) fn from_client(write: impl FnOnce(wirehub_websocket::Encoder, &mut Vec<u8>)) -> Vec<u8> {
    let mut wire = Vec::new();
    write(
        wirehub_websocket::Encoder::client([0x37, 0xfa, 0x21, 0x3d]),
        &mut wire,
    );
    wire
}

//! What every transport and the driver say to each other.

use std::time::Duration;

use tokio::sync::mpsc;

/// How many messages wait for a socket that does not take them. The client lets fewer requests
/// be open at a time; only a server that never reads gets here.
pub(crate) const OUTBOX: usize = 8_192;

/// One message on the wire, without framing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// JSON.
    Text(String),
    /// Protobuf.
    Binary(Vec<u8>),
}

/// What the driver tells a link.
#[derive(Debug)]
pub(crate) enum Say {
    /// Carry a message.
    Frame(Frame),
    /// Say good-bye and end.
    Close {
        /// The close code.
        code: u16,
        /// A word for the server's log.
        reason: String,
    },
}

/// What a link tells the driver.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Messages can be sent.
    Opened,
    /// A message came.
    Frame(Frame),
    /// Something came that is no message: the server lives.
    Activity,
    /// Something came that this transport cannot read. `Closed` follows.
    Garbage(String),
    /// It is over; always the last.
    Closed(Closed),
}

/// How a link ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Closed {
    /// The close code; 1006 when there was none.
    pub(crate) code: u16,
    /// The server's word for it, or what went wrong here.
    pub(crate) reason: String,
    /// The HTTP status of an opening that was refused.
    pub(crate) status: Option<u16>,
    /// When the server wants the client back.
    pub(crate) retry_after: Option<Duration>,
}

impl Closed {
    /// The connection broke, or never was.
    pub(crate) fn lost(reason: impl Into<String>) -> Self {
        Self {
            code: 1006,
            reason: reason.into(),
            ..Self::default()
        }
    }
}

/// A link's number, and what it says.
pub(crate) type Report = (u64, Heard);

/// The link's end of the wires to the driver.
#[derive(Debug)]
pub(crate) struct Wires {
    /// The link's number.
    pub(crate) link: u64,
    /// From the driver.
    pub(crate) say: mpsc::Receiver<Say>,
    /// To the driver. When it is full the link stops reading, and the server notices.
    pub(crate) heard: mpsc::Sender<Report>,
}

impl Wires {
    /// Tells the driver; waits while it is busy. A driver that is gone needs to hear nothing.
    pub(crate) async fn tell(&self, heard: Heard) {
        let _ = self.heard.send((self.link, heard)).await;
    }
}

//! The links that are open, or about to be, or about to end.

use std::collections::HashMap;

use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::mpsc;
use wirehub_protocol::Dialect;
use wirehub_websocket::Limits;

use crate::{
    Transport,
    transport::{
        Dialer, Endpoint, Frame, OUTBOX, Report, Say, Wires, http_stream,
        websocket::{self, Offer},
    },
};

/// How links are opened.
#[derive(Clone, Debug)]
pub(crate) struct LinkSettings {
    pub(crate) dialer: Dialer,
    pub(crate) dialect: Dialect,
    pub(crate) compression: bool,
    pub(crate) limits: Limits,
}

/// All links of a client: one, and another while it moves.
#[derive(Debug)]
pub(crate) struct Links {
    settings: LinkSettings,
    ends: HashMap<u64, End>,
    heard: mpsc::Sender<Report>,
}

/// The driver's end of a link.
#[derive(Debug)]
struct End {
    say: mpsc::Sender<Say>,
    dialect: Dialect,
}

impl Links {
    pub(crate) fn new(settings: LinkSettings, heard: mpsc::Sender<Report>) -> Self {
        Self {
            settings,
            ends: HashMap::new(),
            heard,
        }
    }

    /// Begins to open a link; the future is the link.
    pub(crate) fn open(
        &mut self,
        link: u64,
        endpoint: &Endpoint,
        transport: Transport,
    ) -> BoxFuture<'static, ()> {
        let LinkSettings {
            dialer,
            dialect,
            compression,
            limits,
        } = self.settings.clone();
        let (say, said) = mpsc::channel(OUTBOX);
        let wires = Wires {
            link,
            say: said,
            heard: self.heard.clone(),
        };
        let endpoint = endpoint.clone();
        let (dialect, run) = match transport {
            Transport::WebSocket => {
                let offer = Offer {
                    subprotocol: dialect.subprotocol(),
                    compression,
                    limits,
                };
                (
                    dialect,
                    websocket::run(dialer, endpoint, offer, wires).boxed(),
                )
            }
            Transport::HttpStream => {
                let run = http_stream::run(dialer, endpoint, limits.message_bytes, wires);
                (Dialect::NativeJson, run.boxed())
            }
        };
        self.ends.insert(link, End { say, dialect });
        run
    }

    /// How messages are written on a link; `None` when it is over.
    pub(crate) fn dialect(&self, link: u64) -> Option<Dialect> {
        self.ends.get(&link).map(|end| end.dialect)
    }

    /// Says something; `false` when the link has too much to say already.
    pub(crate) fn send(&self, link: u64, frame: Frame) -> bool {
        let end = self.ends.get(&link);
        // One that is over tells so itself.
        end.is_none_or(|end| {
            let sent = end.say.try_send(Say::Frame(frame));
            !matches!(sent, Err(mpsc::error::TrySendError::Full(_)))
        })
    }

    /// Says good-bye. The link is over for the driver; it ends by itself in a moment.
    pub(crate) fn close(&mut self, link: u64, code: u16, reason: String) {
        if let Some(end) = self.ends.remove(&link) {
            // When there is no room for it, the end of the channel says the same.
            let _ = end.say.try_send(Say::Close { code, reason });
        }
    }

    /// The link told that it is over.
    pub(crate) fn closed(&mut self, link: u64) {
        self.ends.remove(&link);
    }

    /// Says good-bye to all.
    pub(crate) fn close_all(&mut self) {
        let links: Vec<u64> = self.ends.keys().copied().collect();
        for link in links {
            self.close(link, 1000, String::new());
        }
    }
}

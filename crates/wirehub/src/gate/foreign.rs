//! The doors of foreign protocols: which dialect a handshake asks for, by its path.

use std::borrow::Cow;

use http::request::Parts;
use wirehub_protocol::Dialect;
use wirehub_transport::{Accepted, UpgradeRequest};

use super::{Admitted, HubGate, choose_dialect};
use crate::doorkeeper::Denial;

/// A foreign protocol that is spoken at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Foreign {
    Centrifugo,
}

impl HubGate {
    /// The foreign protocol that is spoken at a path, if one is.
    pub(super) fn foreign(&self, path: &str) -> Option<Foreign> {
        let dialects = &self.shared.settings.dialects;
        let centrifugo = dialects.centrifugo.as_ref();
        centrifugo
            .filter(|settings| settings.websocket_path == path)
            .map(|_| Foreign::Centrifugo)
    }

    /// Decides about a WebSocket handshake of a foreign client. Who it is, it says afterwards, in
    /// its own protocol.
    pub(super) fn decide_foreign(
        &self,
        foreign: Foreign,
        request: &Parts,
        offer: &UpgradeRequest,
    ) -> Result<Accepted<Admitted>, Denial> {
        if self.shared.is_draining() {
            return Err(Denial::draining());
        }
        let doorkeeper = self.shared.doorkeeper();
        doorkeeper.check_origin(&request.headers)?;
        let dialect = match foreign {
            Foreign::Centrifugo => centrifugo(request, offer)?,
        };
        let offered = offer.subprotocols().next().is_some();
        Ok(Accepted {
            subprotocol: offered.then_some(Cow::Borrowed(dialect.subprotocol())),
            compression: self.shared.settings.compression,
            admitted: Admitted {
                dialect,
                principal: None,
                said: String::new(),
            },
        })
    }
}

/// The encoding that a client of Centrifugo asks for: by its subprotocol, or in the query.
fn centrifugo(request: &Parts, offer: &UpgradeRequest) -> Result<Dialect, Denial> {
    if offer.subprotocols().next().is_some() {
        return choose_dialect(offer, &Dialect::CENTRIFUGE);
    }
    let query = request.uri.query().unwrap_or_default().as_bytes();
    let protobuf = form_urlencoded::parse(query)
        .any(|(name, value)| matches!(&*name, "format" | "cf_protocol") && value == "protobuf");
    Ok(if protobuf {
        Dialect::CentrifugeProtobuf
    } else {
        Dialect::CentrifugeJson
    })
}

//! The doors of foreign protocols: which dialect a handshake asks for, by its path.

use std::borrow::Cow;

use http::request::Parts;
use wirehub_protocol::Dialect;
use wirehub_transport::{Accepted, UpgradeRequest};

use super::{Admitted, HubGate, choose_dialect};
use crate::{CentrifugoTransport, doorkeeper::Denial, post::Said, pusher::Guest};

/// The name under which a query holds what clients of Centrifugo say first, where they cannot say
/// it otherwise.
pub(super) const CONNECT: &str = "cf_connect";

/// What stands before the key of an app.
const PUSHER: &str = "/app/";

/// A foreign protocol that is spoken at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Foreign {
    Centrifugo,
    /// Centrifugo's, in one direction.
    OneWay,
    Pusher,
}

impl HubGate {
    /// The foreign protocol that is spoken at a path, if one is.
    pub(super) fn foreign(&self, path: &str) -> Option<Foreign> {
        let settings = &self.shared.settings;
        let centrifugo = settings.dialects.centrifugo.as_ref();
        match centrifugo.and_then(|settings| settings.transport_at(path)) {
            Some(CentrifugoTransport::WebSocket) => return Some(Foreign::Centrifugo),
            Some(CentrifugoTransport::UniWebSocket) => return Some(Foreign::OneWay),
            _ => {}
        }
        let is_pusher = path.starts_with(PUSHER) && !settings.pusher.apps.is_empty();
        is_pusher.then_some(Foreign::Pusher)
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
        if foreign == Foreign::Pusher {
            return Ok(self.pusher(request));
        }
        let doorkeeper = self.shared.doorkeeper();
        doorkeeper.check_origin(&request.headers)?;
        if foreign == Foreign::OneWay {
            let said = parameter(request, CONNECT).map(|said| Said::Message(said.into()));
            return Ok(self.accept(None, Dialect::CentrifugeOneWay, said, None));
        }
        let dialect = centrifugo(request, offer)?;
        let offered = offer.subprotocols().next().is_some();
        let subprotocol = offered.then_some(dialect.subprotocol());
        Ok(self.accept(subprotocol, dialect, None, None))
    }

    /// Takes every client of Pusher, since its libraries hear only on an open connection why they
    /// are not let in.
    fn pusher(&self, request: &Parts) -> Accepted<Admitted> {
        let key = request.uri.path().strip_prefix(PUSHER).unwrap_or_default();
        let version = parameter(request, "protocol");
        let origin = self.shared.doorkeeper().check_origin(&request.headers);
        let settings = &self.shared.settings;
        let guest = Guest::new(&settings.pusher, key, version.as_deref(), origin.is_ok());
        if let Err(rejection) = guest.opening() {
            let code = rejection.code();
            tracing::debug!(code, "client of Pusher is not let in");
        }
        self.accept(None, Dialect::Pusher, None, Some(guest))
    }

    /// Lets a client in that has not proven who it is.
    fn accept(
        &self,
        subprotocol: Option<&'static str>,
        dialect: Dialect,
        said: Option<Said>,
        guest: Option<Guest>,
    ) -> Accepted<Admitted> {
        Accepted {
            subprotocol: subprotocol.map(Cow::Borrowed),
            compression: self.shared.settings.compression,
            admitted: Admitted {
                dialect,
                principal: None,
                said,
                guest,
            },
        }
    }
}

/// What a query says under a name, the first time it does.
pub(super) fn parameter(request: &Parts, name: &str) -> Option<String> {
    let query = request.uri.query().unwrap_or_default().as_bytes();
    let mut query = form_urlencoded::parse(query).filter(|(known, _)| known == name);
    query.next().map(|(_, value)| value.into_owned())
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

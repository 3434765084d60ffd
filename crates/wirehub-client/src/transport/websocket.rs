//! A link over a WebSocket: RFC 6455 on the project's own codec, in the client's role.

mod carrier;
mod opening;

use std::time::Duration;

use tokio::time::timeout;
use wirehub_websocket::Limits;

use self::{carrier::Carrier, opening::shake_hands};
use super::{Closed, Dialer, Endpoint, Exchange, Heard, Say, Wires};

/// How long the opening handshake may take, once the connection is there.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What a WebSocket is opened with.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    /// `Sec-WebSocket-Protocol`.
    pub(crate) subprotocol: &'static str,
    /// Whether to ask for permessage-deflate.
    pub(crate) compression: bool,
    /// What the server may make this process hold.
    pub(crate) limits: Limits,
}

/// Opens a WebSocket and carries messages until it ends.
pub(crate) async fn run(dialer: Dialer, endpoint: Endpoint, offer: Offer, mut wires: Wires) {
    let opening = async {
        let exchange = Exchange::open(&dialer, &endpoint)
            .await
            .map_err(|error| Closed::lost(error.to_string()))?;
        let shake = timeout(HANDSHAKE, shake_hands(exchange, &endpoint, &offer)).await;
        shake.unwrap_or_else(|_| Err(Closed::lost("the server did not answer the handshake")))
    };
    let opened = tokio::select! {
        opened = opening => opened,
        // Before it is open there is nobody to say good-bye to.
        () = told_to_close(&mut wires) => Err(Closed::lost("closed before it opened")),
    };
    let closed = match opened {
        Ok(opened) => {
            wires.tell(Heard::Opened).await;
            Carrier::new(opened, offer.limits).carry(&mut wires).await
        }
        Err(closed) => {
            // A refusal has 1006; everything else is an answer that is none.
            if closed.code != 1006 {
                wires.tell(Heard::Garbage(closed.reason.clone())).await;
            }
            closed
        }
    };
    wires.tell(Heard::Closed(closed)).await;
}

async fn told_to_close(wires: &mut Wires) {
    while let Some(Say::Frame(_)) = wires.say.recv().await {}
}

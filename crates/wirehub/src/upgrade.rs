//! The hub behind a route of somebody else's HTTP server.

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::upgrade::OnUpgrade;
use tower_service::Service;
use wirehub_transport::{Accepted, Established, UpgradeRequest, Wire, take_over};
use wirehub_websocket::Window;

use crate::{
    acceptor::Newcomer,
    gate::{Admitted, HubGate},
    letter::{Letter, ShardSender},
    shared::Shared,
    tasks::Tasks,
};

/// A service that answers WebSocket handshakes and hands the raw socket to a shard; made by
/// [`Hub::upgrade`](crate::Hub::upgrade).
///
/// Clients that need a [stream](crate::StreamSettings) in place of a WebSocket find it on the hub's
/// own listener only: the socket of a response cannot be taken out of somebody else's server.
///
/// The path is whatever route it is mounted at. Origin and credentials are checked as on the hub's
/// own listener; limits on connections per address are the application's server's business.
#[derive(Clone)]
pub struct UpgradeService(Arc<Parts>);

struct Parts {
    shards: Vec<ShardSender>,
    /// The next shard's turn.
    next: AtomicUsize,
    gate: HubGate,
    shared: Arc<Shared>,
    tasks: Tasks,
}

impl UpgradeService {
    pub(crate) fn new(shards: Vec<ShardSender>, shared: Arc<Shared>, tasks: Tasks) -> Self {
        Self(Arc::new(Parts {
            next: AtomicUsize::new(0),
            gate: HubGate::new(Arc::clone(&shared), shards.clone()),
            shards,
            shared,
            tasks,
        }))
    }
}

impl Parts {
    async fn answer<B>(&self, mut request: Request<B>) -> Response<Full<Bytes>> {
        let upgrade = request.extensions_mut().remove::<OnUpgrade>();
        let (head, _body) = request.into_parts();
        let offer = match UpgradeRequest::check(&head) {
            Ok(offer) => offer,
            Err(error) => return error.response(),
        };
        let accepted = match self.gate.decide(&head, &offer).await {
            Ok(accepted) => accepted,
            Err(response) => return response,
        };
        let subprotocol = accepted.subprotocol.as_deref();
        let answer = offer.accept(subprotocol, accepted.compression);
        match (answer, upgrade) {
            (Ok((response, deflate)), Some(upgrade)) => {
                self.hand_over(upgrade, deflate, accepted);
                response
            }
            (Err(error), _) => error.response(),
            (_, None) => {
                tracing::error!("the HTTP server does not offer upgrades on this connection");
                let mut response = Response::new(Full::default());
                *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
                response
            }
        }
    }

    /// Waits for the socket, which comes after the answer was sent, and gives it to a shard.
    fn hand_over(&self, upgrade: OnUpgrade, deflate: Option<Window>, accepted: Accepted<Admitted>) {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let Some(shard) = self.shards.get(turn % self.shards.len().max(1)).cloned() else {
            return;
        };
        let Admitted {
            dialect,
            principal,
            said,
            guest,
        } = accepted.admitted;
        self.tasks
            .spawn("hand-over", &self.shared.runtime, async move {
                match take_over(upgrade).await {
                    Ok((socket, leftover)) => {
                        let newcomer = Newcomer {
                            established: Established {
                                socket,
                                answer: Bytes::new(),
                                leftover,
                                wire: Wire::WebSocket { deflate },
                                ticket: None,
                            },
                            dialect,
                            principal,
                            said,
                            guest,
                        };
                        let _ = shard.send(Letter::Adopt(Box::new(newcomer))).await;
                    }
                    Err(error) => tracing::warn!(%error, "socket could not be taken over"),
                }
            });
    }
}

impl<B: Send + 'static> Service<Request<B>> for UpgradeService {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let parts = Arc::clone(&self.0);
        Box::pin(async move { Ok(parts.answer(request).await) })
    }
}

impl fmt::Debug for UpgradeService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpgradeService").finish_non_exhaustive()
    }
}

//! From the listener to a newcomer: handshakes, each a task of the shard's thread.

use std::{cell::RefCell, net::SocketAddr, rc::Rc, sync::Arc, time::Duration};

use futures_util::future::join_all;
use tokio::{net::TcpStream, sync::mpsc, time::timeout};
use wirehub_model::Principal;
use wirehub_protocol::Dialect;
use wirehub_transport::{
    Admission, Established, Handshake, HandshakePlace, HandshakeSettings, Listener, Outcome,
};

use crate::{
    HandshakeStats,
    gate::{Admitted, HubGate},
    post::Said,
    pusher::Guest,
    tasks::Tasks,
};

/// How long the last ones in the kernel's queue may take to ask, and to be sent away.
const BACKLOG_TIME: Duration = Duration::from_secs(1);

/// A client whose handshake is done.
#[derive(Debug)]
pub(crate) struct Newcomer {
    pub(crate) established: Established,
    pub(crate) dialect: Dialect,
    /// Who it is; `None` until it sends credentials.
    pub(crate) principal: Option<Principal>,
    /// What it said already.
    pub(crate) said: Option<Said>,
    /// What is known of it as a client of Pusher.
    pub(crate) guest: Option<Guest>,
}

/// Somebody who connected, and from where.
type Incoming = (TcpStream, SocketAddr);

/// What all handshakes of a shard share.
struct Acceptor {
    handshake: Handshake,
    gate: HubGate,
    admission: Arc<Admission>,
    newcomers: mpsc::Sender<Newcomer>,
    stats: Rc<RefCell<HandshakeStats>>,
    tasks: Tasks,
}

/// Accepts connections for a shard until the hub stops.
pub(crate) fn start(
    listener: Listener,
    admission: Arc<Admission>,
    newcomers: mpsc::Sender<Newcomer>,
    stats: Rc<RefCell<HandshakeStats>>,
    gate: HubGate,
    tasks: &Tasks,
) {
    let shared = Arc::clone(gate.shared());
    let settings = &shared.settings;
    let handshakes = HandshakeSettings {
        proxy_protocol: settings.proxy_protocol,
        ..HandshakeSettings::from(&settings.limits)
    };
    let acceptor = Rc::new(Acceptor {
        handshake: Handshake::new(handshakes, Arc::clone(&admission), settings.tls.clone()),
        gate,
        admission,
        newcomers,
        stats,
        tasks: tasks.clone(),
    });
    let mut doors = shared.doors();
    tasks.spawn_local("acceptor", async move {
        let mut next = None;
        tokio::select! {
            biased;
            () = doors.closed() => {}
            () = acceptor.accept_all(&listener, &mut next) => {}
        }
        acceptor.answer_backlog(listener, next).await;
        drop(doors);
    });
}

impl Acceptor {
    /// Accepts one after the other. `next` is the one for whom there is no place yet: those behind
    /// it wait in the kernel, where they cost nothing. A place is asked for when somebody is there
    /// to take it, or a shard without clients would keep it from the others.
    async fn accept_all(self: &Rc<Self>, listener: &Listener, next: &mut Option<Incoming>) {
        loop {
            match listener.accept().await {
                Ok(incoming) => *next = Some(incoming),
                Err(error) => {
                    self.stats.borrow_mut().count("accept_error");
                    tracing::warn!(%error, "connection could not be accepted");
                }
            }
            if next.is_none() {
                continue;
            }
            let place = self.admission.handshake_place().await;
            if let Some((stream, address)) = next.take() {
                let handshake = Rc::clone(self).run(stream, address, Some(place));
                self.tasks.spawn_local("handshake", handshake);
            }
        }
    }

    /// Sends away who waits for a place, and who still waits in the kernel's queue. Closing the
    /// listener resets them, which a client cannot tell from a failure; an answer says when to come
    /// back.
    async fn answer_backlog(self: &Rc<Self>, listener: Listener, mut next: Option<Incoming>) {
        let mut last = Vec::new();
        while let Some((stream, address)) =
            next.take().or_else(|| listener.try_accept().ok().flatten())
        {
            last.push(Rc::clone(self).run(stream, address, None));
        }
        drop(listener);
        // Whoever has not asked by then is not waited for.
        let _ = timeout(BACKLOG_TIME, join_all(last)).await;
    }

    async fn run(
        self: Rc<Self>,
        stream: TcpStream,
        address: SocketAddr,
        place: Option<HandshakePlace>,
    ) {
        let outcome = self.handshake.run(stream, address, place, &self.gate).await;
        match outcome {
            Outcome::Upgraded(upgraded) => {
                self.stats.borrow_mut().upgraded(upgraded.took);
                let Admitted {
                    dialect,
                    principal,
                    said,
                    guest,
                } = upgraded.admitted;
                let newcomer = Newcomer {
                    established: upgraded.established,
                    dialect,
                    principal,
                    said,
                    guest,
                };
                // The shard stopped if nobody takes it.
                let _ = self.newcomers.send(newcomer).await;
            }
            Outcome::Answered => self.stats.borrow_mut().count("answered"),
            Outcome::Failed(failure) => {
                tracing::debug!(%address, %failure, "handshake failed");
                self.stats.borrow_mut().count(failure.name());
            }
        }
    }
}

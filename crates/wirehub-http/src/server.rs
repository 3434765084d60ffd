//! The listener and its connections.

use std::{
    net::{SocketAddr, TcpListener},
    pin::pin,
    time::Duration,
};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{net::TcpStream, sync::watch, task::JoinSet, time};
use wirehub::Hub;

use crate::{AdminError, AdminSettings, admin::Admin, router};

/// The largest head of a request, in bytes.
const HEAD_BYTES: usize = 16 * 1024;
/// How long to wait when no connection can be accepted, such as when descriptors run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The admin listener of a hub.
#[derive(Debug)]
pub struct AdminServer {
    address: SocketAddr,
    listener: TcpListener,
    settings: AdminSettings,
    hub: Hub,
}

impl AdminServer {
    /// Listens on an address; clients wait until [`AdminServer::serve`] is called. Needs no
    /// runtime.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub fn bind(
        address: SocketAddr,
        settings: AdminSettings,
        hub: Hub,
    ) -> Result<Self, AdminError> {
        let bound = TcpListener::bind(address).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok((listener.local_addr()?, listener))
        });
        let (address, listener) = bound.map_err(|error| AdminError::Listen { address, error })?;
        Ok(Self {
            address,
            listener,
            settings,
            hub,
        })
    }

    /// Where it listens; tells the port when the kernel chose it.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `shutdown` ends, then lets open requests end for
    /// [`AdminSettings::shutdown_timeout`]. Dropping the future hangs up on everybody.
    ///
    /// # Errors
    /// When the listener cannot be handed to the runtime. Nothing that clients do ends it.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), AdminError> {
        let address = self.address;
        let listener = tokio::net::TcpListener::from_std(self.listener)
            .map_err(|error| AdminError::Listen { address, error })?;
        let settings = self.settings;
        let router = router::routes(Admin::new(self.hub, settings.clone()));

        let (close, closing) = watch::channel(false);
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                accepted = listener.accept(), if connections.len() < settings.connections => {
                    match accepted {
                        Ok((stream, _)) => {
                            let work = serve_connection(
                                stream,
                                router.clone(),
                                settings.header_timeout,
                                closing.clone(),
                            );
                            connections.spawn(work);
                        }
                        Err(error) => {
                            tracing::warn!(%error, "admin listener accepts no connection");
                            time::sleep(ACCEPT_PAUSE).await;
                        }
                    }
                }
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
            }
        }
        drop(listener);
        close.send_replace(true);
        let ended = async { while connections.join_next().await.is_some() {} };
        if time::timeout(settings.shutdown_timeout, ended)
            .await
            .is_err()
        {
            tracing::warn!(left = connections.len(), "admin requests were cut off");
            connections.shutdown().await;
        }
        Ok(())
    }
}

/// Answers the requests of one connection, one after the other.
async fn serve_connection(
    stream: TcpStream,
    router: Router,
    header_timeout: Duration,
    mut closing: watch::Receiver<bool>,
) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = closing.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "admin connection failed");
    }
}

//! The admin interface on a thread of its own, so that it answers whatever the rest is busy with.

use std::{io, net::SocketAddr, thread};

use tokio::{runtime, sync::oneshot};
use wirehub::{Hub, auth::ApiKeys};
use wirehub_http::{AdminServer, AdminSettings, ShownSettings};

use crate::{failure::Failure, settings::Settings};

/// A running admin interface.
#[derive(Debug)]
pub(super) struct Admin {
    address: SocketAddr,
    api_keys: ApiKeys,
    shown: ShownSettings,
    stop: oneshot::Sender<()>,
    thread: thread::JoinHandle<()>,
}

impl Admin {
    /// Listens and begins to answer.
    pub(super) fn start(settings: &Settings, hub: &Hub) -> Result<Self, Failure> {
        let api_keys = ApiKeys::new(&settings.api_keys, &settings.hashed_keys);
        let api_keys = api_keys.map_err(Failure::usage)?;
        let shown = ShownSettings::default();
        let admin = AdminSettings {
            shown: shown.clone(),
            pusher: Some(settings.hub.pusher.apps.clone()),
            centrifugo_api: settings.centrifugo_api.clone(),
            ..AdminSettings::new(api_keys.clone())
        };
        let server = AdminServer::bind(settings.admin_listen, admin, hub.clone());
        let server = server.map_err(Failure::outside)?;
        let address = server.address();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("wirehub-admin".to_owned())
            .spawn(move || {
                if let Err(error) = serve(server, stopped) {
                    tracing::error!(%error, "the admin interface ended");
                }
            });
        let thread = thread.map_err(Failure::outside)?;
        Ok(Self {
            address,
            api_keys,
            shown,
            stop,
            thread,
        })
    }

    /// Where it listens.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The keys it accepts, which can be replaced.
    pub(super) fn api_keys(&self) -> ApiKeys {
        self.api_keys.clone()
    }

    /// The settings it shows, which can be replaced.
    pub(super) fn shown(&self) -> ShownSettings {
        self.shown.clone()
    }

    /// Lets open requests end, then returns.
    pub(super) fn stop(self) {
        // Fails when it has ended already.
        let _ = self.stop.send(());
        if self.thread.join().is_err() {
            tracing::error!("the admin interface had panicked");
        }
    }
}

fn serve(server: AdminServer, stopped: oneshot::Receiver<()>) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let told = async {
        // The sender gone means the same as its message.
        let _ = stopped.await;
    };
    runtime
        .block_on(server.serve(told))
        .map_err(io::Error::other)
}

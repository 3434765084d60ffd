//! A TCP proxy between client and hub that can be told to misbehave.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// How the proxy treats connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Bytes go through.
    Pass,
    /// Connections are accepted and held, and nothing goes through: the network is half open.
    Stall,
    /// New connections are closed at once.
    Refuse,
    /// Connections that ask for a WebSocket are closed, as some proxies do.
    NoWebSocket,
}

/// What a proxy was told.
#[derive(Clone, Copy)]
struct Settings {
    mode: Mode,
    /// How often all connections were cut.
    cuts: u64,
    /// Where new connections go.
    target: SocketAddr,
}

/// The proxy; it ends when it is dropped.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    control: watch::Sender<Settings>,
    accepted: Arc<watch::Sender<u64>>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts a proxy in front of `target`.
    pub(crate) async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (control, settings) = watch::channel(Settings {
            mode: Mode::Pass,
            cuts: 0,
            target,
        });
        let accepted = Arc::new(watch::Sender::new(0));
        let count = Arc::clone(&accepted);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                count.send_modify(|count| *count += 1);
                tokio::spawn(relay(stream, settings.clone()));
            }
        });
        Self {
            address,
            control,
            accepted,
            task,
        }
    }

    /// Treats connections like that from now on.
    pub(crate) fn set(&self, mode: Mode) {
        self.control.send_modify(|settings| settings.mode = mode);
    }

    /// Cuts all connections that are open.
    pub(crate) fn cut(&self) {
        self.control.send_modify(|settings| settings.cuts += 1);
    }

    /// Sends new connections there, as a load balancer does.
    pub(crate) fn aim(&self, target: SocketAddr) {
        self.control
            .send_modify(|settings| settings.target = target);
    }

    /// How many connections came so far.
    pub(crate) fn accepted(&self) -> u64 {
        *self.accepted.borrow()
    }

    /// Waits until so many connections have come.
    pub(crate) async fn until_accepted(&self, count: u64) {
        let mut accepted = self.accepted.subscribe();
        crate::world::in_time(accepted.wait_for(|seen| *seen >= count))
            .await
            .unwrap();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn relay(mut client: TcpStream, mut settings: watch::Receiver<Settings>) {
    let Settings { mode, cuts, target } = *settings.borrow();
    if mode == Mode::Refuse {
        return;
    }
    let Ok(mut server) = TcpStream::connect(target).await else {
        return;
    };
    let (mut up, mut down) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    loop {
        let current = *settings.borrow_and_update();
        let mode = current.mode;
        if current.cuts != cuts {
            return;
        }
        let passing = mode != Mode::Stall;
        let outcome = tokio::select! {
            changed = settings.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return,
            },
            read = client.read(&mut up), if passing => match read {
                Ok(count @ 1..) if mode == Mode::NoWebSocket && asks(&up[..count]) => return,
                Ok(count @ 1..) => server.write_all(&up[..count]).await,
                _ => return,
            },
            read = server.read(&mut down), if passing => match read {
                Ok(count @ 1..) => client.write_all(&down[..count]).await,
                _ => return,
            },
        };
        if outcome.is_err() {
            return;
        }
    }
}

fn asks(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes)
        .to_lowercase()
        .contains("upgrade: websocket")
}

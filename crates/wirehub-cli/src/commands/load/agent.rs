//! `wirehub load agent`: plays parts of runs that another machine asks for.

use std::{
    net::{IpAddr, SocketAddr},
    os::unix::net::UnixStream as StdUnixStream,
    process::Child,
    sync::Arc,
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, UnixStream},
    sync::Semaphore,
    task::spawn_blocking,
};
use tokio_rustls::TlsAcceptor;

use super::{
    bond::{self, AgentStream, Bond},
    crew,
};
use crate::{cli::Agent, exit_code::ExitCode, failure::Failure, output};

/// Those who have not proved themselves yet, at once.
const STRANGERS: usize = 64;

/// What all connections of an agent share.
struct Host {
    bond: Bond,
    acceptor: TlsAcceptor,
    /// Addresses of this machine that clients come from.
    sources: Vec<IpAddr>,
    /// Parts that there is room for.
    room: Arc<Semaphore>,
}

pub(super) fn run(flags: &Agent) -> Result<ExitCode, Failure> {
    let host = Arc::new(Host {
        bond: Bond::new(flags.secret.as_ref())?,
        acceptor: bond::acceptor()?,
        sources: flags.sources.clone(),
        room: Arc::new(Semaphore::new(flags.parts as usize)),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Failure::outside)?;
    runtime.block_on(listen(flags.listen, host))
}

async fn listen(address: SocketAddr, host: Arc<Host>) -> Result<ExitCode, Failure> {
    let failed = |error| Failure::outside(format!("--listen {address}: {error}"));
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    output::say(&format!("agent listens on {address}"));
    let strangers = Arc::new(Semaphore::new(STRANGERS));
    loop {
        // Whoever comes when too many wait, waits too, in the kernel's queue.
        let stranger = Arc::clone(&strangers).acquire_owned().await;
        let stranger = stranger.map_err(Failure::outside)?;
        let (socket, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                output::complain(&format!("a connection was not accepted: {error}"));
                continue;
            }
        };
        let host = Arc::clone(&host);
        tokio::spawn(async move {
            let bond = host.bond.accept(&host.acceptor, socket, &host.room).await;
            drop(stranger);
            match bond {
                Ok((stream, _place)) => host.serve(stream, from).await,
                Err(error) => output::complain(&format!("{from}: {error}")),
            }
        });
    }
}

impl Host {
    /// Has a process play a part, and passes on what both sides say until it is over. Whoever asked
    /// and is gone is the end of the part's standard input, and so of the part.
    async fn serve(&self, mut stream: AgentStream, from: SocketAddr) {
        output::say(&format!("part for {from} begins"));
        let ended = match self.part() {
            Ok((mut near, mut child)) => {
                // How it ended is for whoever asked to say.
                let _ = copy_bidirectional(&mut stream, &mut near).await;
                drop((stream, near));
                let ended = spawn_blocking(move || child.wait()).await;
                ended.map_or_else(
                    |error| error.to_string(),
                    |ended| match ended {
                        Ok(status) => status.to_string(),
                        Err(error) => error.to_string(),
                    },
                )
            }
            Err(error) => error.to_string(),
        };
        output::say(&format!("part for {from} ended: {ended}"));
    }

    fn part(&self) -> std::io::Result<(UnixStream, Child)> {
        let (near, child): (StdUnixStream, Child) = crew::part(&self.sources)?;
        near.set_nonblocking(true)?;
        Ok((UnixStream::from_std(near)?, child))
    }
}

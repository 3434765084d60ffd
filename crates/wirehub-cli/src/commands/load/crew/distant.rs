//! Agents on other machines.

use std::os::unix::net::UnixStream;

use tokio::{io::copy_bidirectional, net, runtime::Runtime};

use super::super::bond::{Bond, Stream};
use crate::failure::Failure;

/// Agents on other machines, and the way to them.
pub(in super::super) struct Agents {
    addresses: Vec<String>,
    bond: Bond,
    runtime: Runtime,
}

impl Agents {
    pub(in super::super) fn new(addresses: Vec<String>, bond: Bond) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("agents")
            .enable_all()
            .build()
            .map_err(Failure::outside)?;
        Ok(Self {
            addresses,
            bond,
            runtime,
        })
    }

    /// So many parts at each of them, by name, and the streams on which they hear and speak.
    pub(super) fn parts(&self, each: u32) -> Result<Vec<(String, UnixStream)>, Failure> {
        let mut parts = Vec::new();
        for address in &self.addresses {
            for number in 1..=each {
                let name = match each {
                    1 => format!("agent {address}"),
                    _ => format!("agent {address}, process {number} of {each}"),
                };
                let failed = |error: &dyn std::fmt::Display| {
                    Failure::outside(format!("agent {address}: {error}"))
                };
                let stream = self.runtime.block_on(self.bond.connect(address));
                let stream = stream.map_err(|error| failed(&error))?;
                let (near, far) = UnixStream::pair().map_err(|error| failed(&error))?;
                self.join(stream, far).map_err(|error| failed(&error))?;
                parts.push((name, near));
            }
        }
        Ok(parts)
    }

    /// Passes on what comes at either end until one is gone.
    fn join(&self, mut stream: Stream, far: UnixStream) -> std::io::Result<()> {
        far.set_nonblocking(true)?;
        let _runtime = self.runtime.enter();
        let mut far = net::UnixStream::from_std(far)?;
        self.runtime.spawn(async move {
            // An agent that is gone is missed where its part is heard.
            let _ = copy_bidirectional(&mut stream, &mut far).await;
        });
        Ok(())
    }
}

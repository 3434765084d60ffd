//! Ctrl-C while a server is under load.

use std::{sync::Arc, thread};

use tokio::signal::unix::{SignalKind, signal};
use wirehub_load::Stop;

use crate::failure::Failure;

/// The first signal ends the run in order, the second one at once.
pub(super) fn catch(stop: &Arc<Stop>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::outside)?;
    let stop = Arc::clone(stop);
    let listen = async move {
        let (Ok(mut interrupt), Ok(mut terminate)) = (
            signal(SignalKind::interrupt()),
            signal(SignalKind::terminate()),
        ) else {
            return;
        };
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            stop.ask();
        }
    };
    let thread = thread::Builder::new().name("signals".to_owned());
    let spawned = thread.spawn(move || runtime.block_on(listen));
    spawned.map(drop).map_err(Failure::outside)
}

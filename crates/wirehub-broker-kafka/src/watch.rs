//! The thread that looks at clocks.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;
use wirehub_broker::BrokerError;

use crate::{node_word::NodeWord, site::Site, waiting::Awaited};

/// How often the clocks are looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Looks at clocks until the broker ends: who waits too long, and whether a lease or a question is
/// over that no record has ended yet. Whoever notices says in the log what time it is.
pub(crate) fn watch(site: &Arc<Site>) {
    while !site.is_stopped() {
        thread::sleep(LOOK);
        site.progress.expire(Instant::now());
        // It fails when the broker has ended.
        _ = site.count_topics();
        if is_due(site) == Ok(true) {
            let (reply, answer) = oneshot::channel();
            site.say_node(&NodeWord::Tick, Awaited::Done(reply));
            // Once is enough; when the cluster is away, the next look comes after its timeout.
            _ = answer.blocking_recv();
        }
    }
}

fn is_due(site: &Site) -> Result<bool, BrokerError> {
    let (reply, answer) = oneshot::channel();
    site.replica.due(reply)?;
    let due = answer
        .blocking_recv()
        .unwrap_or(Err(BrokerError::Stopped))?;
    Ok(due.is_some_and(|due| due <= site.wall()))
}

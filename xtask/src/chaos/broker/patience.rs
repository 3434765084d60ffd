//! Waiting for servers that have to agree.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How long it may take until several servers know of each other.
const AGREEMENT_MAX: Duration = Duration::from_secs(30);
/// How often it is looked whether they do.
const LOOK: Duration = Duration::from_millis(50);

/// Waits until something is so.
pub(super) fn wait_until(what: &str, is_so: impl Fn() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + AGREEMENT_MAX;
    while !is_so()? {
        if Instant::now() > deadline {
            let seconds = AGREEMENT_MAX.as_secs();
            bail!("after {seconds} s it is not so that {what}");
        }
        std::thread::sleep(LOOK);
    }
    Ok(())
}

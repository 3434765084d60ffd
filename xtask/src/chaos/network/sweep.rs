//! Runs that were interrupted.

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::Result;

use super::PREFIX;
use crate::process;

/// Removes the namespaces of runs that were interrupted.
pub(super) fn sweep() -> Result<()> {
    // Faults that are played together would each remove the same ones.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let listed = process::capture(Command::new("ip").args(["netns", "list"]))?;
    for name in listed.lines().filter_map(|line| line.split(' ').next()) {
        let run = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split('-').next());
        let is_over = |run: &str| !Path::new("/proc").join(run).exists();
        if run.is_some_and(is_over) {
            process::capture(Command::new("ip").args(["netns", "del", name]))?;
        }
    }
    Ok(())
}

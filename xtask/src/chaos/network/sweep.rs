//! Runs that were interrupted.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::PREFIX;
use crate::process;

/// Removes the namespaces of runs that were interrupted.
pub(super) fn sweep() -> Result<()> {
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

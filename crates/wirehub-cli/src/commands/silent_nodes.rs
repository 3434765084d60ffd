//! Hubs of a cluster that did not answer the one that was asked.

use std::collections::BTreeSet;

use crate::{exit_code::ExitCode, output};

/// Their names.
#[derive(Debug, Default)]
pub(super) struct SilentNodes(BTreeSet<String>);

impl SilentNodes {
    pub(super) fn add(&mut self, names: Vec<String>) {
        self.0.extend(names);
    }

    /// Names them, with what that means, and says how the command ends.
    pub(super) fn tell(self, meaning: &str) -> ExitCode {
        if self.0.is_empty() {
            return ExitCode::Fine;
        }
        let names: Vec<String> = self.0.into_iter().collect();
        output::complain(&format!("{} did not answer: {meaning}", names.join(", ")));
        ExitCode::Failed
    }
}

//! `wirehub publish`: a message to a topic, through the admin interface.

use crate::{cli::Publish, exit_code::ExitCode, failure::Failure};

pub(crate) fn run(flags: Publish) -> Result<ExitCode, Failure> {
    Err(Failure::outside(format!("{flags:?}")))
}

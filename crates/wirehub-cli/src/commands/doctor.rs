//! `wirehub doctor`: is this machine ready?

use crate::{cli::ConfigFile, exit_code::ExitCode, failure::Failure};

pub(crate) fn run(config: ConfigFile) -> Result<ExitCode, Failure> {
    Err(Failure::outside(format!("{config:?}")))
}

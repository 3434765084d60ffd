//! What the program's exit code says.

use std::process;

/// Why the program ended, for scripts and supervisors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitCode {
    /// It did what it was asked to.
    Fine,
    /// Something outside failed: an address in use, a file that cannot be written, an admin
    /// interface that does not answer.
    Failed,
    /// The command line or the settings are wrong. clap ends with this code too.
    Usage,
    /// A shard failed while serving, or the hub lost its place in its cluster; a supervisor should
    /// start the program anew.
    ShardFailed,
    /// The admin interface, or a check, said no.
    Refused,
    /// A second SIGINT while draining.
    Interrupted,
    /// A second SIGTERM while draining.
    Terminated,
}

/// The codes as they stand in `--help`.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0    done; for serve: drained and stopped after SIGTERM or SIGINT
  1    something outside failed (address in use, no answer, file not writable)
  2    the command line or the settings are wrong
  3    a shard failed while serving; start the program anew
  4    refused: by the admin interface, or by a check (doctor, load, token inspect)
  130  a second SIGINT while draining
  143  a second SIGTERM while draining";

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(match code {
            ExitCode::Fine => 0,
            ExitCode::Failed => 1,
            ExitCode::Usage => 2,
            ExitCode::ShardFailed => 3,
            ExitCode::Refused => 4,
            ExitCode::Interrupted => 130,
            ExitCode::Terminated => 143,
        })
    }
}

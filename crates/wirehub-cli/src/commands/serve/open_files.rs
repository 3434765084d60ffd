//! The limit on open files, which bounds the connections.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What the process needs beside connections: listeners, event queues, the log.
const SPARE: u64 = 64;

/// Raises the limit as far as it may go, and warns when it bounds the connections.
pub(super) fn raise(connections: usize) {
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let holds = match setrlimit(Resource::Nofile, most) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::warn!(%error, "failed to raise the limit on open files");
            limit.current
        }
    };
    if let Some(files) = holds
        && files < (connections as u64).saturating_add(SPARE)
    {
        let room = files.saturating_sub(SPARE);
        tracing::warn!(
            files,
            connections,
            "the limit on open files leaves room for about {room} connections, fewer than \
             `limits.connections`; raise it (LimitNOFILE= in systemd, `ulimit -Hn` in a shell)"
        );
    }
}

/// How many files may be open; `None` is without bound.
pub(super) fn limit() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}

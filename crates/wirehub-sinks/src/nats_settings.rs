//! Which NATS server is told, and where on it.

use std::{path::PathBuf, time::Duration};

use wirehub_events::Form;
use wirehub_model::Secret;

/// Which NATS server is told, and where on it.
#[derive(Clone, Debug)]
pub struct NatsSinkSettings {
    /// The servers of one cluster: `nats://[user:password@]host[:port]`, or `tls://`; several with
    /// commas between them. A token stands where a user would, without a password.
    pub url: Secret,
    /// The subject.
    pub subject: String,
    /// A stream of JetStream has the subject: what it has not kept is brought again. Otherwise
    /// whoever listens hears it, and nobody else.
    pub jetstream: bool,
    /// A `.creds` file, if the server asks for what it holds. It is read with each connection.
    pub credentials: Option<PathBuf>,
    /// How an occurrence is written.
    pub form: Form,
    /// How long connecting may take, and how long an answer.
    pub timeout: Duration,
    /// A file with the certificates that vouch for the server, in PEM. `None`: those that the
    /// system trusts. It is read with each connection.
    pub trusted: Option<PathBuf>,
}

impl NatsSinkSettings {
    /// The defaults for a server and a subject.
    #[must_use]
    pub const fn new(url: Secret, subject: String) -> Self {
        Self {
            url,
            subject,
            jetstream: false,
            credentials: None,
            form: Form::CloudEvent,
            timeout: Duration::from_secs(5),
            trusted: None,
        }
    }
}

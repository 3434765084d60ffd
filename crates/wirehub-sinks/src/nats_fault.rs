//! What to do when a NATS server does not take something.

use async_nats::{ConnectError, ConnectErrorKind};
use wirehub_events::SinkError;

use crate::NatsSinkSettings;

/// Why a NATS server did not take something.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It cannot be reached, or does not let the hub in.
    Connect(ConnectError),
    /// What the hub is to show cannot be read.
    Credentials(String),
    /// The connection was lost, and the next is not there yet; the last thing that was said.
    Lost(Option<String>),
    /// It did not answer in time; the last thing that it said.
    Unread(String, Option<String>),
    /// It complained.
    Said(String),
    /// No stream has the subject.
    NoStream,
    /// Something has more bytes than the server takes.
    TooLarge,
    /// Anything else.
    Other(String),
}

impl Fault {
    /// The same in a sentence that says what to do, and whether to come again.
    pub(crate) fn for_outlet(self, settings: &NatsSinkSettings) -> SinkError {
        let subject = &settings.subject;
        let reason = match self {
            Self::TooLarge => {
                let reason = "an event has more bytes than the NATS server's `max_payload`; raise \
                              it, or ask for fewer kinds";
                return SinkError::Apart(reason.to_owned());
            }
            Self::Connect(error) => connecting(&error, settings),
            Self::Credentials(error) => format!(
                "`credentials` is no .creds file ({error}); `nsc generate creds` writes one"
            ),
            Self::Lost(said) => {
                let said = said.map_or_else(String::new, |said| format!(" ({said})"));
                format!("the connection to the NATS server is lost{said}; start the server")
            }
            Self::Unread(error, said) => match said {
                Some(said) => denied(&said, subject),
                None => format!("the NATS server does not answer ({error}); is it overloaded?"),
            },
            Self::Said(said) => denied(&said, subject),
            Self::NoStream => format!(
                "no stream of JetStream keeps the subject {subject:?}; make one: nats stream add \
                 EVENTS --subjects {subject}"
            ),
            Self::Other(error) => format!("the NATS server does not take it: {error}"),
        };
        SinkError::Later {
            reason,
            after: None,
        }
    }
}

fn connecting(error: &ConnectError, settings: &NatsSinkSettings) -> String {
    let what = match error.kind() {
        ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
            "correct the user and the password in `url`, or `credentials`"
        }
        // What is wrong with a certificate comes as an error of the connection.
        ConnectErrorKind::Tls | ConnectErrorKind::Io if settings.url.expose().contains("tls:") => {
            "start the server, or correct `url` and `ca`"
        }
        _ => "start the server, or correct `url`",
    };
    format!("the NATS server cannot be used ({error}); {what}")
}

fn denied(said: &str, subject: &str) -> String {
    format!(
        "the NATS server says: {said}; allow the user to publish to {subject:?} and \"_INBOX.>\""
    )
}

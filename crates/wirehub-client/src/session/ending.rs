//! What the end of a connection means, and what to do about it: `docs/close-codes.md`.

use super::Cause;

/// What to do about an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// Connecting again would not help.
    Stop,
    /// With another token, since this one is refused.
    Auth,
    /// With another token, since this one has expired.
    Expired,
    /// Later.
    Again,
}

#[derive(Clone, Debug)]
pub(crate) struct Ending {
    pub(crate) how: How,
    pub(crate) cause: Cause,
    pub(crate) detail: String,
    /// Others were cut off in the same moment.
    pub(crate) together: bool,
    /// Not before this, in milliseconds.
    pub(crate) not_before: Option<f64>,
    /// The server was reached and failed.
    pub(crate) failed: bool,
}

impl Ending {
    pub(crate) fn new(how: How, cause: Cause, detail: impl Into<String>) -> Self {
        Self {
            how,
            cause,
            detail: detail.into(),
            together: false,
            not_before: None,
            failed: false,
        }
    }

    /// What a close code says.
    pub(crate) fn of_code(code: u16, reason: &str) -> Self {
        let detail = if reason.is_empty() {
            format!("closed with {code}")
        } else {
            format!("closed with {code} {reason}")
        };
        let (how, cause) = meaning(code);
        Self {
            together: matches!(code, 1001 | 1012 | 4408),
            ..Self::new(how, cause, detail)
        }
    }

    /// What the HTTP status of a handshake says; `retry_after` is in seconds. What refused it on
    /// this side may have a `reason`.
    pub(crate) fn of_status(status: u16, retry_after: Option<f64>, reason: &str) -> Self {
        let detail = format!("HTTP {status}");
        let busy = |failed| Self {
            not_before: retry_after.map(|span| span * 1_000.0),
            failed,
            ..Self::new(How::Again, Cause::ServerError, detail.clone())
        };
        match status {
            401 => Self::new(How::Auth, Cause::Unauthorized, detail),
            500.. => busy(true),
            408 | 425 | 429 => busy(false),
            400.. => Self::new(How::Stop, Cause::ClientError, misconfigured(status, reason)),
            _ => Self::new(How::Again, Cause::Network, detail),
        }
    }
}

fn meaning(code: u16) -> (How, Cause) {
    match code {
        1000 | 4410 | 4430 => (How::Stop, Cause::Kicked),
        1002 | 1003 | 1007 | 4400 => (How::Stop, Cause::ProtocolError),
        1009 => (How::Stop, Cause::ClientError),
        4409 => (How::Stop, Cause::Replaced),
        1001 | 1012 => (How::Again, Cause::ServerMoves),
        4401 => (How::Auth, Cause::Unauthorized),
        4402 => (How::Expired, Cause::TokenExpired),
        4408 => (How::Again, Cause::Heartbeat),
        1011 | 1013 | 4413 | 4429 => (How::Again, Cause::ServerError),
        _ => (How::Again, Cause::Network),
    }
}

/// What to say of an answer that will be the same the next time.
pub(crate) fn misconfigured(status: u16, reason: &str) -> String {
    if reason.is_empty() {
        format!("check the configuration: the server answers HTTP {status}")
    } else {
        format!("check the configuration: {reason}")
    }
}

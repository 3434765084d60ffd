//! The messages of the native protocol in Protobuf, as `proto/wirehub/v1/wirehub.proto` has them.
//!
//! The server's side of them is [`Dialect::NativeProtobuf`](crate::Dialect::NativeProtobuf); these
//! types are for programs on the client's side, which encode a [`ClientMessage`] and decode a
//! [`ServerMessage`] with [`prost::Message`].

use std::fmt;

// Made from the schema by the test `schema`; `UPDATE_EXPECT=1 cargo test` makes it anew.
include!("v1/wirehub.v1.rs");

/// Tokens stay out of logs.
impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = self.token.as_ref().map(|_| "…");
        f.debug_struct("Connect")
            .field("token", &token)
            .field("resume", &self.resume)
            .finish()
    }
}

/// Tokens stay out of logs.
impl fmt::Debug for Refresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refresh").field("token", &"…").finish()
    }
}

/// Whoever knows the session can take it over, so it stays out of logs.
impl fmt::Debug for Resume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resume")
            .field("session", &"…")
            .field("received", &self.received)
            .field("topics", &self.topics)
            .finish()
    }
}

/// Whoever knows the session can take it over, so it stays out of logs.
impl fmt::Debug for Welcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let session = (!self.session.is_empty()).then_some("…");
        f.debug_struct("Welcome")
            .field("connection", &self.connection)
            .field("user", &self.user)
            .field("heartbeat", &self.heartbeat)
            .field("expires_in", &self.expires_in)
            .field("session", &session)
            .field("resume_within", &self.resume_within)
            .field("spread", &self.spread)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stay_out_of_logs() {
        let resume = Resume {
            session: "s3cret".to_owned(),
            ..Resume::default()
        };
        let connect = Connect {
            token: Some("s3cret".to_owned()),
            resume: Some(resume.clone()),
        };
        let refresh = Refresh {
            token: "s3cret".to_owned(),
        };
        let welcome = Welcome {
            session: "s3cret".to_owned(),
            ..Welcome::default()
        };
        let shown = format!("{connect:?} {refresh:?} {resume:?} {welcome:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}

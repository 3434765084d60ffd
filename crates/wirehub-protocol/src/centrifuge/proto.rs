//! The messages of Centrifugo's protocol, as `proto/centrifuge/client.proto` has them.

use std::fmt;

// Made from the schema by the test `schema`; `UPDATE_EXPECT=1 cargo test` makes it anew.
include!("proto/centrifuge.rs");

/// Tokens and sessions stay out of logs.
fn hidden(token: &str) -> &'static str {
    if token.is_empty() { "" } else { "…" }
}

impl fmt::Debug for ConnectRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectRequest")
            .field("token", &hidden(&self.token))
            .field("subs", &self.subs)
            .field("name", &self.name)
            .field("version", &self.version)
            .finish()
    }
}

impl fmt::Debug for ConnectResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectResult")
            .field("client", &self.client)
            .field("subs", &self.subs)
            .field("session", &hidden(&self.session))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for EmulationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmulationRequest")
            .field("node", &self.node)
            .field("session", &hidden(&self.session))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RefreshRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshRequest")
            .field("token", &hidden(&self.token))
            .finish()
    }
}

impl fmt::Debug for SubscribeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubscribeRequest")
            .field("channel", &self.channel)
            .field("token", &hidden(&self.token))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SubRefreshRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubRefreshRequest")
            .field("channel", &self.channel)
            .field("token", &hidden(&self.token))
            .finish_non_exhaustive()
    }
}

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
        f.debug_struct("Connect").field("token", &token).finish()
    }
}

/// Tokens stay out of logs.
impl fmt::Debug for Refresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refresh").field("token", &"…").finish()
    }
}

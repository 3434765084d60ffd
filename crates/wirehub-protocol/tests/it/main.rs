//! The wire as others see it: transcripts, documents, the Protobuf schema, and both encodings side
//! by side.
//!
//! Files that are made from the code are compared with it; `UPDATE_EXPECT=1 cargo test` rewrites
//! them.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod agreement;
mod arbitrary;
mod centrifuge;
mod client;
mod documents;
mod examples;
mod expect;
mod judges;
mod peer;
mod said;
mod schema;
mod transcripts;

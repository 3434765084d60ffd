//! Dialects: what a client's wire protocol looks like in bytes, translated to and from the nouns of
//! `wirehub-model`.
//!
//! A [`Dialect`] turns one WebSocket message into a [`Request`] and one
//! [`Event`](wirehub_model::Event) into the bytes of a message. It holds no state, does no IO and
//! knows no rule of the hub: who may do what, and what happens next, is the shard's. It is *not*
//! the WebSocket framing either (that is `wirehub-websocket`), so heartbeats and close frames pass
//! it by.
//!
//! Foreign protocols say the same things differently, and some of their answers depend on what the
//! client said before. A [`Conversation`] holds that for one connection, and nothing else does.
//!
//! The native dialect is specified in `docs/protocol.md` (JSON) and in
//! `proto/wirehub/v1/wirehub.proto` (Protobuf); [`v1`] holds the Protobuf messages for programs
//! that speak it from the client's side. Its text and its bytes are pinned by the transcripts in
//! `testdata/native`, which every SDK replays.
//!
//! Read first: [`Dialect`], [`Request`], [`DecodeError`].
//!
//! ```
//! use wirehub_model::{Command, Event, Position, Published, Reply};
//! use wirehub_protocol::{Dialect, Frame};
//!
//! let dialect = Dialect::from_subprotocol("wirehub.v1.json").unwrap();
//! let text = r#"{"type":"publish","id":3,"topic":"orders/42","data":{"paid":true}}"#;
//! let request = dialect.decode(Frame::Text(text))?;
//! assert!(matches!(request.command, Command::Publish(_)));
//!
//! let (epoch, offset) = ("k7".parse().unwrap(), wirehub_model::Offset(19));
//! let (position, duplicate) = (Position { epoch, offset }, false);
//! let reply = Reply::Published(Published { position, duplicate });
//! let mut out = Vec::new();
//! assert!(dialect.encode(&Event::Reply { id: 3, reply: &reply }, &mut out));
//! assert_eq!(out, br#"{"type":"ok","id":3,"epoch":"k7","offset":19}"#);
//! # Ok::<(), wirehub_protocol::DecodeError>(())
//! ```

pub mod centrifuge;
mod conversation;
mod dialect;
mod goodbye;
mod heard;
mod native;
mod request;
pub mod v1;

pub use conversation::Conversation;
pub use dialect::Dialect;
pub use goodbye::Goodbye;
pub use heard::{Heard, Proof};
pub use request::{DecodeError, Frame, Request};

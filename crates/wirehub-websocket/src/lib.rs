//! A sans-IO WebSocket codec: RFC 6455 framing and RFC 7692 compression, for servers and
//! clients.
//!
//! Bytes go in, items come out; messages go in, bytes come out. It is made for a process that
//! holds very many connections on few threads:
//!
//! - [`Decoder`] is 16 bytes and holds no heap while nothing is incomplete. It decodes in place,
//!   in a buffer shared by all connections of a thread.
//! - [`Encoder`] appends frames to a `Vec<u8>`. Server frames are the same for every connection,
//!   so a broadcast is encoded once.
//! - [`Inflater`] and [`Deflater`] are one per thread, not one per connection: there is never
//!   context takeover, and a broadcast is compressed once.
//!
//! Every rule of the protocol is enforced strictly, each limit before memory is taken.
//!
//! What it is not: it opens no sockets, reads no HTTP, keeps no time and has no randomness, and
//! it does not answer pings or closes by itself. Those are its caller's.
//!
//! ```
//! use wirehub_websocket::{Decoder, Encoder, Inflater, Item, Limits, Role};
//!
//! // What a client sends...
//! let mut wire = Vec::new();
//! Encoder::client([1, 2, 3, 4]).text(&mut wire, "hello");
//!
//! // ...a server decodes in its read buffer, and answers.
//! let (limits, mut inflater) = (Limits::default(), Inflater::new());
//! let mut decoder = Decoder::new(Role::Server, false);
//! let mut out = Vec::new();
//! let mut reader = decoder.read(&mut wire, &limits, &mut inflater);
//! while let Some(item) = reader.next()? {
//!     match item {
//!         Item::Text(text) => Encoder::server().text(&mut out, text),
//!         Item::Binary(bytes) => Encoder::server().binary(&mut out, bytes),
//!         Item::Ping(payload) => Encoder::server().pong(&mut out, payload),
//!         Item::Pong(_) => {}
//!         Item::Close(close) => Encoder::server().close(&mut out, close.map(|c| c.code), ""),
//!     }
//! }
//! assert_eq!(out, b"\x81\x05hello");
//! # Ok::<(), wirehub_websocket::DecodeError>(())
//! ```

mod close;
mod decoder;
mod deflate;
mod encoder;
mod error;
mod extension;
pub mod handshake;
mod header;
mod inflate;
mod limits;
mod mask;
mod message;
pub mod negotiate;
mod opcode;
mod pending;
mod reader;
mod role;
mod text;

pub use close::{CloseCode, CloseFrame};
pub use decoder::{Decoder, Item};
pub use deflate::{DeflatePolicy, Deflater, Window};
pub use encoder::{Encoder, Fragment, OpenFrame};
pub use error::DecodeError;
pub use inflate::Inflater;
pub use limits::Limits;
pub use opcode::MessageKind;
pub use reader::Reader;
pub use role::Role;

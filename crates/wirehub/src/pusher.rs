//! Pusher's clients and servers: which apps there are, and how they prove what they may do.
//!
//! An application signs with the secret that it shares with the hub: channels and users for its
//! clients, requests of its own, and the hub signs what it tells the application. This is *not* the
//! wire format (`wirehub-protocol` has it) and not the HTTP API (`wirehub-http` has it).
//!
//! Read first: [`App`], [`Apps`], [`AppSettings`].

mod app;
mod apps;
mod guest;
mod settings;
mod signature;
mod signed_request;
mod webhook;

pub use app::{App, AppSettings};
pub use apps::{Apps, AppsError};
pub(crate) use guest::Guest;
pub use settings::PusherSettings;
pub use signed_request::{RequestError, SignedRequest};
pub use webhook::AppWebhook;
pub use wirehub_protocol::pusher::{
    ChannelDoor, ChannelError, ChannelKind, Scope, addressee, channel_of, connection_of, id_of,
    kind_of_topic, payload_of, topic_of, user_of,
};

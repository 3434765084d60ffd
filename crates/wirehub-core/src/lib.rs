//! The shard: one sans-IO state machine that holds connections, topics and outboxes.
//!
//! A shard knows who is connected, who subscribes to what, and what each client still has to be
//! sent. It is *not* a server: it sees no socket, no wire format, no clock and no other thread.
//! Whatever happens comes in as an [`Input`] with the [`Moment`](wirehub_model::Moment) it happened
//! at; whatever is to be done comes out as an [`Output`]; bytes are fetched with
//! [`Shard::poll_transmit`] and
//! [`Shard::slices`].
//!
//! Read first: [`Shard`], [`Input`], [`Output`].
//!
//! ```
//! use std::{hash::RandomState, sync::Arc, time::Duration};
//! use wirehub_core::{Encode, Flavour, Input, OccurrenceKinds, Placement, Shard, ShardSettings};
//! use wirehub_model::{
//!     Command, Event, Heartbeat, Limits, Moment, Namespaces, Principal,
//! };
//!
//! struct Words;
//! impl Encode for Words {
//!     fn encode(&mut self, _: Flavour, event: &Event<'_>, out: &mut Vec<u8>) {
//!         match event {
//!             Event::Welcome { .. } => out.extend(b"welcome "),
//!             Event::Pong => out.extend(b"pong "),
//!             _ => {}
//!         }
//!     }
//! }
//!
//! let now = Moment::ZERO;
//! let settings = ShardSettings {
//!     index: 0,
//!     placement: Placement::new(1, RandomState::new()),
//!     limits: Arc::new(Limits::default()),
//!     namespaces: Arc::new(Namespaces::default()),
//!     brokered: false,
//!     heartbeat: Heartbeat {
//!         interval: Duration::from_secs(25),
//!         timeout: Duration::from_secs(10),
//!     },
//!     expiry_grace: Duration::from_secs(30),
//!     resume_within: Duration::from_secs(60),
//!     reconnects_per_second: 1_500,
//!     occurrences: OccurrenceKinds::NONE,
//!     seed: 1,
//!     now,
//! };
//! let mut shard = Shard::new(settings, Words);
//! let flavour = Flavour::new(0).expect("zero is a flavour");
//! let anybody = Some(Principal::default());
//! let connection = shard.open(now, flavour, anybody, 0).expect("there is room");
//! shard.handle(now, Input::Command { connection, id: None, command: Command::Ping });
//!
//! let slot = shard.poll_transmit(now).expect("there is something to send");
//! let mut slices = [std::io::IoSlice::new(&[]); 8];
//! let used = shard.slices(slot, &mut slices);
//! let sent: Vec<u8> = slices[..used].iter().flat_map(|slice| slice.to_vec()).collect();
//! assert_eq!(sent, b"welcome pong ");
//! ```

mod agenda;
mod audit;
mod backlog;
mod batch;
mod broker;
mod carried;
mod connection;
mod connections;
mod crowds;
mod drain;
mod encode;
mod feeds;
mod filter_trie;
mod gathering;
mod growth;
mod handover;
mod histogram;
mod home;
mod input;
mod lease;
mod ledger;
mod letterbox;
mod moves;
mod occurrence;
mod outbound;
mod outbox;
mod output;
mod owner;
mod permissions;
mod place;
mod placement;
mod presence_relay;
mod random;
mod rate;
mod relay;
mod request;
mod roster;
mod rosters;
mod session;
mod session_end;
mod session_search;
mod settings;
mod shard;
mod spread;
mod stats;
mod stream;
mod timer_wheel;
mod users;
mod watchers;
mod watchlist_relay;
mod watchlists;
mod windows;

pub use audit::{Audit, AuditPlace, Stray};
pub use broker::{Append, Ask, Crowd, Opened, Told};
pub use encode::{AfterGap, Encode, Flavour};
pub use gathering::Gathered;
pub use handover::Handover;
pub use histogram::Histogram;
pub use home::Attachment;
pub use input::{DrainPlan, Input};
pub use occurrence::{Occurrence, OccurrenceKind, OccurrenceKinds};
pub use output::{Call, Delivered, Output};
pub use owner::Owner;
pub use placement::Placement;
pub use presence_relay::{Entrance, PresenceRelay};
pub use relay::{Draft, Origin, Relay};
pub use request::{
    Answer, ConnectionDetails, ConnectionInfo, Phase, Recipient, Renewal, Request, TopicInfo,
    TopicsQuery,
};
pub use session::{Kept, Session, Terms};
pub use session_end::SessionEnd;
pub use session_search::{Presented, SessionSearch};
pub use settings::ShardSettings;
pub use shard::Shard;
pub use stats::Stats;
pub use watchlist_relay::WatchlistRelay;

//! The embeddable hub: it owns a product's WebSocket connections, so that the web framework beside
//! it keeps to plain HTTP.
//!
//! [`Hub::builder`] takes settings and handlers and starts shards on threads of their own. The
//! [`Hub`] is the handle: publish to topics, send to users, list connections, drain, stop. It is
//! *not* a command line (it reads no files and no environment), and not the admin interface, which
//! is
//! `wirehub-http`.
//!
//! Read first: [`Hub`], [`HubSettings`], [`HubBuilder`].
//!
//! ```
//! use wirehub::{Hub, auth::AuthSettings, json_message};
//! use wirehub_model::{Capabilities, Publish, Topic};
//!
//! // Strangers get in, and may do nothing but listen to what is sent to them.
//! let auth = AuthSettings { anonymous: Some(Capabilities::default()), ..AuthSettings::default() };
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! let hub = Hub::builder().listen("127.0.0.1:0".parse()?).auth(auth).start().await?;
//! let paid = json_message("paid", &serde_json::json!({"order": 42}))?;
//! let published = hub.publish(Publish::to(Topic::parse("orders/42")?, paid)).await?;
//! assert_eq!(published.position.offset.0, 1);
//! hub.stop().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod auth;
pub mod pusher;

mod acceptor;
mod broker;
mod builder;
mod clock;
mod cluster;
mod departure;
mod dialect_settings;
mod direct_id;
mod doorkeeper;
mod draining;
mod error;
mod event_desk;
mod files;
mod flavours;
mod gate;
mod handlers;
mod health;
mod heap;
mod hub;
mod intake_desk;
mod json_message;
mod leaks;
mod letter;
mod listing;
mod memory;
mod post;
mod reach;
mod report;
mod reporter;
mod session_secret;
mod settings;
mod shard_loop;
mod shards;
mod shared;
mod tasks;
mod transport;
mod upgrade;
mod usher;
mod watchdog;

pub use builder::HubBuilder;
pub use cluster::{NodeInfo, Reply as NodeReply, Word as NodeWord};
pub use dialect_settings::{CentrifugoSettings, CentrifugoTransport, DialectSettings};
pub use draining::{DrainProgress, DrainWish, Draining};
pub use error::{HubError, StartError};
pub use event_desk::Onlooker;
pub use handlers::Call;
pub use health::DependencyStatus;
pub use heap::Heap;
pub use hub::Hub;
pub use json_message::json_message;
pub use leaks::{Leak, LeakKind, LeakReport};
pub use listing::{ClusterInfo, ConnectionList, Page, TopicList};
pub use report::{
    BrokerStats, HandshakeStats, HubReport, IoStats, PostStats, ShardReport, Silence,
    TransportStats,
};
pub use settings::{
    DoorSettings, DrainSettings, HubSettings, SessionSettings, StreamSettings, StreamSettingsError,
};
pub use tasks::{TaskInfo, TaskState};
pub use transport::Transport;
pub use upgrade::UpgradeService;
pub use watchdog::ShardHealth;
pub use wirehub_broker::NodeName;
pub use wirehub_core::{
    ConnectionDetails, ConnectionInfo, Histogram, Owner, Phase, Recipient, Renewal, SessionEnd,
    Stats, TopicInfo, TopicsQuery,
};
pub use wirehub_events as events;
pub use wirehub_intake as intake;
pub use wirehub_protocol::centrifuge::Rules as CentrifugoRules;
pub use wirehub_traces as traces;
pub use wirehub_transport::{Keepalive, TcpSettings, Tls, TlsError};

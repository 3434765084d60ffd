//! The embeddable hub.

pub mod auth;

mod acceptor;
mod builder;
mod clock;
mod doorkeeper;
mod error;
mod flavours;
mod gate;
mod handlers;
mod health;
mod hub;
mod letter;
mod report;
mod settings;
mod shard_loop;
mod shared;
mod tasks;
mod upgrade;

pub use builder::HubBuilder;
pub use error::{HubError, StartError};
pub use handlers::Call;
pub use health::DependencyStatus;
pub use hub::{Hub, Page};
pub use report::{HandshakeStats, HubReport, IoStats, ShardReport};
pub use settings::{DoorSettings, DrainSettings, HubSettings};
pub use upgrade::UpgradeService;

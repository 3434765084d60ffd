//! The admin side of a hub over HTTP: the server API, health, metrics, profiles and the console.
//!
//! [`AdminServer`] is a listener of its own beside the one for clients, on whatever runtime
//! [`AdminServer::serve`] is called from, so that it answers while shards are busy. Health,
//! metrics and the files of the console need no key, the API under `/api/` does, and so does
//! Centrifugo's where it is switched on. Every answer comes within a bounded time, even when a
//! shard does not answer; it then names the shard. It is *not* where clients connect
//! (`wirehub-transport` is), and it should not face the internet: it speaks plain HTTP.
//!
//! Read first: [`AdminServer`], [`AdminSettings`], [`AdminError`].
//!
//! ```
//! use wirehub::{Hub, HubSettings, auth::ApiKeys};
//! use wirehub_http::{AdminServer, AdminSettings};
//! use wirehub_model::{Capabilities, Secret};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! let mut settings = HubSettings::default();
//! settings.door.auth.anonymous = Some(Capabilities::default());
//! let hub = Hub::builder().settings(settings).start().await?;
//!
//! let key = Secret::new("a key of at least sixteen bytes".to_owned());
//! let keys = ApiKeys::new(&[key], &[])?;
//! let settings = AdminSettings::new(keys);
//! let admin = AdminServer::bind("127.0.0.1:0".parse()?, settings, hub.clone())?;
//! println!("http://{}/metrics", admin.address());
//!
//! let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
//! let serving = tokio::spawn(admin.serve(async { stopped.await.unwrap_or_default() }));
//! stop.send(()).unwrap_or_default();
//! serving.await??;
//! hub.stop().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod admin;
mod api;
mod body;
mod centrifugo;
mod console;
mod debug;
mod error;
mod health;
mod kernel;
mod keys;
mod metrics;
mod nearest;
mod openapi;
mod problem;
mod process;
mod pusher;
mod router;
mod server;
mod settings;
mod shown_settings;
mod wrong_keys;

pub use centrifugo::{ApiPrefix, ApiPrefixError};
pub use error::AdminError;
pub use server::AdminServer;
pub use settings::AdminSettings;
pub use shown_settings::{ShownSetting, ShownSettings};

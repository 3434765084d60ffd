//! What happens in a hub, told to others.
//!
//! A hub hands every [`Occurrence`] that somebody wants to [`Outlets`].
//! Each outlet has a
//! [`Selection`] of them, a bounded queue, and a task that brings what is in the queue to an
//! [`EventSink`]: in order, again and again while the sink does not take it, and at last to a file
//! of dead letters. Sinks get [`Occurred`], which writes itself as a CloudEvent
//! (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>).
//!
//! [`Webhook`] and [`Journal`] are the sinks that need nothing but a network and a disk; those of
//! brokers are `wirehub-sinks` and `wirehub-kafka`. This crate is *not* a log (nothing here says
//! what an operator should read) and *not* a way between clients: publications go through topics.
//!
//! Read first: [`EventSink`], [`Outlets`], [`Occurred`].
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use wirehub_core::Occurrence;
//! use wirehub_events::{Occurred, Source};
//! use wirehub_model::Topic;
//!
//! let source = Source::new("eu-1", 7);
//! let topic = Topic::parse("chat/1")?;
//! let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
//! let occurred = Occurred::new(&source, at, Occurrence::Occupied(topic));
//! let json: serde_json::Value = serde_json::from_str(&occurred.to_json())?;
//! assert_eq!(json["type"], "wirehub.topic_occupied");
//! assert_eq!(json["source"], "/wirehub/eu-1");
//! assert_eq!(json["time"], "2027-01-15T08:00:00Z");
//! assert_eq!(json["data"]["topic"], "chat/1");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cloud_event;
mod form;
mod journal;
mod occurred;
mod outlet;
mod outlets;
mod receiver;
mod selection;
mod signature;
mod sink;
mod stats;
mod subject;
mod webhook;

pub use form::Form;
pub use journal::{Journal, JournalSettings};
pub use occurred::{Occurred, Source};
pub use outlet::OutletSettings;
pub use outlets::{Outlets, Tail};
pub use receiver::Receiver;
pub use selection::Selection;
pub use sink::{EventSink, SinkError};
pub use stats::OutletStats;
pub use subject::Subject;
pub use webhook::{Webhook, WebhookError, WebhookSettings};
pub use wirehub_core::{Occurrence, OccurrenceKind, OccurrenceKinds};

//! What others publish through a log: records become publications, each once acknowledged.
//!
//! An [`Intake`] takes [`Record`]s from a [`RecordLog`], has a [`Reader`] make publications of
//! them, and hands those to a [`Publisher`], the hub. Records with one key stay in their order,
//! others do not wait for each other. A record is settled when its publication is acknowledged, or
//! when it is left out or parked because it is bad; only then may the log forget it. So each is
//! published at least once, and twice only where the hub does not know its idempotency key any
//! more.
//!
//! This crate is *not* a client of any log: that of Kafka is `wirehub-kafka`.
//!
//! Read first: [`Intake`], [`Reader`], [`RecordLog`].
//!
//! ```
//! use wirehub_intake::{Place, Reader, Record, RecordForm};
//!
//! let form = RecordForm::Events("orders/{key}".parse()?);
//! let reader = Reader::new("shop", form, Vec::new());
//! let record = Record {
//!     place: Place::new("orders", 3, 42),
//!     key: Some("eu".into()),
//!     headers: vec![("wirehub-event".to_owned(), "paid".into())],
//!     value: Some(r#"{"order":7}"#.into()),
//! };
//! let publish = reader.read(&record)?;
//! assert_eq!(publish.topic.as_str(), "orders/eu");
//! assert_eq!(publish.message.event.unwrap().as_str(), "paid");
//! assert_eq!(publish.idempotency_key.unwrap().as_str(), "shop:orders/3@42");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bad_record;
mod command;
mod intake;
mod lanes;
mod log;
mod publisher;
mod reader;
mod record;
mod stats;
mod target;

pub use bad_record::{BadRecord, BadRecords};
pub use intake::{Intake, IntakeSettings};
pub use log::RecordLog;
pub use publisher::{Publisher, Unpublished};
pub use reader::{Reader, RecordForm};
pub use record::{Place, Record};
pub use stats::{IntakeCounters, IntakeStats};
pub use target::{Target, TargetError};

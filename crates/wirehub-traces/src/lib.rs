//! Where messages go, told to a collector of traces.
//!
//! A [`Tracer`] decides which traces are recorded, takes spans in without waiting, and keeps a
//! bounded number of them; its [`Exporter`] brings them to a collector of OpenTelemetry over HTTP
//! (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>). Spans that find no room, or that the
//! collector does not take, are counted and gone: no message waits for them. It is *not* a log and
//! *not* a source of metrics, and it knows only one kind of sink.
//!
//! Read first: [`Tracer`], [`Span`], [`TraceSettings`].
//!
//! ```
//! use wirehub_traces::{TraceSettings, Tracer};
//!
//! let settings = TraceSettings {
//!     endpoint: "http://127.0.0.1:4318/v1/traces".to_owned(),
//!     sample: 0.01,
//!     service: "wirehub".to_owned(),
//! };
//! let (tracer, exporter) = Tracer::new(&settings)?;
//! // Somebody sends `exporter.run()` off as a task. A caller whose trace is recorded decides:
//! let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
//! let begun = tracer.begin(Some(caller)).expect("it is recorded");
//! assert_eq!(begun.context().trace, 0x4bf92f3577b34da6a3ce929d0e0e4736);
//! # drop(exporter);
//! # Ok::<(), wirehub_traces::TraceError>(())
//! ```

mod exporter;
mod otlp;
mod span;
mod tracer;

pub use exporter::Exporter;
pub use span::{Begun, Span, SpanKind, Value};
pub use tracer::{TraceError, TraceSettings, TraceStats, Tracer};

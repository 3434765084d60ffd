//! Load from outside: crowds of clients that come, listen, publish, get cut off and come back as a
//! scenario says, and an account of what that did to the server.
//!
//! What a run finds is an [`Outcome`]; the runs of several processes are [merged](Outcome::merge).
//! A
//! [`Verdict`] says what is to be thought of it, a [`Comparison`] what changed since an earlier
//! run, and a [`Report`] says all that to people and programs.
//!
//! What it is not: it reads no settings and no environment, and of files only what the kernel says
//! of the machine. Those are its caller's.
//!
//! Read first: [`Outcome`], [`Tally`], [`Verdict`].
//!
//! ```
//! use std::time::Duration;
//! use wirehub_load::Latency;
//!
//! let mut delivery = Latency::fine();
//! delivery.record(Duration::from_millis(3));
//! assert_eq!(delivery.quantile(0.99), Some(Duration::from_micros(3_001)));
//! ```

mod baseline;
mod board;
mod capacity;
mod crowd;
mod dice;
mod engine;
mod native;
mod opening;
mod order;
mod outcome;
mod progress;
mod report;
mod run;
mod scenario;
mod stamp;
mod target;
mod verdict;
mod watch;

pub use baseline::{Baseline, BaselineError, Change, Comparison, Difference};
pub use capacity::CapacityError;
pub use crowd::Tokens;
pub use engine::{Trust, TrustError};
pub use order::{Order, Share, TokenMaker};
pub use outcome::{
    CloseKind, FailureCause, Latency, MergeError, Outcome, PhaseKind, PhaseSpan, Reading,
    RoomTally, Row, Series, ServerView, Tally, TcpState, Volume,
};
pub use progress::{Progress, follow};
pub use report::{Machine, Report};
pub use run::{RunError, Stop, check, monotonic, run, settled};
pub use scenario::{
    Act, Adapter, Backoff, Format, Manner, Phase, Quick, QuickForm, RoomKind, Scenario,
    ScenarioError, Speech, Traffic,
};
pub use target::{Target, TargetError};
pub use verdict::{Finding, Level, Limits, Metric, Ruling, ThresholdError, Thresholds, Verdict};
pub use watch::{Scrape, Watch, Watching};

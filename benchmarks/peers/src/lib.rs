//! Measures the Wirehub server beside Bun and beside a bare epoll server.
//!
//! What it is: a load client that judges what it receives (`load`), a server that does as little
//! as possible per message and so marks the limit of one core (`bare`), and a runner that starts
//! each server in turn, interleaves the runs and compares them round by round (`runner`). Beside
//! them it counts what hubs of a cluster cost their broker (`nodes`, `members`).
//!
//! What it is not: part of the product, or a user of it. It shares no code with the server, not
//! even the frame codec, so that the judge stands apart from the judged. `wirehub load` is the
//! load tester for users; it plays the client only where TLS and compression are compared, which
//! this one does not speak.
//!
//! Read first: [`case::Case`] (what is measured), [`outcome::Outcome`] (what a run yields) and
//! [`runner::compare::Comparison`] (what is concluded from several runs).
//!
//! ```
//! use wirehub_bench::statistics::{bootstrap, median};
//!
//! let ratios = [1.02, 0.99, 1.05, 1.01, 1.03];
//! let interval = bootstrap(&ratios);
//! assert_eq!(interval.median, median(&ratios));
//! assert!(interval.low <= interval.median && interval.median <= interval.high);
//! ```

pub mod bare;
pub mod case;
pub mod load;
pub mod measure;
pub mod members;
pub mod nodes;
pub mod outcome;
pub mod runner;
pub mod statistics;

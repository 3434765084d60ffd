//! What becomes of an outcome: verdict, comparison and report.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod comparison;
mod herd;
mod report;
mod sample;
mod server;
mod verdict;

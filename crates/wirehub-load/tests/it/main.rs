//! What becomes of an outcome: verdict, comparison and report.

mod comparison;
mod report;
mod sample;
mod verdict;

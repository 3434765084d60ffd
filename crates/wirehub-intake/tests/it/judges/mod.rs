//! Judges: what has to hold whatever comes.

pub mod record;

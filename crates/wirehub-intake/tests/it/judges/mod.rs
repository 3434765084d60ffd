//! Judges: what has to hold whatever comes.

pub(crate) mod record;

//! One module for each command.

pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod publish;
pub(crate) mod serve;
pub(crate) mod token;

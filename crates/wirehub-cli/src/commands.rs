//! One module for each command.

pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod events;
pub(crate) mod key;
pub(crate) mod publish;
pub(crate) mod serve;
mod server_api;
pub(crate) mod token;
pub(crate) mod top;

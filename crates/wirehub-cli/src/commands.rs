//! One module for each command.

mod concerned;
pub(crate) mod config;
pub(crate) mod connections;
pub(crate) mod disconnect;
pub(crate) mod doctor;
pub(crate) mod drain;
mod draining;
pub(crate) mod events;
pub(crate) mod history;
pub(crate) mod key;
mod listing;
pub(crate) mod load;
pub(crate) mod nodes;
mod payload;
pub(crate) mod presence;
pub(crate) mod publish;
pub(crate) mod send;
pub(crate) mod serve;
mod server_api;
mod silent_nodes;
pub(crate) mod stay;
mod table;
pub(crate) mod token;
pub(crate) mod top;
pub(crate) mod topics;

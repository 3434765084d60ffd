//! The embeddable hub.

pub mod auth;

//! The embeddable hub.

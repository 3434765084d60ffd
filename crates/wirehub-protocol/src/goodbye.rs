//! How a dialect says that a connection ends.

/// What the close frame says (RFC 6455 section 5.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goodbye {
    /// The code, one that may be sent.
    pub code: u16,
    /// Why, in at most 123 bytes.
    pub reason: &'static str,
}

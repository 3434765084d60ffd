/// Which end of the connection this codec speaks for.
///
/// The role decides the direction of masking (RFC 6455 section 5.1): clients mask every frame
/// they send, servers mask none, and each refuses the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Reads masked frames, writes unmasked ones.
    Server,
    /// Reads unmasked frames, writes masked ones.
    Client,
}

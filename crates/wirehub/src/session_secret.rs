//! Numbers that nobody can guess, for the tokens of sessions.

use aws_lc_rs::{error::Unspecified, rand};

/// Draws the secret of a session from the cryptographic generator.
///
/// # Errors
/// When the generator fails, which leaves no safe way to go on with the connection.
pub(crate) fn session_secret() -> Result<u128, Unspecified> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes)?;
    Ok(u128::from_ne_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_are_alike() {
        assert_ne!(session_secret(), session_secret());
    }
}

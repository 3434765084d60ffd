//! How a connection of one of Pusher's clients begins.

use std::time::Duration;

use super::Scope;

/// What an app allows to its clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Whose channels they hear.
    pub scope: Scope,
    /// Whether they may speak to each other.
    pub client_events: bool,
    /// How much they may say at once, in bytes of JSON.
    pub payload_bytes: usize,
    /// How long they may hear nothing before they ask whether the connection lives, in whole
    /// seconds.
    pub activity_timeout: Duration,
}

/// Why a client is not let in. It is told so on an open connection: libraries hear no other reason,
/// and would come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rejection {
    /// No app has the key in the path.
    UnknownApp,
    /// The app has as many connections as it may.
    OverQuota,
    /// The path names no key.
    Path,
    /// The version of the protocol is not a number.
    VersionFormat,
    /// The version of the protocol is one that is not spoken here.
    Version,
    /// The query names no version.
    NoVersion,
    /// The page that asks may not connect.
    Origin,
}

impl Rejection {
    /// Every rejection.
    pub const ALL: [Self; 7] = [
        Self::UnknownApp,
        Self::OverQuota,
        Self::Path,
        Self::VersionFormat,
        Self::Version,
        Self::NoVersion,
        Self::Origin,
    ];

    /// The code that Pusher gives it.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::UnknownApp => 4001,
            Self::OverQuota => 4004,
            Self::Path => 4005,
            Self::VersionFormat => 4006,
            Self::Version => 4007,
            Self::NoVersion => 4008,
            Self::Origin => 4009,
        }
    }

    /// What is wrong, in a sentence for a developer.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::UnknownApp => "no app has this key",
            Self::OverQuota => "the app has as many connections as it may",
            Self::Path => "the path must be /app/ and the key of an app",
            Self::VersionFormat => "`protocol` must be a whole number",
            Self::Version => "only versions 5 to 7 of the protocol are spoken here",
            Self::NoVersion => "the query must name the version of the protocol: ?protocol=7",
            Self::Origin => "this origin may not connect",
        }
    }

    /// Reads the version of the protocol from the query of a handshake.
    ///
    /// # Errors
    /// When it names none, or one that is not spoken here.
    pub fn check_version(version: Option<&str>) -> Result<(), Self> {
        let version = version.ok_or(Self::NoVersion)?;
        match version.parse::<u32>() {
            // Since the fifth, data goes out as text; the seventh is the last.
            Ok(5..=7) => Ok(()),
            Ok(_) => Err(Self::Version),
            Err(_) => Err(Self::VersionFormat),
        }
    }
}

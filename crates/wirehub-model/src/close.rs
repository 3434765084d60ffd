//! Why connections end.

/// Why the server closes a connection, as the client sees it: a WebSocket close code with a name,
/// and what the client should do next. `docs/close-codes.md` is made from this table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseReason {
    /// The client asked to close, and the server agrees.
    Normal,
    /// The server goes away for good.
    GoingAway,
    /// The client broke the WebSocket protocol (RFC 6455).
    ProtocolError,
    /// The client sent a kind of data that its subprotocol does not have.
    UnsupportedData,
    /// A text message was not UTF-8, or a compressed one did not inflate.
    InvalidPayload,
    /// A message or frame was larger than the limit.
    TooLarge,
    /// The server failed.
    Internal,
    /// The server restarts; another one, or the same one, is ready.
    ServiceRestart,
    /// The server has no room for the connection.
    TryAgainLater,
    /// The client sent too many messages that make no sense.
    BadMessages,
    /// The client did not authenticate in time, or its credentials are not valid.
    Unauthorized,
    /// The credentials expired and were not refreshed.
    TokenExpired,
    /// The client did not answer heartbeats.
    HeartbeatTimeout,
    /// The session went on on another connection.
    Resumed,
    /// The client read more slowly than messages came.
    SlowConsumer,
    /// The client sent more than its rate limit allows, again and again.
    RateLimited,
    /// The application asked to disconnect the client.
    Disconnected,
    /// The user has too many connections.
    UserLimit,
}

/// What a client should do after its connection was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reconnect {
    /// Connect again, at once but spread.
    Soon,
    /// Connect again with growing, jittered delays.
    Backoff,
    /// Get a new token first, then connect again.
    NewToken,
    /// Do not connect again without somebody's decision.
    Never,
}

impl CloseReason {
    /// Every reason, in the order of its code.
    pub const ALL: [Self; 18] = [
        Self::Normal,
        Self::GoingAway,
        Self::ProtocolError,
        Self::UnsupportedData,
        Self::InvalidPayload,
        Self::TooLarge,
        Self::Internal,
        Self::ServiceRestart,
        Self::TryAgainLater,
        Self::BadMessages,
        Self::Unauthorized,
        Self::TokenExpired,
        Self::HeartbeatTimeout,
        Self::Resumed,
        Self::Disconnected,
        Self::SlowConsumer,
        Self::RateLimited,
        Self::UserLimit,
    ];

    /// The WebSocket close code: those below 4000 are registered (RFC 6455 section 7.4.1 and the
    /// IANA registry), those above are this protocol's own.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::GoingAway => 1001,
            Self::ProtocolError => 1002,
            Self::UnsupportedData => 1003,
            Self::InvalidPayload => 1007,
            Self::TooLarge => 1009,
            Self::Internal => 1011,
            Self::ServiceRestart => 1012,
            Self::TryAgainLater => 1013,
            Self::BadMessages => 4400,
            Self::Unauthorized => 4401,
            Self::TokenExpired => 4402,
            Self::HeartbeatTimeout => 4408,
            Self::Resumed => 4409,
            Self::Disconnected => 4410,
            Self::SlowConsumer => 4413,
            Self::RateLimited => 4429,
            Self::UserLimit => 4430,
        }
    }

    /// The word for it: the reason in the close frame, in metrics and in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::GoingAway => "going_away",
            Self::ProtocolError => "protocol_error",
            Self::UnsupportedData => "unsupported_data",
            Self::InvalidPayload => "invalid_payload",
            Self::TooLarge => "too_large",
            Self::Internal => "internal",
            Self::ServiceRestart => "service_restart",
            Self::TryAgainLater => "try_again_later",
            Self::BadMessages => "bad_messages",
            Self::Unauthorized => "unauthorized",
            Self::TokenExpired => "token_expired",
            Self::HeartbeatTimeout => "heartbeat_timeout",
            Self::Resumed => "resumed",
            Self::Disconnected => "disconnected",
            Self::SlowConsumer => "slow_consumer",
            Self::RateLimited => "rate_limited",
            Self::UserLimit => "user_limit",
        }
    }

    /// What it means, in a sentence for the documents.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Normal => "The client closed the connection.",
            Self::GoingAway => "The server shuts down.",
            Self::ProtocolError => "The client broke RFC 6455.",
            Self::UnsupportedData => "A text frame where binary ones are spoken, or the reverse.",
            Self::InvalidPayload => "Text that is not UTF-8, or data that does not inflate.",
            Self::TooLarge => "A frame or message beyond the limit.",
            Self::Internal => "The server failed; its log says how.",
            Self::ServiceRestart => "The server restarts or drains; connect again.",
            Self::TryAgainLater => "The server has no room for more connections.",
            Self::BadMessages => "Too many messages that are not valid.",
            Self::Unauthorized => "No valid credentials, or none in time.",
            Self::TokenExpired => "The token expired and was not refreshed in time.",
            Self::HeartbeatTimeout => "No answer to a heartbeat.",
            Self::Resumed => "The session went on on another connection.",
            Self::Disconnected => "The application disconnected the client.",
            Self::SlowConsumer => "The client reads more slowly than messages come.",
            Self::RateLimited => "The client keeps sending more than its rate limit allows.",
            Self::UserLimit => "The user has too many connections.",
        }
    }

    /// What the client should do next.
    #[must_use]
    pub const fn reconnect(self) -> Reconnect {
        match self {
            Self::GoingAway | Self::ServiceRestart | Self::HeartbeatTimeout => Reconnect::Soon,
            Self::Internal | Self::TryAgainLater | Self::SlowConsumer | Self::RateLimited => {
                Reconnect::Backoff
            }
            Self::TokenExpired => Reconnect::NewToken,
            Self::Normal
            | Self::ProtocolError
            | Self::UnsupportedData
            | Self::InvalidPayload
            | Self::TooLarge
            | Self::BadMessages
            | Self::Unauthorized
            | Self::Resumed
            | Self::Disconnected
            | Self::UserLimit => Reconnect::Never,
        }
    }
}

/// Why a connection ended, as the server's metrics and log see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseCause {
    /// The server closed it for this reason.
    Server(CloseReason),
    /// The client closed it with a close frame, on purpose.
    Client,
    /// The peer's socket ended without a close frame.
    Lost,
    /// The socket failed (reset, timed out), or the client closed it because of an error.
    Failed,
}

impl CloseCause {
    /// Every cause, in the order metrics list them.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Client, Self::Lost, Self::Failed]
            .into_iter()
            .chain(CloseReason::ALL.into_iter().map(Self::Server))
    }

    /// Whether the client may come back and go on with its session: it did not mean to leave, and
    /// was not sent away.
    #[must_use]
    pub const fn is_resumable(self) -> bool {
        matches!(
            self,
            Self::Lost
                | Self::Failed
                | Self::Server(
                    CloseReason::HeartbeatTimeout
                        | CloseReason::SlowConsumer
                        | CloseReason::TokenExpired
                        | CloseReason::ServiceRestart
                        | CloseReason::GoingAway
                )
        )
    }

    /// The number of causes.
    pub const COUNT: usize = CloseReason::ALL.len() + 3;

    /// The place of the cause in [`CloseCause::all`], for tables of counters.
    #[must_use]
    pub fn index(self) -> usize {
        match self {
            Self::Client => 0,
            Self::Lost => 1,
            Self::Failed => 2,
            Self::Server(reason) => {
                let place = CloseReason::ALL.iter().position(|known| *known == reason);
                3 + place.unwrap_or_default()
            }
        }
    }

    /// The word for it in metrics and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Server(reason) => reason.name(),
            Self::Client => "client",
            Self::Lost => "lost",
            Self::Failed => "failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_rise_and_are_valid_in_a_close_frame() {
        let codes: Vec<_> = CloseReason::ALL
            .iter()
            .map(|reason| reason.code())
            .collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
        for code in codes {
            let valid = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
            assert!(valid, "{code}");
        }
    }

    #[test]
    fn every_cause_has_its_own_place() {
        let places: Vec<_> = CloseCause::all().map(CloseCause::index).collect();
        assert_eq!(places, (0..CloseCause::COUNT).collect::<Vec<_>>());
    }
}

//! What Pusher's libraries are told when something ends or is refused.
//!
//! They go by the class of a close code: 4000 to 4099 never come back, 4100 to 4199 come back
//! after a pause, 4200 to 4299 come back at once. A code of the wrong class makes a client that
//! should stay away storm the server, or one that should come back stay away. Below 4000, and from
//! 4300 on, the libraries do not agree, so such codes are not used for closing.

use wirehub_model::{CloseReason, ErrorCode};

use crate::Goodbye;

/// The code that a connection is closed with.
#[must_use]
pub const fn close_code(reason: CloseReason) -> u16 {
    match reason {
        // The answer to a client that leaves.
        CloseReason::Normal => 1000,
        // Over the quota of connections, and not authorized, as Pusher has them.
        CloseReason::UserLimit => 4004,
        CloseReason::Unauthorized | CloseReason::Disconnected => 4009,
        // Ours, since Pusher closes these with codes of WebSocket, after which clients come back.
        CloseReason::BadMessages => 4090,
        CloseReason::ProtocolError => 4091,
        CloseReason::UnsupportedData => 4092,
        CloseReason::InvalidPayload => 4093,
        CloseReason::TooLarge => 4094,
        CloseReason::Resumed => 4095,
        // Over capacity, as Pusher has it.
        CloseReason::TryAgainLater => 4100,
        CloseReason::Internal => 4101,
        CloseReason::SlowConsumer => 4102,
        CloseReason::RateLimited => 4103,
        // Reconnect at once, as Pusher has it, and no answer to a ping.
        CloseReason::GoingAway | CloseReason::ServiceRestart => 4200,
        CloseReason::HeartbeatTimeout => 4201,
        // Signatures are asked for anew whenever a client connects.
        CloseReason::TokenExpired => 4203,
        // Reasons that are added later: come back after a pause.
        _ => 4101,
    }
}

/// The code in the `pusher:error` about a watchlist of too many users.
pub(super) const WATCHLIST_LIMIT: u16 = 4302;

/// What the close frame says.
pub(crate) const fn goodbye(reason: CloseReason) -> Goodbye {
    Goodbye {
        code: close_code(reason),
        reason: reason.name(),
    }
}

/// The code in a `pusher:error`, of the class that fits if the client gave up the connection for
/// it.
#[must_use]
pub const fn error_code(code: ErrorCode) -> u16 {
    match code {
        ErrorCode::Unauthorized | ErrorCode::PermissionDenied => 4009,
        ErrorCode::BadRequest
        | ErrorCode::UnknownType
        | ErrorCode::UnknownMethod
        | ErrorCode::NotFound
        | ErrorCode::AlreadySubscribed
        | ErrorCode::NotSubscribed
        | ErrorCode::NotEnabled
        | ErrorCode::NotResumable
        | ErrorCode::TooLarge => 4090,
        // A client event too many, as Pusher has it.
        ErrorCode::RateLimited => 4301,
        ErrorCode::TokenExpired => 4203,
        _ => 4100,
    }
}

/// The status in a `pusher:subscription_error`, as an endpoint of HTTP would answer.
#[must_use]
pub const fn subscription_status(code: ErrorCode) -> u16 {
    match code {
        ErrorCode::BadRequest | ErrorCode::UnknownType | ErrorCode::UnknownMethod => 400,
        ErrorCode::Unauthorized | ErrorCode::TokenExpired => 401,
        ErrorCode::PermissionDenied | ErrorCode::NotEnabled => 403,
        ErrorCode::NotFound | ErrorCode::NotResumable => 404,
        ErrorCode::AlreadySubscribed | ErrorCode::NotSubscribed => 409,
        ErrorCode::TooLarge => 413,
        ErrorCode::RateLimited => 429,
        ErrorCode::LimitReached | ErrorCode::Timeout | ErrorCode::Overloaded => 503,
        _ => 500,
    }
}

#[cfg(test)]
mod tests {
    use wirehub_model::Reconnect;

    use super::*;

    #[test]
    fn every_reason_has_a_code_of_the_right_class() {
        for reason in CloseReason::ALL {
            let code = close_code(reason);
            let fits = match reason.reconnect() {
                Reconnect::Never if reason == CloseReason::Normal => code == 1000,
                // 4000 makes the libraries come back over TLS.
                Reconnect::Never => (4001..=4099).contains(&code),
                Reconnect::Backoff => (4100..=4199).contains(&code),
                Reconnect::Soon | Reconnect::NewToken => (4200..=4299).contains(&code),
            };
            assert!(fits, "{reason:?}: {code}");
        }
    }

    #[test]
    fn every_error_has_a_code_that_sends_nobody_into_a_storm() {
        for code in ErrorCode::ALL {
            let number = error_code(code);
            let at_once = (4200..=4299).contains(&number);
            assert_eq!(at_once, code == ErrorCode::TokenExpired, "{code:?}");
            assert!((4001..=4301).contains(&number), "{code:?}");
            let status = subscription_status(code);
            assert!((400..=599).contains(&status), "{code:?}");
        }
    }
}

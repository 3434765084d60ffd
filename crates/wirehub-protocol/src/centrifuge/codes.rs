//! The numbers that Centrifugo's clients act on.
//!
//! A client comes back after every close code but those from 3500 to 3999 and from 4500 to 4999; it
//! subscribes again after an unsubscribe code of 2500 or more; and it tries again what failed with
//! an error that is `temporary`, or with 109 once it has a new token. All reasons of the hub are in
//! these three tables (<https://centrifugal.dev/docs/server/codes>).

use wirehub_model::{CloseReason, ErrorCode, Refusal};

use crate::Goodbye;

/// The number of an error in a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ErrorNumber {
    pub(crate) code: u32,
    pub(crate) temporary: bool,
}

/// The error that stands for a refusal.
pub(crate) const fn error(code: ErrorCode) -> ErrorNumber {
    let (code, temporary) = match code {
        ErrorCode::Timeout | ErrorCode::Overloaded | ErrorCode::Internal => (100, true),
        ErrorCode::Unauthorized => (101, false),
        ErrorCode::PermissionDenied | ErrorCode::NotSubscribed => (103, false),
        ErrorCode::UnknownMethod | ErrorCode::NotFound => (104, false),
        ErrorCode::AlreadySubscribed => (105, false),
        ErrorCode::LimitReached => (106, false),
        ErrorCode::BadRequest | ErrorCode::UnknownType | ErrorCode::TooLarge => (107, false),
        ErrorCode::NotEnabled => (108, false),
        ErrorCode::TokenExpired => (109, false),
        ErrorCode::RateLimited => (111, true),
        ErrorCode::NotResumable => (112, false),
        // It was delivered; sent again, it would be so twice.
        _ => (100, false),
    };
    ErrorNumber { code, temporary }
}

/// The code of an `unsubscribe` push. What passes by itself, and what a new token repairs, has the
/// client subscribe again.
pub(crate) const fn unsubscribe(refusal: &Refusal) -> u32 {
    match refusal.code {
        ErrorCode::TokenExpired => 2501,
        ErrorCode::RateLimited
        | ErrorCode::Timeout
        | ErrorCode::Overloaded
        | ErrorCode::Internal
        | ErrorCode::NotResumable => 2500,
        _ => 2000,
    }
}

/// What the close frame says.
pub(crate) const fn goodbye(reason: CloseReason) -> Goodbye {
    let (code, reason) = match reason {
        CloseReason::Normal => (3000, "connection closed"),
        CloseReason::GoingAway | CloseReason::ServiceRestart => (3001, "shutdown"),
        CloseReason::Internal => (3004, "internal server error"),
        CloseReason::TokenExpired => (3005, "connection expired"),
        CloseReason::SlowConsumer => (3008, "slow"),
        CloseReason::HeartbeatTimeout => (3012, "no pong"),
        CloseReason::TryAgainLater | CloseReason::RateLimited => (3013, "too many requests"),
        CloseReason::Unauthorized => (3500, "invalid token"),
        CloseReason::Disconnected | CloseReason::Resumed => (3503, "force disconnect"),
        CloseReason::UserLimit => (3504, "connection limit"),
        CloseReason::UnsupportedData => (3506, "inappropriate protocol"),
        // The one code of WebSocket itself that these clients know to give up at.
        CloseReason::TooLarge => (1009, "message too large"),
        // Bad messages and broken framing alike: the same client would do the same again.
        _ => BAD_REQUEST_PAIR,
    };
    Goodbye { code, reason }
}

const BAD_REQUEST_PAIR: (u16, &str) = (3501, "bad request");

/// A client that did not say who it is in time.
pub(crate) const STALE: Goodbye = Goodbye {
    code: 3502,
    reason: "stale",
};

/// A client that said something that nobody listens to.
pub(crate) const NOT_AVAILABLE: Goodbye = Goodbye {
    code: 3508,
    reason: "not available",
};

#[cfg(test)]
mod tests {
    use wirehub_model::Reconnect;

    use super::*;

    fn comes_back(code: u16) -> bool {
        !matches!(code, 1009 | 3500..=3999 | 4500..=4999)
    }

    #[test]
    fn clients_come_back_exactly_when_the_reason_says_so() {
        for reason in CloseReason::ALL {
            let expected = match reason.reconnect() {
                Reconnect::Soon | Reconnect::Backoff | Reconnect::NewToken => true,
                // The client itself closed, and knows what it wants.
                Reconnect::Never => reason == CloseReason::Normal,
            };
            assert_eq!(comes_back(goodbye(reason).code), expected, "{reason:?}");
        }
    }

    #[test]
    fn errors_are_temporary_exactly_when_the_code_says_so() {
        for code in ErrorCode::ALL {
            let number = error(code);
            assert!((100..=113).contains(&number.code), "{code:?}");
            assert_eq!(number.temporary, code.retry(), "{code:?}");
        }
    }

    #[test]
    fn clients_subscribe_again_where_that_may_help() {
        for code in ErrorCode::ALL {
            let number = unsubscribe(&Refusal::new(code, ""));
            let again =
                code.retry() || matches!(code, ErrorCode::TokenExpired | ErrorCode::NotResumable);
            assert_eq!(number >= 2500, again, "{code:?}");
        }
    }
}

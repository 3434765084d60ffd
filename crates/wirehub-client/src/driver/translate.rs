//! Between the words of the application and those of the session.

mod asked;
mod told;

use std::time::Duration;

pub(crate) use asked::{request, subscribe};
pub(crate) use told::{Told, answer, told};

use crate::{
    Error, State, Status,
    session::{Input, StateChange},
    token::TokenAnswer,
    transport::Closed,
};

/// What a token provider said.
pub(crate) fn token(answer: TokenAnswer) -> Input {
    match answer {
        Ok(token) => Input::Token { token },
        Err(error) => Input::TokenError { error },
    }
}

/// How a link ended.
pub(crate) fn closed(link: u64, closed: Closed) -> Input {
    Input::Closed {
        link,
        code: closed.code,
        reason: closed.reason,
        status: closed.status,
        retry_after: closed.retry_after.map(|after| after.as_secs_f64()),
    }
}

/// What the session is doing.
pub(crate) fn status(change: StateChange) -> Status {
    Status {
        state: change.state,
        cause: change.cause,
        detail: change.detail,
        attempt: change.attempt.unwrap_or_default(),
        retry_in: change.retry_in.map(Duration::from_millis),
    }
}

/// What everybody is told when the session is over; `None` while it is not.
pub(crate) fn over(status: &Status) -> Option<Error> {
    let message = status.to_string();
    match status.state {
        State::AuthFailed => Some(Error::AuthFailed { message }),
        State::Stopped => Some(Error::Stopped { message }),
        _ => None,
    }
}

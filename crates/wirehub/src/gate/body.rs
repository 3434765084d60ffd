//! The body of a request, within bounds.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use tokio::time::timeout;

use crate::doorkeeper::Denial;

/// The end of the last line, which is not part of a message.
const LINE_END: usize = 2;

/// Reads a body of at most `limit` bytes that comes within `time`.
pub(super) async fn read(body: Incoming, limit: usize, time: Duration) -> Result<Bytes, Denial> {
    let limit = limit.saturating_add(LINE_END);
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large(limit));
    }
    let all = timeout(time, Limited::new(body, limit).collect()).await;
    let all = all.map_err(|_| Denial {
        status: StatusCode::REQUEST_TIMEOUT,
        word: "too_slow",
        message: "the body did not come in time; send it again".to_owned(),
        challenge: None,
    })?;
    let all = all.map_err(|error| {
        if error.is::<LengthLimitError>() {
            too_large(limit)
        } else {
            bad(format!("the body cannot be read: {error}"))
        }
    })?;
    Ok(all.to_bytes())
}

/// A body that has to be text.
pub(super) fn text(body: Bytes) -> Result<String, Denial> {
    String::from_utf8(body.into()).map_err(|_| bad("the body is not UTF-8".to_owned()))
}

fn too_large(limit: usize) -> Denial {
    Denial {
        status: StatusCode::PAYLOAD_TOO_LARGE,
        word: "too_large",
        message: format!("the body is larger than {limit} bytes; send less at once"),
        challenge: None,
    }
}

pub(super) const fn bad(message: String) -> Denial {
    Denial {
        status: StatusCode::BAD_REQUEST,
        word: "bad_request",
        message,
        challenge: None,
    }
}

//! What a gate says to a request that is not for a WebSocket.

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body_util::Full;

use crate::stream_framing::StreamFormat;

/// A gate's answer to a plain request.
#[derive(Debug)]
pub enum Reply<T> {
    /// An answer that ends; the connection may ask again.
    Whole(Response<Full<Bytes>>),
    /// The connection becomes a stream.
    Stream(Opening<T>),
}

/// A stream that begins.
#[derive(Debug)]
pub struct Opening<T> {
    /// What the body is.
    pub format: StreamFormat,
    /// Headers beside those that every stream has.
    pub headers: HeaderMap,
    /// What the gate wants to know later.
    pub admitted: T,
}

impl<T> From<Response<Full<Bytes>>> for Reply<T> {
    fn from(response: Response<Full<Bytes>>) -> Self {
        Self::Whole(response)
    }
}

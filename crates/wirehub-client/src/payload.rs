//! What is said, before it has a type.

use std::fmt;

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use crate::Error;

/// What the application says: one JSON value, or bytes of any kind.
///
/// The hub delivers both as they were sent: JSON keeps its spaces and the spelling of its numbers.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(Kind);

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    /// Checked to be one JSON value when it was made here; from the server, when it is read.
    Json(String),
    Binary(Bytes),
}

impl Payload {
    /// A value as JSON.
    ///
    /// # Errors
    /// When the value has no form in JSON, such as a map whose keys are no strings.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, Error> {
        let text = serde_json::to_string(value).map_err(|error| Error::data(&error))?;
        Ok(Self(Kind::Json(text)))
    }

    /// Bytes of any kind.
    #[must_use]
    pub fn binary(bytes: impl Into<Bytes>) -> Self {
        Self(Kind::Binary(bytes.into()))
    }

    pub(crate) fn from_json_text(text: impl Into<String>) -> Self {
        Self(Kind::Json(text.into()))
    }

    /// The JSON text; `None` for bytes.
    #[must_use]
    pub fn as_json(&self) -> Option<&str> {
        match &self.0 {
            Kind::Json(text) => Some(text),
            Kind::Binary(_) => None,
        }
    }

    /// The bytes that were sent as such; `None` for JSON.
    #[must_use]
    pub const fn as_binary(&self) -> Option<&Bytes> {
        match &self.0 {
            Kind::Json(_) => None,
            Kind::Binary(bytes) => Some(bytes),
        }
    }

    /// Reads the JSON as a value of the application's.
    ///
    /// # Errors
    /// When it is another kind of JSON than `T`, or bytes.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Error> {
        match &self.0 {
            Kind::Json(text) => serde_json::from_str(text).map_err(|error| Error::data(&error)),
            Kind::Binary(_) => Err(Error::Data {
                message: "bytes came where JSON was expected; take them as a `Payload`".to_owned(),
            }),
        }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Json(text) => f.write_str(text),
            Kind::Binary(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}

/// What a subscription, a call or a page of history can give its data as: anything that serde reads
/// from JSON, or a [`Payload`] as it came.
pub trait FromPayload: Sized {
    /// Makes one.
    ///
    /// # Errors
    /// When the payload is of another kind.
    fn from_payload(payload: &Payload) -> Result<Self, Error>;
}

impl FromPayload for Payload {
    fn from_payload(payload: &Payload) -> Result<Self, Error> {
        Ok(payload.clone())
    }
}

impl<T: DeserializeOwned> FromPayload for T {
    fn from_payload(payload: &Payload) -> Result<Self, Error> {
        payload.decode()
    }
}

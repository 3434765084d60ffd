//! What is said, before it has a type.

use std::fmt;

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::Error;

/// What the application says: one JSON value, or bytes of any kind.
///
/// The hub delivers both as they were sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(Kind);

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    Json(Value),
    Binary(Bytes),
}

impl Payload {
    /// A value as JSON.
    ///
    /// # Errors
    /// When the value has no form in JSON, such as a map whose keys are no strings.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, Error> {
        let value = serde_json::to_value(value).map_err(|error| Error::data(&error))?;
        Ok(Self(Kind::Json(value)))
    }

    /// Bytes of any kind.
    #[must_use]
    pub fn binary(bytes: impl Into<Bytes>) -> Self {
        Self(Kind::Binary(bytes.into()))
    }

    pub(crate) const fn from_value(value: Value) -> Self {
        Self(Kind::Json(value))
    }

    /// The JSON value; `None` for bytes.
    #[must_use]
    pub const fn as_json(&self) -> Option<&Value> {
        match &self.0 {
            Kind::Json(value) => Some(value),
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
            Kind::Json(value) => T::deserialize(value).map_err(|error| Error::data(&error)),
            Kind::Binary(_) => Err(Error::Data {
                message: "bytes came where JSON was expected; take them as a `Payload`".to_owned(),
            }),
        }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Json(value) => fmt::Display::fmt(value, f),
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

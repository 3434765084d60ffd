//! What the answer to a command means for its way.

use redis::{ServerError, Value};

use crate::{address::Address, slot::Slot};

/// What the answer to a command means for its way.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is answered, if with an error.
    Answered,
    /// Its slot has moved to another server.
    Moved(Slot, Address),
    /// Its slot is moving, and neither server has all that it needs.
    Moving,
    /// Its topic was last written in another life of a server.
    OtherEra(String),
}

impl Verdict {
    /// What an answer of a server of a cluster means.
    pub(crate) fn of(answer: &Value, from: &Address) -> Self {
        let Value::ServerError(error) = answer else {
            return Self::Answered;
        };
        match error.code() {
            "MOVED" => moved(error, from).unwrap_or(Self::Moving),
            "ASK" | "TRYAGAIN" => Self::Moving,
            "ERA" => Self::OtherEra(word(error.details()).to_owned()),
            _ => Self::Answered,
        }
    }
}

/// The first word of an error; behind it the server says where in the script it was.
fn word(details: Option<&str>) -> &str {
    let mut words = details.unwrap_or_default().split(' ');
    words.next().unwrap_or_default()
}

fn moved(error: &ServerError, from: &Address) -> Option<Verdict> {
    let (slot, address) = error.details()?.split_once(' ')?;
    let slot = Slot::new(slot.parse().ok()?)?;
    // A server that does not know the other's name gives its port.
    let (host, port) = address.rsplit_once(':')?;
    let host = if host.is_empty() {
        from.host_and_port()?.0
    } else {
        host
    };
    Some(Verdict::Moved(slot, Address::new(host, port.parse().ok()?)))
}

/// Whether the connection is of no use after this answer: scripts are to be loaded anew, or another
/// server has become the one that takes writes.
pub(crate) fn ends_connection(value: &Value) -> bool {
    let Value::ServerError(error) = value else {
        return false;
    };
    matches!(
        error.code(),
        "NOSCRIPT" | "READONLY" | "MASTERDOWN" | "LOADING" | "NOAUTH"
    )
}

/// Whether a server says that it, or its cluster, does not take commands as things stand.
pub(crate) fn is_doubtful(value: &Value) -> bool {
    ends_connection(value)
        || matches!(value, Value::ServerError(error) if error.code() == "CLUSTERDOWN")
}

//! What somebody said.

use crate::{Error, FromPayload, Payload};

/// Something that was said on a topic, or directly to this client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<T = Payload> {
    /// Where, or to whom.
    pub to: Address,
    /// What kind of thing happened, a word of the application.
    pub event: Option<String>,
    /// What it is about: a newer one with the same key stands for it.
    pub key: Option<String>,
    /// What is said.
    pub data: T,
    /// Its number in its topic; 0 for a direct message.
    pub offset: u64,
    /// Who said it; `None` when the application's own servers did.
    pub from: Option<Publisher>,
    /// It was published before the subscription and is what was said last.
    pub retained: bool,
    /// For how many publications it stands, itself included; more than 1 where the newest of
    /// several is sent.
    pub count: u32,
}

/// Where something was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// On this topic.
    Topic(String),
    /// To every connection of this client's user.
    User,
    /// To this connection.
    Connection,
    /// To every client of the hub.
    Everyone,
}

/// The client that said something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publisher {
    /// Its user; `None` when it is anonymous.
    pub user: Option<String>,
    /// The name of its connection; opaque.
    pub connection: String,
}

impl<T> Message<T> {
    /// The topic; `None` for a direct message.
    #[must_use]
    pub fn topic(&self) -> Option<&str> {
        match &self.to {
            Address::Topic(topic) => Some(topic),
            Address::User | Address::Connection | Address::Everyone => None,
        }
    }
}

impl Message {
    /// The same with data of another kind.
    ///
    /// # Errors
    /// When the data is not that.
    pub fn decode<T: FromPayload>(&self) -> Result<Message<T>, Error> {
        Ok(Message {
            data: T::from_payload(&self.data)?,
            to: self.to.clone(),
            event: self.event.clone(),
            key: self.key.clone(),
            offset: self.offset,
            from: self.from.clone(),
            retained: self.retained,
            count: self.count,
        })
    }
}

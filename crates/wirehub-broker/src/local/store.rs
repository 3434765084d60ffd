//! What a broker in one process needs to outlive it.

use wirehub_model::{Epoch, Offset, Topic};

use crate::{Entry, Retention, Slot};

/// Where a broker in one process keeps what its topics remember. It is called from one thread.
pub trait Store: Send {
    /// Reads a topic, or finds that there is none of that name.
    ///
    /// # Errors
    /// [`Fault::Damaged`] when what is stored cannot be read, [`Fault::Failed`] when nothing can.
    fn load(&mut self, topic: &Topic) -> Result<Option<StoredTopic>, Fault>;

    /// A number for a new topic that no stored one has, nor had while this store is open.
    fn next_id(&mut self) -> u64;

    /// Makes changes safe: all of them, or none when it fails. They come in the order in which they
    /// happened.
    ///
    /// # Errors
    /// When they are not safe. The store is not used further until it has recovered.
    fn commit(&mut self, changes: &[Change]) -> Result<(), Fault>;

    /// Tries to work again after a failure. What was committed before is still there.
    ///
    /// # Errors
    /// When it still fails.
    fn recover(&mut self) -> Result<(), Fault>;

    /// The names of stored topics that come after one in the store's order, so many at most.
    ///
    /// # Errors
    /// When it cannot be read.
    fn topics_after(&mut self, after: Option<&Topic>, limit: usize) -> Result<Vec<Topic>, Fault>;

    /// Gives back room that is not used.
    ///
    /// # Errors
    /// When it fails; nothing is lost by that.
    fn compact(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    /// Bytes that the store takes up, and how many of them were free for use when it was opened or
    /// compacted last.
    fn bytes(&self) -> (u64, u64) {
        (0, 0)
    }

    /// Ends in order.
    ///
    /// # Errors
    /// When it could not be done; what was committed is safe nevertheless.
    fn close(&mut self) -> Result<(), Fault>;
}

/// A topic in the table of topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicRow {
    /// The topic's number.
    pub id: u64,
    /// Its epoch.
    pub epoch: Epoch,
    /// Its last offset, or an earlier one when a later publication is stored.
    pub offset: Offset,
    /// What it keeps.
    pub retention: Retention,
}

/// Everything that is stored of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTopic {
    /// Its row.
    pub row: TopicRow,
    /// Publications that were given later may be lost: the epoch must not be used further.
    pub is_uncertain: bool,
    /// Its history, the oldest first.
    pub history: Vec<Entry>,
    /// Its values.
    pub values: Vec<(Slot, Entry)>,
}

/// One change of what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The row of a topic is this from now on.
    Topic(Topic, TopicRow),
    /// A publication joins the history of a topic.
    Record(u64, Entry),
    /// The history of a topic begins after this offset.
    Trim(u64, Offset),
    /// A place of a topic holds this.
    Value(u64, Slot, Entry),
    /// A place of a topic holds nothing.
    NoValue(u64, Slot),
    /// A topic is this and nothing else, whatever was stored under its name.
    Replace(Topic, Box<StoredTopic>),
    /// A topic is forgotten.
    Forget(Topic, u64),
}

/// Why a store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It does not work at the moment: the disk is full, or gone.
    #[error("{0}")]
    Failed(String),
    /// What is stored of one topic cannot be read.
    #[error("{0}")]
    Damaged(String),
}

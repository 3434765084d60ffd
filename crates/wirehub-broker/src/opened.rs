//! What a node learns about a topic.

use std::sync::Arc;

use wirehub_model::{Gap, Position};

use crate::Record;

/// A topic as it stands when a node's interest in it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Where the topic stands: everything after it is pushed to the node's sink.
    pub position: Position,
    /// What is kept of its history up to there, without a gap, the oldest first.
    pub history: Vec<Arc<Record>>,
    /// The last publication and the last with each key, as far as they are kept and worth
    /// something, in the order of their offsets.
    pub values: Vec<Arc<Record>>,
}

/// A page of a topic's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordPage {
    /// Where the topic stands.
    pub position: Position,
    /// Publications without a gap, the oldest first.
    pub records: Vec<Arc<Record>>,
    /// There are more in the direction of the question.
    pub more: bool,
    /// Why the page does not follow the position that was named. Of [`Gap::Expired`] the page
    /// begins with the oldest that is kept; otherwise it is empty.
    pub gap: Option<Gap>,
}

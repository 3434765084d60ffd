//! What is asked of an ear.

use wirehub_model::{Topic, TopicFilter};

use crate::Reply;

/// What is asked of the ear of a node, which is told of places of topics as its server knows them.
#[derive(Debug)]
pub enum EarCall<P> {
    /// Hear a topic; the answer is whether it was not heard before.
    Open(Topic, Reply<bool>),
    /// Hear a topic no longer.
    Close(Topic, Reply<()>),
    /// Hear the topics that a filter matches.
    Subscribe(TopicFilter, Reply<()>),
    /// Hear them no longer.
    Unsubscribe(TopicFilter, Reply<()>),
    /// A topic stood there when it was opened.
    Stands(Topic, P),
    /// Whether everything is heard that is wanted.
    Check(Reply<()>),
    /// Hear nothing any more.
    Stop(Reply<()>),
}

//! A node, as its ear knows it.

use std::{fmt, sync::Arc};

use super::{NodeNews, questions::Questions};
use crate::{NodeName, Sink};

/// A node, as its ear knows it: whom it hears for, and where what it hears goes.
pub struct Guest {
    /// The node.
    pub node: NodeName,
    /// Where what is heard is pushed.
    pub sink: Arc<dyn Sink>,
    pub(super) questions: Arc<Questions>,
}

impl Guest {
    /// A node that asks and is asked so many questions at a time.
    #[must_use]
    pub fn new(node: NodeName, sink: Arc<dyn Sink>, questions: usize) -> Self {
        Self {
            node,
            sink,
            questions: Arc::new(Questions::new(questions)),
        }
    }

    /// Something was said to the node, or to all.
    pub fn hear(&self, said: &[u8], is_for_all: bool) {
        let Some(news) = NodeNews::read(said) else {
            tracing::warn!("somebody else speaks where only nodes do");
            return;
        };
        if let Some(delivery) = self.questions.hear(news, &self.node, is_for_all) {
            self.sink.push(delivery);
        }
    }
}

impl fmt::Debug for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Guest").field(&self.node).finish()
    }
}

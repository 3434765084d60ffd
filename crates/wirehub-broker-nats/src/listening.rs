//! How far a topic was heard.

use std::sync::Arc;

use wirehub_broker::{Delivery, NodeName, Sink};
use wirehub_model::{Offset, Position, Topic};

use crate::{
    log_page::{LogPage, PageKind},
    topic_reading::record,
};

/// How far a node has heard a topic.
pub(crate) struct Listening {
    pub(crate) topic: Topic,
    node: NodeName,
    /// Where it stood, and the number of the message that said so.
    pub(crate) last: Option<(Position, u64)>,
    /// The connection was lost: something may have been missed.
    pub(crate) is_behind: bool,
}

impl Listening {
    pub(crate) const fn new(topic: Topic, node: NodeName) -> Self {
        Self {
            topic,
            node,
            last: None,
            is_behind: false,
        }
    }

    /// Whether something stood before a message that was not heard.
    pub(crate) fn misses(&self, page: &LogPage) -> bool {
        self.last.is_some_and(|(last, _)| {
            last.epoch == page.row.position.epoch && page.first() > last.offset.next()
        })
    }

    /// Pushes what is new in a message. Names of connections are unique on their node: elsewhere
    /// nobody is left out, and neither is anybody of what was missed.
    pub(crate) fn take(&mut self, page: &LogPage, number: u64, is_live: bool, sink: &dyn Sink) {
        let last = self.last;
        if last.is_some_and(|(_, heard)| number <= heard) {
            return;
        }
        if self.misses(page) {
            self.tell_of_gap(page, sink);
        }
        for (place, one) in page.places() {
            let is_known = last
                .is_some_and(|(last, _)| last.epoch == place.epoch && place.offset <= last.offset);
            if is_known {
                continue;
            }
            match record(&self.topic, place, &one.publication) {
                Ok(mut record) => {
                    Arc::make_mut(&mut record).echo |= !is_live || page.node != self.node;
                    sink.push(Delivery::Publication(record));
                }
                Err(error) => {
                    let topic = self.topic.as_str();
                    tracing::warn!(topic, %error, "a publication cannot be read");
                }
            }
        }
        if page.kind == PageKind::Forgot {
            let topic = self.topic.clone();
            sink.push(Delivery::Forgotten(topic, page.row.position));
        }
        self.last = Some((page.row.position, number));
    }

    /// Tells that what stood before a message is not there any more.
    fn tell_of_gap(&self, page: &LogPage, sink: &dyn Sink) {
        tracing::warn!(
            topic = self.topic.as_str(),
            "publications were missed that are not kept any more"
        );
        let lost = Position {
            epoch: page.row.position.epoch,
            offset: Offset(page.first().0.saturating_sub(1)),
        };
        sink.push(Delivery::Forgotten(self.topic.clone(), lost));
    }
}

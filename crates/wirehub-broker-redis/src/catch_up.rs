//! Reading what was missed.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;
use wirehub_broker::{BrokerError, Delivery, Sink};
use wirehub_model::{HistoryPage, Offset, Position, Topic};

use crate::{reply::one, server::Server, topic_calls};

/// Publications that are read at a time.
const PAGE: usize = 256;

/// Channels whose publications were missed and cannot be read yet. They are to be begun anew.
#[derive(Default)]
pub(crate) struct Unread {
    channels: Mutex<HashSet<String>>,
    pub(crate) alarm: Arc<Notify>,
}

impl Unread {
    pub(crate) fn add(&self, channel: &str) {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.insert(channel.to_owned());
        self.alarm.notify_one();
    }

    pub(crate) fn take(&self) -> HashSet<String> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *channels)
    }
}

/// Pushes what follows a position, and says how far that reaches: `None` when what was published
/// is not kept, so that whatever comes next is new.
pub(crate) fn fetch(
    server: &Server,
    sink: &dyn Sink,
    topic: &Topic,
    mut last: Position,
) -> Result<Option<Position>, BrokerError> {
    let mut ask = HistoryPage::After(last);
    loop {
        let command = topic_calls::read(&server.keys, topic, ask, PAGE);
        let answer = one(server.topics.ask_and_wait(vec![command])?)?;
        let page = topic_calls::page(topic, answer)?;
        let Some(first) = page.records.first() else {
            if page.gap.is_some() && ask != HistoryPage::Oldest {
                // It has begun anew meanwhile: everything it has is new.
                ask = HistoryPage::Oldest;
                continue;
            }
            return Ok((page.position == last).then_some(last));
        };
        tell_of_gap(sink, topic, last, first.position);
        for mut record in page.records {
            last = record.position;
            // It is not known on which node its publisher was; nobody is left out.
            Arc::make_mut(&mut record).echo = true;
            sink.push(Delivery::Publication(record));
        }
        if !page.more {
            return Ok(Some(last));
        }
        ask = HistoryPage::After(last);
    }
}

/// Tells that what stood between two publications is not kept any more, if there was anything.
fn tell_of_gap(sink: &dyn Sink, topic: &Topic, last: Position, first: Position) {
    let follows = first.epoch == last.epoch && first.offset == last.offset.next();
    if follows || first.offset.0 <= 1 {
        return;
    }
    tracing::warn!(
        topic = topic.as_str(),
        "publications were missed that are not kept any more"
    );
    let lost = Position {
        epoch: first.epoch,
        offset: Offset(first.offset.0 - 1),
    };
    sink.push(Delivery::Forgotten(topic.clone(), lost));
}

//! What the broker pushes.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{Notify, mpsc};
use wirehub_broker::{Delivery, NodeName, RequestId, Sink};
use wirehub_core::{Input, Placement, Told};
use wirehub_model::Topic;

use super::record::publication;
use crate::{clock::Clock, cluster::Heard, letter::Letter, shards::Shards};

/// Where the broker pushes: what concerns a topic goes to its home, words of other nodes to the
/// desk that hears them. It waits where there is no room, and the broker with it.
pub(super) struct ShardSink {
    pub(super) shards: Shards,
    pub(super) placement: Placement,
    pub(super) clock: Clock,
    pub(super) words: mpsc::Sender<Heard>,
    /// Told when a node comes or goes.
    pub(super) changed: Arc<Notify>,
    /// The topic whose members are the nodes.
    pub(super) nodes: Topic,
}

impl Sink for ShardSink {
    fn push(&self, delivery: Delivery) {
        match delivery {
            Delivery::Publication(record) => {
                let exclude = record.from.as_ref().map(|from| from.connection);
                let exclude = exclude.filter(|_| !record.echo);
                let publication = Arc::new(publication(&record, self.clock));
                self.tell(&record.topic, Told::Publication(publication, exclude));
            }
            Delivery::Forgotten(topic, position) => {
                self.tell(&topic.clone(), Told::Emptied(topic, position));
            }
            Delivery::Presence { change, .. } if change.topic == self.nodes => {
                self.changed.notify_one();
            }
            Delivery::Presence {
                change, version, ..
            } => self.tell(&change.topic.clone(), Told::Presence(change, version)),
            Delivery::Control { from, bytes } => self.hear(from, bytes, None),
            Delivery::Request {
                from,
                request,
                bytes,
            } => self.hear(from, bytes, Some(request)),
            Delivery::NodeJoined(_) | Delivery::NodeLeft(_) => self.changed.notify_one(),
            Delivery::Missed => {
                self.changed.notify_one();
                for shard in self.shards.senders() {
                    let _ = shard.blocking_send(Letter::Input(Input::Broker(Told::Missed)));
                }
            }
        }
    }
}

impl ShardSink {
    /// Another node says something, or asks.
    fn hear(&self, from: NodeName, bytes: Bytes, request: Option<RequestId>) {
        let heard = Heard {
            from,
            bytes,
            request,
        };
        // A hub that has stopped hears nobody.
        let _ = self.words.blocking_send(heard);
    }

    /// Tells the home of a topic.
    fn tell(&self, topic: &Topic, told: Told) {
        let home = usize::from(self.placement.home(topic));
        if let Some(shard) = self.shards.senders().get(home) {
            // A shard that has stopped delivers to nobody.
            let _ = shard.blocking_send(Letter::Input(Input::Broker(told)));
        }
    }
}

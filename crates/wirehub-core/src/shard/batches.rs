//! Several publications go out as one message.

use smallvec::SmallVec;
use wirehub_model::{Batch, BatchEntry, ConnectionId, Event, Moment, TopicFilter};

use super::paces::PacedFeeds;
use crate::{
    Encode, Gathered, Shard,
    batch::Patience,
    feeds::{Feed, FeedState},
};

/// Publications of a frame of which somebody wants some left out. Every publisher without an echo
/// gets a frame of its own, so this bounds what a crowd of them costs.
const APART_MAX: usize = 32;

/// Publications that go out together.
#[derive(Debug)]
pub(super) struct Together<'a> {
    /// The topic, or the filter as it was subscribed.
    pub(super) filter: &'a TopicFilter,
    pub(super) gathered: &'a [Gathered],
}

/// Who gets them.
#[derive(Debug)]
pub(super) enum Receivers<'a> {
    /// The subscribers in lists of feeds, but for some slots.
    Lists {
        lists: &'a [(u32, u8)],
        skip: &'a [u32],
    },
    /// Just these.
    Slots(&'a [u32]),
}

impl<E: Encode> Shard<E> {
    /// Payloads that go out together have at most this part of an outbox, so that their frame, with
    /// all that a dialect puts around each, finds room in one.
    pub(super) const OUTBOX_SHARE: usize = 4;

    /// Delivers publications of one topic together to the subscribers on this shard.
    pub(super) fn deliver_many(&mut self, now: Moment, gathered: &[Gathered]) {
        let Some(last) = gathered.last() else {
            return;
        };
        let topic = &last.publication.topic;
        let exact = self.advance(&last.publication);
        let fresh: Vec<Gathered> = gathered
            .iter()
            .filter(|gathered| !gathered.is_expired(now))
            .cloned()
            .collect();
        self.stats.expired += (gathered.len() - fresh.len()) as u64;
        let mut lists: SmallVec<[(u32, u8); 4]> = SmallVec::new();
        let mut paced = PacedFeeds::new();
        let mut found = |number: u32, feed: &Feed| {
            if matches!(feed.state, FeedState::Live(_)) {
                lists.push((number, 0));
                if !feed.groups.is_empty() {
                    paced.push(number);
                }
            }
        };
        if let Some((number, feed)) = exact.and_then(|feed| Some((feed, self.feeds.get(feed)?))) {
            found(number, feed);
        }
        self.feeds.matching(topic, found);
        let together = Together {
            filter: &TopicFilter::from(topic),
            gathered: &fresh,
        };
        // A subscriber who takes deltas may match a filter as well, and gets nothing twice.
        let told = self.deliver_each(exact, &fresh);
        let receivers = Receivers::Lists {
            lists: &lists,
            skip: &told,
        };
        self.send_together(&together, &receivers);
        for (feed, _) in &lists {
            self.deliver_chosen_each(*feed, &fresh);
        }
        self.deliver_paced(now, &paced, &fresh);
    }

    /// Sends publications as one frame, and to those who do not want their own back as a frame
    /// without these.
    pub(super) fn send_together(&mut self, together: &Together<'_>, receivers: &Receivers<'_>) {
        let gathered = together.gathered;
        let apart = gathered.iter().any(|one| self.leaves_out(one, receivers));
        let most = if apart { APART_MAX } else { gathered.len() };
        for part in gathered.chunks(most.max(1)) {
            let mut publishers: Vec<ConnectionId> = part
                .iter()
                .filter(|one| self.leaves_out(one, receivers))
                .filter_map(|one| one.exclude)
                .collect();
            publishers.sort_unstable();
            publishers.dedup();
            for publisher in &publishers {
                self.send_without_echo(together.filter, part, *publisher);
            }
            self.send_part(together.filter, part, receivers, &publishers);
        }
    }

    /// Whether a publication is to be left out for its publisher, who would receive it here.
    fn leaves_out(&self, gathered: &Gathered, receivers: &Receivers<'_>) -> bool {
        let Some(id) = gathered.exclude else {
            return false;
        };
        let Some(connection) = self.connections.get(id) else {
            return false;
        };
        match receivers {
            Receivers::Slots(slots) => slots.contains(&id.slot()),
            Receivers::Lists { lists, skip } => {
                let subscribed = |(feed, list): &(u32, u8)| {
                    let found = connection.subscription(*feed);
                    found.is_some_and(|found| found.place.list() == *list)
                };
                lists.iter().any(subscribed) && !skip.contains(&id.slot())
            }
        }
    }

    fn send_without_echo(
        &mut self,
        filter: &TopicFilter,
        part: &[Gathered],
        publisher: ConnectionId,
    ) {
        let others = part.iter().filter(|one| one.exclude != Some(publisher));
        let others: Vec<&Gathered> = others.collect();
        if others.is_empty() {
            return;
        }
        let patience = self.patience_with_all(&others);
        let batch = batch(filter, &others);
        self.stats.deliveries += others.len() as u64;
        let event = event(&batch);
        self.outbound
            .append(publisher.slot(), patience, &event, &mut self.stats);
    }

    fn send_part(
        &mut self,
        filter: &TopicFilter,
        part: &[Gathered],
        receivers: &Receivers<'_>,
        without: &[ConnectionId],
    ) {
        let all: Vec<&Gathered> = part.iter().collect();
        let patience = self.patience_with_all(&all);
        let batch = batch(filter, &all);
        let event = event(&batch);
        let Self {
            feeds, outbound, ..
        } = self;
        let mut fan_out = outbound.fan_out(&event, patience, None);
        for id in without {
            outbound.skip(&fan_out, id.slot());
        }
        match receivers {
            Receivers::Slots(slots) => outbound.deliver(&mut fan_out, slots),
            Receivers::Lists { lists, skip } => {
                for slot in *skip {
                    outbound.skip(&fan_out, *slot);
                }
                for (feed, list) in *lists {
                    if let Some(feed) = feeds.get(*feed) {
                        outbound.deliver(&mut fan_out, feed.list(*list));
                    }
                }
            }
        }
        let publications = part.iter().map(|one| &*one.publication);
        outbound.finish_many(&fan_out, publications, &mut self.stats);
    }

    fn patience_with_all(&self, gathered: &[&Gathered]) -> Patience {
        let patiences = gathered.iter().map(|one| self.patience(&one.publication));
        patiences.reduce(Patience::with).unwrap_or_default()
    }
}

fn batch(filter: &TopicFilter, gathered: &[&Gathered]) -> Batch {
    let entry = |one: &&Gathered| BatchEntry {
        publication: one.publication.clone(),
        count: one.count,
    };
    Batch {
        filter: filter.clone(),
        entries: gathered.iter().map(entry).collect(),
    }
}

/// One publication that stands for itself needs no batch around it.
fn event(batch: &Batch) -> Event<'_> {
    match &batch.entries[..] {
        [
            BatchEntry {
                publication,
                count: 1,
            },
        ] => Event::Publication(publication),
        _ => Event::Batch(batch),
    }
}

//! What shards tell each other, handed to the parts it concerns.

use wirehub_model::Moment;

use crate::{
    Encode, Output, Relay, Shard, presence_relay::PresenceRelay, watchlist_relay::WatchlistRelay,
};

impl<E: Encode> Shard<E> {
    /// Another shard says something, or this one says it to itself.
    pub(super) fn relayed(&mut self, now: Moment, relay: Relay) {
        if let Some(relay) = self.hold_back(now, relay) {
            self.act_on(now, relay);
        }
    }

    /// Hands what another shard said to the part it concerns, which knows all it needs.
    pub(super) fn act_on(&mut self, now: Moment, relay: Relay) {
        match relay {
            Relay::Publish { draft, origin } => {
                let result = self.place(now, *draft);
                self.published(origin, result);
            }
            Relay::Published { origin, result } => self.published(origin, result),
            Relay::Deliver(publication, exclude) => self.deliver(now, &publication, exclude),
            Relay::DeliverMany(gathered) => self.deliver_many(now, &gathered),
            Relay::Gap {
                topic,
                position,
                gap,
            } => self.gap(now, &topic, position, gap),
            Relay::Interest {
                from,
                filter,
                ticket,
            } => self.interest(now, from, filter, ticket),
            Relay::Interested {
                filter,
                ticket,
                result,
            } => self.interested(now, &filter, ticket, result),
            Relay::Disinterest { from, filter } => self.disinterest(now, from, filter),
            Relay::Attach {
                subscriber,
                ticket,
                topic,
                since,
                entrance,
            } => {
                let result = self.attachment(now, &topic, since, entrance);
                self.answer_attach(now, subscriber, ticket, topic, result);
            }
            Relay::Attached {
                subscriber,
                ticket,
                topic,
                result,
            } => self.attached(now, subscriber, ticket, &topic, result),
            Relay::TakeSession(search) => self.find_session(now, search),
            Relay::SessionTaken(search, session) => self.session_taken(now, &search, session),
            Relay::ReturnSession(session) => self.take_back(now, *session),
            Relay::Recall { query, origin } => self.answer_recall(now, &query, origin),
            Relay::Recalled { origin, result } => self.recalled(origin, result),
            Relay::TellUser(user, direct) => {
                self.tell_user(&user, &direct);
            }
            Relay::TellAfter { from, to, direct } => self.tell_after(now, from, to, &direct),
            Relay::TellBack { from, to, direct } => self.tell_back(from, to, &direct),
            Relay::TellConnection {
                connection,
                direct,
                origin,
            } => self.tell_for(origin, connection, &direct),
            Relay::Told { origin, found } => self.told(origin, found),
            Relay::Presence(PresenceRelay(roll)) => self.heard_roll(now, *roll),
            Relay::Watchlist(WatchlistRelay(said)) => self.heard_sighting(now, *said),
        }
    }

    /// Tells a shard something: another one by way of the runtime, this one at once.
    pub(super) fn tell_shard(&mut self, now: Moment, shard: u16, relay: Relay) {
        if shard == self.settings.index {
            self.relayed(now, relay);
        } else {
            self.relay(shard, relay);
        }
    }

    /// Asks the runtime to carry a message to another shard.
    pub(super) fn relay(&mut self, shard: u16, relay: Relay) {
        self.outputs.push_back(Output::Relay { shard, relay });
    }

    /// All shards but this one.
    pub(super) fn others(&self) -> impl Iterator<Item = u16> + use<E> {
        let me = self.settings.index;
        (0..self.settings.placement.shards()).filter(move |shard| *shard != me)
    }
}

//! What is said, and to whom it goes.

use std::sync::Arc;

use wirehub_model::{
    Address, Audience, ConnectionId, Direct, DirectId, ErrorCode, Event, Member, Message, Moment,
    Namespace, Overflow, Publication, Publish, Published, Publisher, Refusal, Reply, UserId,
};

use super::{choosers, commands::Outcome, paces::PacedFeeds};
use crate::{
    Answer, Ask, Draft, Encode, Gathered, Occurrence, OccurrenceKind, Origin, Output, Relay, Shard,
    batch::Patience,
    feeds::{Feed, FeedState},
    home::{Placed, Rules},
    permissions,
    placement::ShardSet,
};

impl<E: Encode> Shard<E> {
    pub(super) fn publish(
        &mut self,
        now: Moment,
        id: ConnectionId,
        request: Option<u64>,
        wish: Publish,
    ) -> Outcome {
        let Some(connection) = self.connections.get(id) else {
            return Ok(None);
        };
        let principal = &connection.principal;
        let namespaces = &self.settings.namespaces;
        let feed = self.feeds.find_topic(&wish.topic);
        let grant = feed.and_then(|feed| connection.grant(feed));
        let namespace = match grant.filter(|grant| grant.publish) {
            Some(_) => permissions::granted_publish(namespaces, &wish.topic)?,
            None => permissions::publish(namespaces, principal, &wish.topic)?,
        };
        // Whoever is somebody on the topic speaks there as that.
        let Member { user, info, .. } = connection.as_member(grant);
        check_size(namespace, &wish.message)?;
        let ttl = wish.ttl.or(namespace.ttl);
        let from = Publisher {
            user,
            connection: id,
            info,
        };
        self.occurred(OccurrenceKind::Published, |_| {
            Some(Occurrence::Published {
                from: from.clone(),
                topic: wish.topic.clone(),
                message: wish.message.clone(),
            })
        });
        let draft = Draft {
            topic: wish.topic,
            message: wish.message,
            key: wish.key,
            idempotency_key: wish.idempotency_key,
            from: Some(from),
            accepted_at: now,
            expires_at: ttl.map(|ttl| now + ttl),
            exclude: (!wish.echo).then_some(id),
            trace: wish.trace,
        };
        match self.route(now, draft, Origin::Client(id, request)) {
            Some(Ok(published)) => Ok(Some(Reply::Published(published))),
            Some(Err(refusal)) => Err(refusal),
            None => Ok(None),
        }
    }

    /// Gives a draft to its home. Where that is this shard, the result is known at once.
    pub(super) fn route(
        &mut self,
        now: Moment,
        draft: Draft,
        origin: Origin,
    ) -> Option<Result<Published, Refusal>> {
        if self.settings.brokered {
            let ask = Ask::Append(Box::new(draft.into()), origin);
            self.outputs.push_back(Output::Broker(ask));
            return None;
        }
        let home = self.settings.placement.home(&draft.topic);
        if home == self.settings.index {
            return Some(self.place(now, draft));
        }
        let draft = Box::new(draft);
        self.relay(home, Relay::Publish { draft, origin });
        None
    }

    /// As the home: gives a draft its place and sends it to everyone who wants it.
    pub(super) fn place(&mut self, now: Moment, draft: Draft) -> Result<Published, Refusal> {
        let exclude = draft.exclude;
        let rules = Rules {
            namespace: self.settings.namespaces.of_topic(&draft.topic),
            limits: &self.settings.limits,
        };
        let placed = self.home.place(now, draft, rules, &mut self.random)?;
        let (publication, shards) = match placed {
            Placed::New(publication, shards) => (publication, shards),
            Placed::Before(position) => {
                self.stats.duplicates += 1;
                return Ok(Published {
                    position,
                    duplicate: true,
                });
            }
        };
        self.stats.published += 1;
        self.spread(now, &publication, shards, exclude);
        Ok(Published {
            position: publication.position,
            duplicate: false,
        })
    }

    /// As the home: sends a publication that has its place to the shards that want it, at once or
    /// with others.
    pub(super) fn spread(
        &mut self,
        now: Moment,
        publication: &Arc<Publication>,
        shards: ShardSet,
        exclude: Option<ConnectionId>,
    ) {
        if !self.gather(now, publication, shards, exclude) {
            self.spread_at_once(now, publication, shards, exclude);
        }
    }

    /// As the home: sends a publication to the shards that want it.
    pub(super) fn spread_at_once(
        &mut self,
        now: Moment,
        publication: &Arc<Publication>,
        shards: ShardSet,
        exclude: Option<ConnectionId>,
    ) {
        let me = self.settings.index;
        for shard in shards.iter().filter(|shard| *shard != me) {
            self.relay(shard, Relay::Deliver(Arc::clone(publication), exclude));
        }
        if shards.contains(me) {
            self.deliver(now, publication, exclude);
        }
    }

    /// Delivers a publication to the subscribers on this shard.
    pub(super) fn deliver(
        &mut self,
        now: Moment,
        publication: &Arc<Publication>,
        exclude: Option<ConnectionId>,
    ) {
        let exact = self.advance(publication);
        if publication.expires_at.is_some_and(|end| end <= now) {
            self.stats.expired += 1;
            return;
        }
        let skip = self.skipped(exclude);
        let patience = self.patience(publication);
        let event = Event::Publication(publication);
        let Self {
            feeds, outbound, ..
        } = self;
        let mut fan_out = outbound.fan_out(&event, patience, skip);
        if let Some(deltas) = exact.and_then(|feed| feeds.deltas_mut(feed)) {
            outbound.deliver_deltas(&fan_out, deltas, publication, patience, &mut self.stats);
        }
        let mut paced = PacedFeeds::new();
        let mut deliver = |number: u32, feed: &Feed| {
            if matches!(feed.state, FeedState::Live(_)) {
                outbound.deliver(&mut fan_out, &feed.subscribers);
                choosers::deliver(outbound, &mut fan_out, feed, publication);
                if !feed.groups.is_empty() {
                    paced.push(number);
                }
            }
        };
        if let Some((number, feed)) = exact.and_then(|feed| Some((feed, feeds.get(feed)?))) {
            deliver(number, feed);
        }
        feeds.matching(&publication.topic, deliver);
        outbound.finish(&fan_out, Some(publication), &mut self.stats);
        if !paced.is_empty() {
            let gathered = Gathered::one(Arc::clone(publication), exclude);
            self.deliver_paced(now, &paced, &[gathered]);
        }
    }

    /// The slot of a publisher who does not want to receive its publication.
    pub(super) fn skipped(&self, exclude: Option<ConnectionId>) -> Option<u32> {
        exclude
            .filter(|id| self.connections.get(*id).is_some())
            .map(ConnectionId::slot)
    }

    /// Notes where the feed of exactly a publication's topic stands, and returns its number. An
    /// expired publication reaches nobody, but it has its place: who subscribes next is told of it.
    pub(super) fn advance(&mut self, publication: &Publication) -> Option<u32> {
        let exact = self.feeds.find_topic(&publication.topic);
        if let Some(feed) = exact.and_then(|feed| self.feeds.get_mut(feed))
            && let FeedState::Live(position) = &mut feed.state
        {
            *position = Some(publication.position);
        }
        exact
    }

    /// What may happen to a publication that has to wait for a slow reader.
    pub(super) fn patience(&self, publication: &Publication) -> Patience {
        let namespace = self.settings.namespaces.of_topic(&publication.topic);
        let subject = match namespace.overflow {
            Overflow::Disconnect | Overflow::DropOldest => 0,
            Overflow::Latest => {
                let placement = &self.settings.placement;
                placement.subject(&publication.topic, publication.key.as_ref())
            }
        };
        Patience {
            droppable: namespace.overflow != Overflow::Disconnect,
            last: false,
            expires_at: publication.expires_at,
            subject,
        }
    }

    /// A publication got its place, here or elsewhere: tell who waits for it.
    pub(super) fn published(&mut self, origin: Origin, result: Result<Published, Refusal>) {
        if origin.shard() != self.settings.index {
            if result.is_err() || origin.wants_receipt() {
                self.relay(origin.shard(), Relay::Published { origin, result });
            }
            return;
        }
        match origin {
            Origin::Client(id, request) => {
                self.reply(id, request, result.map(Reply::Published));
            }
            Origin::Handle(_, ticket) => self.outputs.push_back(Output::Answer {
                ticket,
                answer: Answer::Published(result),
            }),
        }
    }

    pub(super) fn send(
        &mut self,
        id: ConnectionId,
        request: Option<u64>,
        to: Address,
        message: Message,
    ) -> Outcome {
        let Some(connection) = self.connections.get(id) else {
            return Ok(None);
        };
        let principal = &connection.principal;
        let namespace = permissions::send(&self.settings.namespaces, principal, &to)?;
        check_size(namespace, &message)?;
        let from = Some(Publisher {
            user: principal.user.clone(),
            connection: id,
            info: principal.info.clone(),
        });
        let named = DirectId(self.random.bits());
        let direct = |to, user| {
            Arc::new(Direct {
                id: named,
                to,
                user,
                message,
                from,
            })
        };
        match to {
            Address::User(user) => {
                let direct = direct(Audience::User, Some(user.clone()));
                if self.settings.brokered {
                    // Those here are told with the others, or nobody is.
                    let ask = Ask::TellUser(user, direct, Origin::Client(id, request));
                    self.outputs.push_back(Output::Broker(ask));
                    return Ok(None);
                }
                self.tell_user_everywhere(&user, &direct);
                Ok(Some(Reply::Done))
            }
            Address::Connection(to) if !self.is_of_this_node(to) => {
                if !self.settings.brokered {
                    return Err(not_found());
                }
                let direct = direct(Audience::Connection, None);
                let ask = Ask::TellConnection(to, direct, Origin::Client(id, request));
                self.outputs.push_back(Output::Broker(ask));
                Ok(None)
            }
            Address::Connection(to) if to.shard() == self.settings.index => {
                if self.tell_connection(to, &direct(Audience::Connection, None)) {
                    Ok(Some(Reply::Done))
                } else {
                    Err(not_found())
                }
            }
            Address::Connection(to) if to.shard() < self.settings.placement.shards() => {
                let relay = Relay::TellConnection {
                    connection: to,
                    direct: direct(Audience::Connection, None),
                    origin: Origin::Client(id, request),
                };
                self.relay(to.shard(), relay);
                Ok(None)
            }
            Address::Connection(_) => Err(not_found()),
        }
    }

    /// Tells a user's connections on all shards of this node.
    fn tell_user_everywhere(&mut self, user: &UserId, direct: &Arc<Direct>) {
        self.tell_user(user, direct);
        for shard in self.others() {
            let relay = Relay::TellUser(user.clone(), Arc::clone(direct));
            self.relay(shard, relay);
        }
    }

    /// Other nodes tell a user's connections, and so does this one; or nobody does.
    pub(super) fn user_told(
        &mut self,
        user: &UserId,
        direct: &Arc<Direct>,
        origin: Origin,
        result: Result<(), Refusal>,
    ) {
        if result.is_ok() {
            self.tell_user_everywhere(user, direct);
        }
        if let Origin::Client(id, request) = origin {
            self.reply(id, request, result.map(|()| Reply::Done));
        }
    }

    /// Another node has told a connection, or has no such one, or did not answer.
    pub(super) fn connection_told(&mut self, origin: Origin, result: Result<bool, Refusal>) {
        match (origin, result) {
            (Origin::Client(id, request), Err(refusal)) => self.refuse(id, request, &refusal),
            (_, Ok(found)) => self.told(origin, found),
            // The handle asks other nodes by itself.
            (Origin::Handle(..), Err(_)) => {}
        }
    }

    /// Another shard has told a connection, or has no such one: tell who waits for it.
    pub(super) fn told(&mut self, origin: Origin, found: bool) {
        if origin.shard() != self.settings.index {
            if !found || origin.wants_receipt() {
                self.relay(origin.shard(), Relay::Told { origin, found });
            }
            return;
        }
        match origin {
            Origin::Client(id, request) => {
                let result = if found {
                    Ok(Reply::Done)
                } else {
                    Err(not_found())
                };
                self.reply(id, request, result);
            }
            Origin::Handle(_, ticket) => self.outputs.push_back(Output::Answer {
                ticket,
                answer: Answer::Count(u64::from(found)),
            }),
        }
    }
}

fn check_size(namespace: &Namespace, message: &Message) -> Result<(), Refusal> {
    let bytes = message.payload.bytes().len();
    if bytes <= namespace.payload_bytes {
        return Ok(());
    }
    let most = namespace.payload_bytes;
    Err(Refusal::new(
        ErrorCode::TooLarge,
        format!("the data has {bytes} bytes; the topic allows {most}"),
    ))
}

fn not_found() -> Refusal {
    Refusal::new(ErrorCode::NotFound, "no such connection, or no longer")
}

//! Who is on a topic: as its home, and what is told and asked of it.

use std::sync::Arc;

use wirehub_model::{
    ConnectionId, ErrorCode, Event, Member, Moment, Operation, Payload, PresencePage,
    PresenceQuery, Refusal, Reply, Topic,
};

use super::commands::Outcome;
use crate::{
    Answer, Ask, Attachment, Encode, Entrance, Occurrence, OccurrenceKind, Origin, Output,
    PresenceRelay, Relay, Shard,
    batch::Patience,
    permissions,
    presence_relay::Roll,
    roster::Update,
    rosters::{News, Told, Word, no_member},
};

impl<E: Encode> Shard<E> {
    /// Says something to a shard, which may be this one: then it is heard at once.
    pub(super) fn tell_roll(&mut self, now: Moment, shard: u16, roll: Roll) {
        let relay = PresenceRelay(Box::new(roll));
        self.tell_shard(now, shard, Relay::Presence(relay));
    }

    /// Says something to a topic's home.
    pub(super) fn tell_home(&mut self, now: Moment, topic: &Topic, roll: Roll) {
        let home = self.settings.placement.home(topic);
        self.tell_roll(now, home, roll);
    }

    /// Hands what a shard said about members to the part it concerns.
    pub(super) fn heard_roll(&mut self, now: Moment, roll: Roll) {
        match roll {
            Roll::Leave { topic, connection } => self.leave(now, &topic, connection),
            Roll::Unwatch { from, topic } => self.rosters.unwatch(&topic, from),
            Roll::Update {
                topic,
                connection,
                update,
                origin,
            } => self.update_member(now, &topic, connection, update, origin),
            Roll::Ask { query, origin } => self.answer_query(now, query, origin),
            Roll::Answer { origin, result } => self.answer_roll(origin, result),
            Roll::Change(change) => self.tell_watchers(&change.topic, &Event::Presence(&change)),
            Roll::Occupancy(topic, occupancy) => {
                let event = Event::Occupancy {
                    topic: &topic,
                    occupancy,
                };
                self.tell_watchers(&topic, &event);
            }
            Roll::Lease { from, members } => {
                if !self.rosters.renew(from, members) {
                    let home = self.settings.index;
                    self.tell_roll(now, from, Roll::Lapsed { home });
                }
            }
            Roll::Lapsed { home } => self.rejoin(now, home),
            Roll::Rejoin {
                from,
                topic,
                members,
                watch,
            } => {
                let limits = Arc::clone(&self.settings.limits);
                let watch = watch.then_some(from);
                let rosters = &mut self.rosters;
                rosters.rejoin(now, &topic, members, watch, &limits);
                self.tell_news(now);
            }
        }
    }

    /// As the home: a subscriber begins as a member, unless it is refused. Then nobody has its
    /// session's place any more.
    pub(super) fn enter(
        &mut self,
        now: Moment,
        topic: &Topic,
        entrance: Entrance,
        attachment: Result<Attachment, Refusal>,
    ) -> Result<Attachment, Refusal> {
        if attachment.is_ok() {
            self.follow_crowd(now, topic);
        }
        let Entrance { member, watch, was } = entrance;
        let watch = watch.then(|| member.connection.shard());
        let entered = attachment.and_then(|attachment| {
            let page = match was {
                Some(old) => self.replace(now, topic, old, member, watch),
                None => self.join(now, topic, Arc::new(member), watch),
            }?;
            Ok(Attachment {
                presence: Some(page),
                ..attachment
            })
        });
        if let (Err(_), Some(old)) = (&entered, was) {
            self.leave(now, topic, old);
        }
        entered
    }

    /// As the home: a connection becomes a member of the topic, and everybody who watches is told,
    /// but for whoever the returned page is for. With `watch`, that shard is told what happens from
    /// here on; without it, the page only has the counts.
    pub(super) fn join(
        &mut self,
        now: Moment,
        topic: &Topic,
        member: Arc<Member>,
        watch: Option<u16>,
    ) -> Result<PresencePage, Refusal> {
        let limits = Arc::clone(&self.settings.limits);
        let joined = self.rosters.join(now, topic, member, watch, &limits);
        self.tell_news(now);
        joined
    }

    /// As the home: a connection is a member of the topic no longer.
    pub(super) fn leave(&mut self, now: Moment, topic: &Topic, connection: ConnectionId) {
        let limits = Arc::clone(&self.settings.limits);
        self.rosters.leave(now, topic, connection, &limits);
        self.tell_news(now);
    }

    /// As the home: a resumed session's connection takes the place of the one it lost. Watchers are
    /// told of a change, and of neither a leave nor a join.
    pub(super) fn replace(
        &mut self,
        now: Moment,
        topic: &Topic,
        old: ConnectionId,
        member: Member,
        watch: Option<u16>,
    ) -> Result<PresencePage, Refusal> {
        let limits = Arc::clone(&self.settings.limits);
        let rosters = &mut self.rosters;
        let replaced = rosters.replace(now, topic, old, member, watch, &limits);
        self.tell_news(now);
        replaced
    }

    /// As the home: a member's client or token says something new.
    fn update_member(
        &mut self,
        now: Moment,
        topic: &Topic,
        connection: ConnectionId,
        update: Update,
        origin: Option<Origin>,
    ) {
        let limits = Arc::clone(&self.settings.limits);
        let result = self.rosters.update(now, topic, connection, update, &limits);
        self.tell_news(now);
        if let Some(origin) = origin
            && (result.is_err() || origin.wants_receipt())
        {
            let result = result.map(|()| Reply::Done);
            self.tell_roll(now, origin.shard(), Roll::Answer { origin, result });
        }
    }

    /// As the home: somebody asks who is there.
    fn answer_query(&mut self, now: Moment, mut query: PresenceQuery, origin: Origin) {
        let limit = (query.limit as usize).min(self.settings.limits.members_listed);
        if self.settings.brokered && !self.crowds.knows(&query.topic) {
            query.limit = limit as u32;
            let ask = Ask::Members(query, origin);
            self.outputs.push_back(Output::Broker(ask));
            return;
        }
        let page = self.rosters.page(&query.topic, query.after, limit);
        self.members_told(now, origin, Ok(page));
    }

    /// As the home: tells whoever asked who is there.
    pub(super) fn members_told(
        &mut self,
        now: Moment,
        origin: Origin,
        result: Result<PresencePage, Refusal>,
    ) {
        let result = result.map(Reply::Presence);
        self.tell_roll(now, origin.shard(), Roll::Answer { origin, result });
    }

    /// The home answered whoever asked on this shard.
    fn answer_roll(&mut self, origin: Origin, result: Result<Reply, Refusal>) {
        match (origin, result) {
            (Origin::Client(id, request), result) => self.reply(id, request, result),
            (Origin::Handle(_, ticket), Ok(Reply::Presence(page))) => {
                let answer = Answer::Presence(Ok(page));
                self.outputs.push_back(Output::Answer { ticket, answer });
            }
            (Origin::Handle(_, ticket), Err(refusal)) => {
                let answer = Answer::Presence(Err(refusal));
                self.outputs.push_back(Output::Answer { ticket, answer });
            }
            // The handle asks nothing else.
            (Origin::Handle(..), Ok(_)) => {}
        }
    }

    /// As the home: has the shards tell their watchers what happened, and other nodes theirs.
    pub(super) fn tell_news(&mut self, now: Moment) {
        while let Some(word) = self.rosters.poll_word() {
            let ask = match word {
                Word::Enter(topic, member) => Ask::Enter(topic, member),
                Word::Leave(topic, connection) => Ask::Leave(topic, connection),
            };
            self.outputs.push_back(Output::Broker(ask));
        }
        while let Some(change) = self.rosters.poll_change() {
            let kind = OccurrenceKind::of(change.kind);
            self.occurred(kind, |_| Some(Occurrence::Presence(change)));
        }
        while let Some(News { shards, told }) = self.rosters.poll_news() {
            for shard in shards.iter() {
                let roll = match &told {
                    Told::Change(change) => Roll::Change(Arc::clone(change)),
                    Told::Occupancy(topic, occupancy) => Roll::Occupancy(topic.clone(), *occupancy),
                };
                self.tell_roll(now, shard, roll);
            }
        }
    }

    /// Tells those on this shard who want to know. Nothing of it may be dropped: who reads too
    /// slowly for it is disconnected, and finds out anew when it comes back.
    fn tell_watchers(&mut self, topic: &Topic, event: &Event<'_>) {
        let Some(feed) = self.feeds.find_topic(topic) else {
            return;
        };
        let mut fan_out = self.outbound.fan_out(event, Patience::default(), None);
        self.outbound
            .deliver(&mut fan_out, self.watchers.slots(feed));
        self.outbound.finish(&fan_out, None, &mut self.stats);
    }

    /// Time passed: other shards hear that this one lives, those that are silent are given up, and
    /// counts are told.
    pub(super) fn presence_timeouts(&mut self, now: Moment) {
        let me = self.settings.index;
        for (home, members) in self.holdings.handle_timeout(now) {
            self.tell_roll(now, home, Roll::Lease { from: me, members });
        }
        let limits = Arc::clone(&self.settings.limits);
        self.rosters.handle_timeout(now, &limits);
        self.tell_news(now);
        self.ask_crowds(now);
    }

    /// A client asks who is on a topic.
    pub(super) fn presence(
        &mut self,
        now: Moment,
        id: ConnectionId,
        request: Option<u64>,
        query: PresenceQuery,
    ) -> Outcome {
        let Some(connection) = self.connections.get(id) else {
            return Ok(None);
        };
        let namespace = self.settings.namespaces.of_topic(&query.topic);
        if !namespace.presence {
            return Err(not_enabled());
        }
        permissions::read(
            namespace.read_presence,
            &connection.principal,
            Operation::Presence,
            &query.topic,
        )?;
        self.ask_who(now, query, Origin::Client(id, request))?;
        Ok(None)
    }

    /// Has the topic's home say who is there.
    ///
    /// # Errors
    /// When the namespace of the topic has no presence.
    pub(super) fn ask_who(
        &mut self,
        now: Moment,
        query: PresenceQuery,
        origin: Origin,
    ) -> Result<(), Refusal> {
        let topic = query.topic.clone();
        if !self.settings.namespaces.of_topic(&topic).presence {
            return Err(not_enabled());
        }
        self.tell_home(now, &topic, Roll::Ask { query, origin });
        Ok(())
    }

    /// A client says something new about itself on a topic.
    pub(super) fn change_state(
        &mut self,
        now: Moment,
        id: ConnectionId,
        request: Option<u64>,
        topic: &Topic,
        state: Option<Payload>,
    ) -> Outcome {
        if !self.settings.namespaces.of_topic(topic).presence {
            return Err(not_enabled());
        }
        self.check_state(state.as_ref())?;
        if !self.is_member(id, topic) {
            return Err(no_member());
        }
        let roll = Roll::Update {
            topic: topic.clone(),
            connection: id,
            update: Update::State(state),
            origin: Some(Origin::Client(id, request)),
        };
        self.tell_home(now, topic, roll);
        Ok(None)
    }

    pub(super) fn check_state(&self, state: Option<&Payload>) -> Result<(), Refusal> {
        let bytes = state.map_or(0, |state| state.bytes().len());
        let most = self.settings.limits.state_bytes;
        if bytes <= most {
            return Ok(());
        }
        Err(Refusal::new(
            ErrorCode::TooLarge,
            format!("the state has {bytes} bytes; {most} are allowed"),
        ))
    }
}

pub(super) fn not_enabled() -> Refusal {
    Refusal::new(
        ErrorCode::NotEnabled,
        "presence is not enabled for this topic",
    )
}

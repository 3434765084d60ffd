//! A broker that keeps what it acknowledged, whatever becomes of the node.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use wirehub_core::{Append, Ask, Crowd, Opened, Told};
use wirehub_model::{
    ConnectionId, Epoch, ErrorCode, Key, Member, Moment, Occupancy, Offset, Position,
    PresenceChange, PresenceKind, PresencePage, PresenceQuery, Publication, Published, Refusal,
    Topic, TopicFilter, UserId,
};

use crate::{
    dice::Dice,
    ground::{Family, Ground, USERS, user_id},
    knobs::Knobs,
};

/// The number of another node, which has members and nothing else.
const ELSEWHERE: u16 = 7;

/// One broker for all lives of the node. It does one thing after the other.
#[derive(Debug, Default)]
pub(crate) struct Store {
    topics: BTreeMap<Topic, Kept>,
    /// What the node asked and has not been done.
    asks: VecDeque<(u16, Ask)>,
    /// What the node wants to be told of.
    open: BTreeSet<Topic>,
    filters: BTreeSet<TopicFilter>,
    /// Who is on topics, by what the node said.
    rolls: BTreeMap<Topic, BTreeMap<ConnectionId, Arc<Member>>>,
    /// Changes of rolls so far.
    version: u64,
    /// Members of another node so far.
    guests: u64,
    /// It is away and refuses everything.
    pub(crate) away: bool,
}

/// What is kept of a topic: everything.
#[derive(Debug)]
struct Kept {
    epoch: Epoch,
    log: Vec<Arc<Publication>>,
    receipts: BTreeMap<(Option<UserId>, Key), Position>,
}

/// Something that the broker says, and to whom.
#[derive(Debug)]
pub(crate) enum Say {
    /// To the shard that asked.
    Answer(u16, Told),
    /// To the home of the topic.
    News(Topic, Told),
}

impl Store {
    /// Takes in what a shard asks.
    pub(crate) fn ask(&mut self, shard: u16, ask: Ask) {
        self.asks.push_back((shard, ask));
    }

    /// Does what was asked first.
    pub(crate) fn work(
        &mut self,
        now: Moment,
        knobs: &Knobs,
        ground: &Ground,
        dice: &mut Dice,
    ) -> Vec<Say> {
        let Some((shard, ask)) = self.asks.pop_front() else {
            return Vec::new();
        };
        match ask {
            Ask::Append(append, origin) => {
                let (result, mut says) = self.append(*append, dice);
                says.push(Say::Answer(shard, Told::Appended(origin, result)));
                says
            }
            Ask::Open { topic, crowd } => {
                let result = self.opened(now, &topic, knobs, ground, dice);
                let result = result.map(|opened| Opened {
                    crowd: crowd.then(|| self.crowd(&topic)),
                    ..opened
                });
                vec![Say::Answer(shard, Told::Opened(topic, result))]
            }
            Ask::Close(topic) => {
                self.open.remove(&topic);
                Vec::new()
            }
            Ask::Subscribe(filter) => {
                let result = self.check();
                if result.is_ok() {
                    self.filters.insert(filter.clone());
                }
                vec![Say::Answer(shard, Told::Subscribed(filter, result))]
            }
            Ask::Unsubscribe(filter) => {
                self.filters.remove(&filter);
                Vec::new()
            }
            // Nobody in the simulation asks for it.
            Ask::Forget(_, origin) => vec![Say::Answer(shard, Told::Forgotten(origin, Ok(())))],
            ask => self.work_for_clients(shard, ask),
        }
    }

    /// Does what concerns members and messages to clients.
    fn work_for_clients(&mut self, shard: u16, ask: Ask) -> Vec<Say> {
        let away = self.check().err();
        match (ask, away) {
            (Ask::Enter(topic, member), None) => self.enter(topic, member).into_iter().collect(),
            (Ask::Leave(topic, connection), None) => {
                self.leave(topic, connection).into_iter().collect()
            }
            (Ask::Enter(topic, _) | Ask::Leave(topic, _), Some(_)) => {
                vec![Say::Answer(shard, Told::Unheard(topic))]
            }
            (Ask::Crowd(topic), away) => {
                let result = away.map_or_else(|| Ok(self.crowd(&topic)), Err);
                vec![Say::Answer(shard, Told::Crowd(topic, result))]
            }
            (Ask::Members(query, origin), away) => {
                let result = away.map_or_else(|| Ok(self.page(&query)), Err);
                vec![Say::Answer(shard, Told::Listed(origin, result))]
            }
            (Ask::TellUser(user, direct, origin), away) => {
                let result = away.map_or(Ok(()), Err);
                vec![Say::Answer(
                    shard,
                    Told::UserTold(user, direct, origin, result),
                )]
            }
            // There is no other node.
            (Ask::TellConnection(_, _, origin), _) => {
                vec![Say::Answer(shard, Told::ConnectionTold(origin, Ok(false)))]
            }
            (Ask::TakeSession(search), _) => {
                vec![Say::Answer(shard, Told::SessionFound(search, None))]
            }
            (ask, _) => unreachable!("{ask:?} is done elsewhere"),
        }
    }

    /// A member comes or changes.
    fn enter(&mut self, topic: Topic, member: Arc<Member>) -> Option<Say> {
        let roll = self.rolls.entry(topic.clone()).or_default();
        let kind = match roll.insert(member.connection, Arc::clone(&member)) {
            Some(before) if before == member => return None,
            Some(_) => PresenceKind::Changed,
            None => PresenceKind::Joined,
        };
        self.change(topic, kind, member)
    }

    /// A member goes.
    fn leave(&mut self, topic: Topic, connection: ConnectionId) -> Option<Say> {
        let member = self.rolls.get_mut(&topic)?.remove(&connection)?;
        self.change(topic, PresenceKind::Left, member)
    }

    fn change(&mut self, topic: Topic, kind: PresenceKind, member: Arc<Member>) -> Option<Say> {
        self.version += 1;
        let change = PresenceChange {
            topic: topic.clone(),
            kind,
            member,
            edge: false,
            was: None,
        };
        let is_open = self.open.contains(&topic);
        is_open.then(|| Say::News(topic, Told::Presence(change, self.version)))
    }

    /// A member of another node comes or goes.
    pub(crate) fn guest(&mut self, ground: &Ground, dice: &mut Dice) -> Option<Say> {
        let rooms = ground.topics.iter();
        let rooms: Vec<&Topic> = rooms
            .filter(|(_, family)| *family == Family::Room)
            .map(|(topic, _)| topic)
            .collect();
        let topic = rooms.get(dice.below(rooms.len()))?;
        let roll = self.roll(topic);
        let guests: Vec<_> = roll.iter().filter(|it| is_guest(it.connection)).collect();
        if let Some(guest) = guests.get(dice.below(guests.len() + 1)) {
            return self.leave((*topic).clone(), guest.connection);
        }
        self.guests += 1;
        let member = Member {
            connection: ConnectionId::new(0, 0, self.guests).on(ELSEWHERE),
            user: Some(user_id(dice.below(USERS))),
            info: None,
            state: None,
        };
        self.enter((*topic).clone(), Arc::new(member))
    }

    /// It knows of nobody any more, and not how much it has told.
    pub(crate) fn forget_members(&mut self) {
        self.rolls.clear();
        self.version = 0;
    }

    /// Who is on each topic.
    pub(crate) fn rolls(&self, ground: &Ground) -> Vec<Vec<Arc<Member>>> {
        let topics = ground.topics.iter();
        topics.map(|(topic, _)| self.roll(topic)).collect()
    }

    /// Who is on a topic.
    fn roll(&self, topic: &Topic) -> Vec<Arc<Member>> {
        let roll = self.rolls.get(topic);
        roll.into_iter()
            .flat_map(BTreeMap::values)
            .cloned()
            .collect()
    }

    fn crowd(&self, topic: &Topic) -> Crowd {
        Crowd {
            members: self.roll(topic),
            version: self.version,
        }
    }

    fn page(&self, query: &PresenceQuery) -> PresencePage {
        let all = self.roll(&query.topic);
        let users: BTreeSet<_> = all.iter().filter_map(|it| it.user.as_ref()).collect();
        let occupancy = Occupancy {
            connections: all.len() as u64,
            users: users.len() as u64,
        };
        let mut rest = all.iter().filter(|it| query.after < Some(it.connection));
        let members = rest.by_ref().take(query.limit as usize).cloned();
        PresencePage {
            occupancy,
            members: members.collect(),
            more: rest.next().is_some(),
        }
    }

    /// The node is gone, with everything it asked and everything it wanted. Of what the last
    /// `forgotten` publications of each topic were, a bad store knows nothing any more.
    pub(crate) fn lose_node(&mut self, forgotten: usize) {
        self.asks.clear();
        self.open.clear();
        self.filters.clear();
        for roll in self.rolls.values_mut() {
            roll.retain(|connection, _| is_guest(*connection));
        }
        for kept in self.topics.values_mut() {
            kept.log.truncate(kept.log.len().saturating_sub(forgotten));
        }
    }

    /// What it would tell the node of, by their number.
    pub(crate) fn followed(&self) -> usize {
        self.open.len() + self.filters.len()
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.away {
            return Err(Refusal::new(ErrorCode::Overloaded, "the broker is away"));
        }
        Ok(())
    }

    fn kept(&mut self, topic: &Topic, dice: &mut Dice) -> &mut Kept {
        self.topics.entry(topic.clone()).or_insert_with(|| Kept {
            epoch: Epoch::new(dice.bits()),
            log: Vec::new(),
            receipts: BTreeMap::new(),
        })
    }

    fn append(
        &mut self,
        append: Append,
        dice: &mut Dice,
    ) -> (Result<Published, Refusal>, Vec<Say>) {
        if let Err(refusal) = self.check() {
            return (Err(refusal), Vec::new());
        }
        let told = self.open.contains(&append.topic)
            || self
                .filters
                .iter()
                .any(|filter| filter.matches(&append.topic));
        let kept = self.kept(&append.topic, dice);
        let owner = append.from.as_ref().and_then(|from| from.user.clone());
        let receipt = append.idempotency_key.map(|key| (owner, key));
        let before = receipt
            .as_ref()
            .and_then(|receipt| kept.receipts.get(receipt));
        if let Some(position) = before.copied() {
            let published = Published {
                position,
                duplicate: true,
            };
            return (Ok(published), Vec::new());
        }
        let position = Position {
            epoch: kept.epoch,
            offset: Offset(kept.log.len() as u64 + 1),
        };
        if let Some(receipt) = receipt {
            kept.receipts.insert(receipt, position);
        }
        let from = append.from.as_ref().map(|from| from.connection);
        let exclude = from.filter(|_| !append.echo);
        let publication = Arc::new(Publication {
            topic: append.topic,
            message: append.message,
            key: append.key,
            position,
            from: append.from,
            accepted_at: append.accepted_at,
            expires_at: append.expires_at,
            trace: None,
        });
        kept.log.push(Arc::clone(&publication));
        let published = Published {
            position,
            duplicate: false,
        };
        let told = told.then(|| {
            let told = Told::Publication(Arc::clone(&publication), exclude);
            Say::News(publication.topic.clone(), told)
        });
        (Ok(published), told.into_iter().collect())
    }

    fn opened(
        &mut self,
        now: Moment,
        topic: &Topic,
        knobs: &Knobs,
        ground: &Ground,
        dice: &mut Dice,
    ) -> Result<Opened, Refusal> {
        self.check()?;
        self.open.insert(topic.clone());
        let kept = self.kept(topic, dice);
        let position = Position {
            epoch: kept.epoch,
            offset: Offset(kept.log.len() as u64),
        };
        let rules = knobs.history;
        let young = kept
            .log
            .iter()
            .filter(|it| now.since(it.accepted_at) < rules.ttl);
        let history: Vec<_> = young.cloned().collect();
        let skipped = history.len().saturating_sub(rules.size);
        Ok(Opened {
            position,
            history: history.into_iter().skip(skipped).collect(),
            values: match ground.keeps_values(topic, knobs) {
                true => values(&kept.log, knobs.keys),
                false => Vec::new(),
            },
            crowd: None,
        })
    }
}

/// Whether a connection is one of another node.
pub(crate) const fn is_guest(connection: ConnectionId) -> bool {
    connection.node() == ELSEWHERE
}

/// The last publication, and the last with each of so many keys, in their order.
fn values(log: &[Arc<Publication>], keys: usize) -> Vec<Arc<Publication>> {
    let mut kept: BTreeMap<Offset, Arc<Publication>> = BTreeMap::new();
    for publication in log.iter().filter(|publication| publication.key.is_some()) {
        kept.retain(|_, known| known.key != publication.key);
        kept.insert(publication.position.offset, Arc::clone(publication));
        while kept.len() > keys {
            kept.pop_first();
        }
    }
    let last = log
        .last()
        .map(|last| (last.position.offset, Arc::clone(last)));
    kept.extend(last);
    kept.into_values().collect()
}

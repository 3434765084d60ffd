//! What a client does of its own accord.

use std::time::Duration;

use wirehub_model::{Address, Command, HistoryPage, HistoryQuery, Key, Message, Publish, Topic};

use super::{Client, Deed, Mind, Stage, Wish, WishState};
use crate::{
    feature::Feature,
    ground::{Family, USERS, user_id},
    judge::{Note, Whom},
    letter::payload,
    record::Said,
};

#[derive(Clone, Copy, Debug)]
enum Act {
    Subscribe,
    Unsubscribe,
    Publish,
    Send,
    Ack,
    State,
    Page,
    Ping,
    Leave,
    Vanish,
    Forget,
}

impl Client {
    /// Does one thing, or a few at once.
    pub(super) fn act(&mut self, mind: &mut Mind<'_>, deeds: &mut Vec<Deed>) {
        let acts = mind.dice.pick(&[0, 1, 1, 1, 2, 5]).unwrap_or_default();
        let directs = if mind.knobs.has(Feature::Directs) {
            6
        } else {
            0
        };
        let acks = if mind.knobs.has(Feature::Acks) { 15 } else { 0 };
        let states = if mind.knobs.has(Feature::Presence) {
            6
        } else {
            0
        };
        let pages = if mind.knobs.has(Feature::Paging) {
            3
        } else {
            0
        };
        let parting = if mind.knobs.has(Feature::Cuts) { 1 } else { 0 };
        for _ in 0..acts {
            let act = mind.dice.weighed(&[
                (20, Act::Subscribe),
                (mind.knobs.churn, Act::Unsubscribe),
                (50, Act::Publish),
                (directs, Act::Send),
                (acks, Act::Ack),
                (pages, Act::Page),
                (states, Act::State),
                (2, Act::Ping),
                (2 * parting, Act::Leave),
                (2 * parting, Act::Vanish),
                (parting, Act::Forget),
            ]);
            match act {
                Some(Act::Subscribe) => self.wish(mind, deeds),
                Some(Act::Unsubscribe) => self.end_a_wish(mind, deeds),
                Some(Act::Publish) => self.publish(mind, deeds),
                Some(Act::Send) => self.send(mind, deeds),
                Some(Act::Ack) => self.ack(mind, deeds),
                Some(Act::State) => self.change_state(mind, deeds),
                Some(Act::Page) => self.page(mind, deeds),
                Some(Act::Ping) => deeds.push(Deed::Ping),
                Some(Act::Leave) => {
                    self.stage = Stage::Leaving;
                    deeds.push(Deed::Goodbye);
                    return;
                }
                Some(Act::Vanish) => {
                    deeds.push(Deed::HangUp);
                    return;
                }
                Some(Act::Forget) => {
                    self.wishes.clear();
                    self.drafts.clear();
                    self.session = None;
                    self.coming_back = None;
                    mind.judge.note(self.number, Note::Forgets);
                    deeds.push(Deed::HangUp);
                    return;
                }
                None => {}
            }
        }
    }

    fn wish(&mut self, mind: &mut Mind<'_>, deeds: &mut Vec<Deed>) {
        let place = mind.dice.below(mind.ground.filters.len());
        let Some(filter) = mind.ground.filters.get(place) else {
            return;
        };
        if self.wishes.iter().any(|wish| wish.filter == *filter) {
            return;
        }
        let member = mind.ground.has_members(filter, mind.knobs);
        let says = (member && mind.dice.chance(50)).then(|| mind.judge.next_state());
        self.wishes.push(Wish {
            watch: member && mind.dice.chance(70),
            says,
            ack: mind.knobs.has(Feature::Acks)
                && mind.knobs.history.is_on()
                && filter.as_topic().is_some()
                && mind.dice.chance(40),
            filter: filter.clone(),
            state: WishState::Wanted,
            position: None,
        });
        self.pursue_wishes(mind, deeds);
    }

    fn end_a_wish(&mut self, mind: &mut Mind<'_>, deeds: &mut Vec<Deed>) {
        let place = mind.dice.below(self.wishes.len());
        let id = self.next_id + 1;
        let Some(wish) = self.wishes.get_mut(place) else {
            return;
        };
        if matches!(wish.state, WishState::Live | WishState::Asked(_)) {
            wish.state = WishState::Ending(id);
            let filter = wish.filter.clone();
            self.say(deeds, Command::Unsubscribe { filter });
        }
    }

    fn publish(&mut self, mind: &mut Mind<'_>, deeds: &mut Vec<Deed>) {
        let topic = mind.dice.below(mind.ground.topics.len());
        let Some((name, family)) = mind.ground.topics.get(topic) else {
            return;
        };
        let expires = mind.knobs.has(Feature::Expiry) && *family == Family::Drop;
        let ttl = expires.then(|| {
            let choices = [1, 30, 1_000, 60_000];
            Duration::from_millis(mind.dice.pick(&choices).unwrap_or_default())
        });
        let echo = *family != Family::Quiet;
        let keyed = family.is_keyed() && mind.dice.chance(70);
        let key = keyed.then(|| mind.dice.below(4));
        let number = mind.judge.record.enter(Said {
            topic,
            by: Some(self.number),
            echo,
            ttl,
            key,
            at: mind.now,
            places: Vec::new(),
        });
        let message = Message::of(payload(number, mind.dice.below(mind.knobs.payload)));
        let once = mind.knobs.has(Feature::Idempotency) && mind.dice.chance(50);
        let publish = Publish {
            ttl,
            echo,
            key: key.and_then(|key| Key::parse(&format!("k{key}")).ok()),
            idempotency_key: once
                .then(|| Key::parse(&format!("i{number}")).ok())
                .flatten(),
            ..Publish::to(name.clone(), message)
        };
        if once {
            let id = self.say(deeds, Command::Publish(publish.clone()));
            self.drafts.push((id, publish));
        } else if mind.dice.chance(10) {
            let command = Command::Publish(publish);
            deeds.push(Deed::Say { id: None, command });
        } else {
            self.say(deeds, Command::Publish(publish));
        }
    }

    /// Acknowledges what it has, or a part of it.
    fn ack(&mut self, mind: &mut Mind<'_>, deeds: &mut Vec<Deed>) {
        let may = |wish: &&Wish| wish.ack && wish.state == WishState::Live;
        let wishes: Vec<&Wish> = self.wishes.iter().filter(may).collect();
        let wish = wishes.get(mind.dice.below(wishes.len()));
        let Some((topic, position)) = wish.and_then(|wish| {
            let topic: Topic = wish.filter.as_topic()?;
            Some((topic, wish.position?))
        }) else {
            return;
        };
        let offset = position.offset;
        self.say(deeds, Command::Ack { topic, offset });
    }

    /// Says something new about itself where it is a member.
    fn change_state(&mut self, mind: &mut Mind<'_>, deeds: &mut Vec<Deed>) {
        let mut wishes = self.wishes.iter_mut();
        let wish = wishes.find(|wish| {
            wish.state == WishState::Live && mind.ground.has_members(&wish.filter, mind.knobs)
        });
        let Some((wish, topic)) = wish.and_then(|wish| {
            let topic = wish.filter.as_topic()?;
            Some((wish, topic))
        }) else {
            return;
        };
        wish.says = mind.dice.chance(80).then(|| mind.judge.next_state());
        let state = wish.says.map(|says| payload(says, 0));
        self.say(deeds, Command::State { topic, state });
    }

    fn page(&mut self, mind: &mut Mind<'_>, deeds: &mut Vec<Deed>) {
        let place = mind.dice.below(mind.ground.topics.len());
        let Some((topic, _)) = mind.ground.topics.get(place) else {
            return;
        };
        let known = self
            .wishes
            .iter()
            .find(|wish| wish.filter.as_str() == topic.as_str());
        let page = match (known.and_then(|wish| wish.position), mind.dice.below(3)) {
            (Some(position), 0) => HistoryPage::After(position),
            (Some(position), 1) => HistoryPage::Before(position),
            _ => HistoryPage::Newest,
        };
        let query = HistoryQuery {
            topic: topic.clone(),
            limit: mind.dice.between(1, 20) as u32,
            page,
        };
        self.say(deeds, Command::History(query));
    }

    fn send(&mut self, mind: &mut Mind<'_>, deeds: &mut Vec<Deed>) {
        let peer = mind.dice.pick(mind.peers).flatten();
        let user = mind.dice.below(USERS);
        let (to, whom) = match peer.filter(|_| mind.dice.chance(50)) {
            Some(peer) => (Address::Connection(peer), Whom::Connection(peer)),
            None => (Address::User(user_id(user)), Whom::User(user)),
        };
        let number = mind.judge.enter_direct(whom, mind.now);
        let message = Message::of(payload(number, mind.dice.below(mind.knobs.payload)));
        self.say(deeds, Command::Send { to, message });
    }
}

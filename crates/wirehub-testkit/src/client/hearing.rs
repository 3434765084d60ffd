//! What a client makes of what it hears.

use wirehub_model::{Command, ErrorCode, Recovery, Reply, Subscribed, TopicFilter};

use super::{Client, Deed, Mind, Stage, Wish, WishState};
use crate::letter::{Heard, Letter};

impl Client {
    /// A letter arrived.
    pub(crate) fn hear(&mut self, mind: &mut Mind<'_>, letter: &Letter) -> Vec<Deed> {
        let mut deeds = Vec::new();
        self.heard_at = mind.now;
        match letter {
            Letter::Welcome {
                connection,
                session,
                ..
            } => {
                self.stage = Stage::In;
                self.failures = 0;
                self.connection = Some(*connection);
                self.begin_session(mind, *session, &mut deeds);
            }
            Letter::Reply { id, reply } => self.answered(mind, *id, reply, &mut deeds),
            Letter::Refused { id, refusal } => {
                if let Some(id) = *id
                    && !self.came_back(mind, id, false, &mut deeds)
                {
                    self.refused(id, refusal.code);
                }
            }
            Letter::Publication(heard) | Letter::Delta { heard, .. } => self.note(heard),
            Letter::Batch(entries) => entries.iter().for_each(|(heard, _)| self.note(heard)),
            Letter::Direct { .. } => self.received += 1,
            Letter::Subscribed { filter, subscribed } => {
                self.returned(filter, subscribed, &mut deeds);
            }
            Letter::Unsubscribed { filter, code } => {
                let mut wishes = self.wishes.iter_mut();
                match wishes.find(|wish| wish.filter == *filter) {
                    // It was asked for anew meanwhile.
                    Some(wish) if matches!(wish.state, WishState::Asked(_)) => {}
                    Some(wish) if code.retry() => wish.state = WishState::Wanted,
                    _ => self.wishes.retain(|wish| wish.filter != *filter),
                }
            }
            Letter::Heartbeat => deeds.push(Deed::Alive),
            Letter::Close(_) if self.stage == Stage::Leaving => {}
            Letter::Close(_) => {
                self.stage = Stage::Leaving;
                deeds.push(Deed::Goodbye);
            }
            Letter::Pong
            | Letter::Spread
            | Letter::Presence(_)
            | Letter::Retained(_)
            | Letter::HeartbeatReply
            | Letter::Reconnect
            | Letter::Other(_) => {}
        }
        deeds
    }

    fn answered(&mut self, mind: &mut Mind<'_>, id: u64, reply: &Reply, deeds: &mut Vec<Deed>) {
        match reply {
            Reply::Subscribed(subscribed) => {
                let mut wishes = self.wishes.iter_mut();
                let wish = wishes.find(|wish| wish.state == WishState::Asked(id));
                if let Some(wish) = wish {
                    wish.begin(subscribed);
                }
            }
            Reply::Resumed { .. } => {
                self.came_back(mind, id, true, deeds);
            }
            Reply::Published(_) => self.drafts.retain(|(draft, _)| *draft != id),
            Reply::Done => self
                .wishes
                .retain(|wish| wish.state != WishState::Ending(id)),
            _ => {}
        }
    }

    /// A subscription of the session stands again.
    fn returned(&mut self, filter: &TopicFilter, subscribed: &Subscribed, deeds: &mut Vec<Deed>) {
        let mut wishes = self.wishes.iter_mut();
        match wishes.find(|wish| wish.filter == *filter) {
            Some(wish) if matches!(wish.state, WishState::Ending(_)) => {}
            Some(wish) => {
                // What is recovered is so from where the session was. A client that was never told
                // where that is takes it as new.
                if wish.state != WishState::Returning(true) {
                    wish.position = subscribed.position;
                    wish.ack = false;
                }
                wish.begin(subscribed);
            }
            // It was to be ended when the connection was lost.
            None => {
                let id = self.next_id + 1;
                self.wishes.push(Wish {
                    filter: filter.clone(),
                    ack: false,
                    watch: false,
                    says: None,
                    state: WishState::Ending(id),
                    position: None,
                });
                let filter = filter.clone();
                self.say(deeds, Command::Unsubscribe { filter });
            }
        }
    }

    /// What may pass later is tried again; what may not is wanted no longer.
    fn refused(&mut self, id: u64, code: ErrorCode) {
        self.drafts.retain(|(draft, _)| *draft != id);
        let asked = [WishState::Asked(id), WishState::Ending(id)];
        let mut wishes = self.wishes.iter_mut();
        let Some(wish) = wishes.find(|wish| asked.contains(&wish.state)) else {
            return;
        };
        match code {
            // The session had it after all.
            ErrorCode::AlreadySubscribed => wish.state = WishState::Returning(false),
            code if code.retry() => wish.state = WishState::Wanted,
            _ => self.wishes.retain(|wish| !asked.contains(&wish.state)),
        }
    }

    fn note(&mut self, heard: &Heard) {
        let topic = heard.topic.as_str();
        let mut wishes = self.wishes.iter_mut();
        let wish = wishes.find(|wish| wish.filter.as_str() == topic);
        if let Some(wish) = wish
            && wish.state == WishState::Live
            && let Some(position) = &mut wish.position
            // What was not acknowledged comes again.
            && (position.epoch != heard.position.epoch || position.offset < heard.position.offset)
        {
            *position = heard.position;
        }
    }
}

impl Wish {
    fn begin(&mut self, subscribed: &Subscribed) {
        self.state = WishState::Live;
        if subscribed.recovery != Some(Recovery::Complete) {
            self.position = subscribed.position;
        }
    }
}

//! What a client makes of what it hears.

use wirehub_model::{ErrorCode, Recovery, Reply, Subscribed};

use super::{Client, Deed, Mind, Stage, WishState};
use crate::letter::{Heard, Letter};

impl Client {
    /// A letter arrived.
    pub(crate) fn hear(&mut self, mind: &mut Mind<'_>, letter: &Letter) -> Vec<Deed> {
        let mut deeds = Vec::new();
        self.heard_at = mind.now;
        match letter {
            Letter::Welcome { connection, .. } => {
                self.stage = Stage::In;
                self.failures = 0;
                self.connection = Some(*connection);
                self.pursue_wishes(mind, &mut deeds);
            }
            Letter::Reply { id, reply } => self.answered(*id, reply),
            Letter::Refused { id, refusal } => {
                if let Some(id) = id {
                    self.refused(*id, refusal.code);
                }
            }
            Letter::Publication(heard) => self.note(heard),
            Letter::Unsubscribed { filter, .. } => {
                self.wishes.retain(|wish| wish.filter != *filter);
            }
            Letter::Heartbeat => deeds.push(Deed::Alive),
            Letter::Close(_) if self.stage == Stage::Leaving => {}
            Letter::Close(_) => {
                self.stage = Stage::Leaving;
                deeds.push(Deed::Goodbye);
            }
            Letter::Direct { .. }
            | Letter::Pong
            | Letter::HeartbeatReply
            | Letter::Reconnect
            | Letter::Other(_) => {}
        }
        deeds
    }

    fn answered(&mut self, id: u64, reply: &Reply) {
        match reply {
            Reply::Subscribed(subscribed) => {
                let mut wishes = self.wishes.iter_mut();
                let wish = wishes.find(|wish| wish.state == WishState::Asked(id));
                if let Some(wish) = wish {
                    wish.state = WishState::Live;
                    wish.position = match subscribed {
                        Subscribed {
                            recovery: Some(Recovery::Complete),
                            ..
                        } => wish.position,
                        other => other.position,
                    };
                }
            }
            Reply::Done => self
                .wishes
                .retain(|wish| wish.state != WishState::Ending(id)),
            _ => {}
        }
    }

    /// What may pass later is tried again; what may not is wanted no longer.
    fn refused(&mut self, id: u64, code: ErrorCode) {
        let asked = [WishState::Asked(id), WishState::Ending(id)];
        if code.retry() {
            let mut wishes = self.wishes.iter_mut();
            if let Some(wish) = wishes.find(|wish| asked.contains(&wish.state)) {
                wish.state = WishState::Wanted;
            }
        } else {
            self.wishes.retain(|wish| !asked.contains(&wish.state));
        }
    }

    fn note(&mut self, heard: &Heard) {
        let topic = heard.topic.as_str();
        let mut wishes = self.wishes.iter_mut();
        let wish = wishes.find(|wish| wish.filter.as_str() == topic);
        if let Some(wish) = wish
            && wish.state != WishState::Wanted
            && wish.position.is_some()
        {
            wish.position = Some(heard.position);
        }
    }
}

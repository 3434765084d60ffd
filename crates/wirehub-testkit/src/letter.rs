//! What a shard tells a client, and how it travels.

use std::{cell::RefCell, rc::Rc};

use wirehub_core::{Encode, Flavour};
use wirehub_model::{
    CloseReason, ConnectionId, ErrorCode, Event, Key, Payload, Position, PresenceChange,
    Publication, Recovery, Refusal, Reply, SessionToken, Subscribed, Topic, TopicFilter, UserId,
};

use crate::mutant::Mutant;

/// What a client is told. Its words are those of [`Event`], which borrows what this keeps.
#[derive(Clone, Debug)]
pub(crate) enum Letter {
    Welcome {
        connection: ConnectionId,
        user: Option<UserId>,
        session: Option<SessionToken>,
    },
    Reply {
        id: u64,
        reply: Reply,
    },
    Refused {
        id: Option<u64>,
        refusal: Refusal,
    },
    Publication(Heard),
    Retained(Heard),
    /// What changed since another one; the whole without.
    Delta {
        heard: Heard,
        since: Option<Position>,
    },
    /// Several at once, each with how many it stands for.
    Batch(Vec<(Heard, u32)>),
    Subscribed {
        filter: TopicFilter,
        subscribed: Subscribed,
    },
    Presence(PresenceChange),
    Direct {
        number: Option<u32>,
    },
    Unsubscribed {
        filter: TopicFilter,
        code: ErrorCode,
    },
    Pong,
    Spread,
    Heartbeat,
    HeartbeatReply,
    Reconnect,
    Close(CloseReason),
    /// Something that no scenario asks for.
    Other(&'static str),
}

impl Letter {
    /// Signs of life, which would fill every trace.
    pub(crate) const fn is_routine(&self) -> bool {
        matches!(
            self,
            Self::Pong | Self::Spread | Self::Heartbeat | Self::HeartbeatReply
        )
    }
}

/// A publication as a subscriber gets it.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) topic: Topic,
    pub(crate) position: Position,
    /// The number that its publisher gave it; `None` for a payload that nobody sent.
    pub(crate) number: Option<u32>,
    pub(crate) key: Option<Key>,
    pub(crate) from: Option<ConnectionId>,
}

/// The flavour that cannot tell pongs, heartbeats and goodbyes, like a plain HTTP stream.
pub(crate) const MUTE: u8 = 1;

/// Every letter of a simulation. A frame carries a letter's number in place of its words, so that
/// no simulation spends its time on a wire format.
#[derive(Clone, Debug, Default)]
pub(crate) struct Post(Rc<RefCell<Vec<Rc<Letter>>>>);

const MARK: u8 = 0xA5;
const HEAD: usize = 7;

impl Post {
    /// Reads the next frame of what a client received; `None` when it has not arrived whole.
    pub(crate) fn read(&self, received: &mut Vec<u8>) -> Result<Option<Rc<Letter>>, &'static str> {
        let Some(head) = received.first_chunk::<HEAD>() else {
            return Ok(None);
        };
        let [mark, low, high, number @ ..] = *head;
        let len = usize::from(u16::from_le_bytes([low, high]));
        if mark != MARK || len < HEAD {
            return Err("a frame does not begin where it should");
        }
        let Some(frame) = received.get(..len) else {
            return Ok(None);
        };
        if frame.iter().skip(HEAD).any(|byte| *byte != number[0]) {
            return Err("a frame has bytes of another one");
        }
        let letters = self.0.borrow();
        let letter = letters.get(u32::from_le_bytes(number) as usize);
        let letter = letter.ok_or("a frame that nobody wrote")?;
        received.drain(..len);
        Ok(Some(Rc::clone(letter)))
    }

    fn write(&self, letter: Letter, filling: usize, out: &mut Vec<u8>) {
        let mut letters = self.0.borrow_mut();
        let number = (letters.len() as u32).to_le_bytes();
        letters.push(Rc::new(letter));
        let len = (HEAD + filling).min(usize::from(u16::MAX));
        out.push(MARK);
        out.extend((len as u16).to_le_bytes());
        out.extend(number);
        out.resize(out.len() + len - HEAD, number[0]);
    }
}

/// Writes the frames of one shard.
#[derive(Debug)]
pub(crate) struct Clerk {
    pub(crate) post: Post,
    pub(crate) mutant: Option<Mutant>,
}

impl Encode for Clerk {
    fn encode(&mut self, flavour: Flavour, event: &Event<'_>, out: &mut Vec<u8>) {
        let transport = matches!(
            event,
            Event::Pong | Event::Heartbeat | Event::HeartbeatReply(_) | Event::Close(_)
        );
        if transport && flavour.index() == usize::from(MUTE) {
            return;
        }
        let filling = flavour.index()
            + match event {
                Event::Publication(publication)
                | Event::Retained(publication)
                | Event::Delta {
                    publication,
                    before: None,
                } => publication.message.payload.bytes().len(),
                Event::Direct(direct) => direct.message.payload.bytes().len(),
                _ => 0,
            };
        let mut letter = letter(event);
        match self.mutant {
            Some(Mutant::FalseRecovery) => pretend_all_is_there(&mut letter),
            Some(Mutant::StaleDelta) => change_what_was_before(&mut letter),
            _ => {}
        }
        self.post.write(letter, filling, out);
    }
}

fn letter(event: &Event<'_>) -> Letter {
    match *event {
        Event::Welcome { welcome, .. } => Letter::Welcome {
            connection: welcome.connection,
            user: welcome.user.clone(),
            session: welcome.session.map(|offer| offer.token),
        },
        Event::Reply { id, reply } => Letter::Reply {
            id,
            reply: reply.clone(),
        },
        Event::Refused { id, refusal } => Letter::Refused {
            id,
            refusal: refusal.clone(),
        },
        Event::Publication(publication) => Letter::Publication(heard(publication)),
        Event::Direct(direct) => Letter::Direct {
            number: number(&direct.message.payload),
        },
        Event::Unsubscribed { filter, refusal } => Letter::Unsubscribed {
            filter: filter.clone(),
            code: refusal.code,
        },
        Event::Pong => Letter::Pong,
        Event::Heartbeat => Letter::Heartbeat,
        Event::HeartbeatReply(_) => Letter::HeartbeatReply,
        Event::Reconnect(_) => Letter::Reconnect,
        Event::Close(reason) => Letter::Close(reason),
        Event::Retained(publication) => Letter::Retained(heard(publication)),
        Event::Delta {
            publication,
            before,
        } => Letter::Delta {
            heard: heard(publication),
            since: before.map(|before| before.position),
        },
        Event::Subscribed { filter, subscribed } => Letter::Subscribed {
            filter: filter.clone(),
            subscribed: subscribed.clone(),
        },
        Event::Batch(batch) => {
            let entries = batch.entries.iter();
            let heard = entries.map(|entry| (heard(&entry.publication), entry.count));
            Letter::Batch(heard.collect())
        }
        Event::Presence(change) => Letter::Presence(change.clone()),
        Event::Occupancy { .. } => Letter::Other("a number of members"),
        Event::Spread(_) => Letter::Spread,
        Event::Watchlist { .. } => Letter::Other("who is online"),
        Event::Renewed { .. } => Letter::Other("how long it may stay"),
    }
}

fn heard(publication: &Publication) -> Heard {
    Heard {
        topic: publication.topic.clone(),
        position: publication.position,
        number: number(&publication.message.payload),
        key: publication.key.clone(),
        from: publication.from.as_ref().map(|from| from.connection),
    }
}

/// The payload of the publication or direct message with this number.
pub(crate) fn payload(number: u32, bytes: usize) -> Payload {
    Payload::Json(format!("{number:<bytes$}").into_bytes().into())
}

/// The number that a payload carries.
pub(crate) fn number(payload: &Payload) -> Option<u32> {
    let text = std::str::from_utf8(payload.bytes()).ok()?;
    text.trim_end().parse().ok()
}

fn pretend_all_is_there(letter: &mut Letter) {
    if let Letter::Reply {
        reply: Reply::Subscribed(Subscribed { recovery, .. }),
        ..
    }
    | Letter::Subscribed {
        subscribed: Subscribed { recovery, .. },
        ..
    } = letter
    {
        *recovery = recovery.map(|_| Recovery::Complete);
    }
}

fn change_what_was_before(letter: &mut Letter) {
    if let Letter::Delta {
        since: Some(since), ..
    } = letter
    {
        since.offset.0 = since.offset.0.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_whole_and_in_order() {
        let post = Post::default();
        let mut wire = Vec::new();
        post.write(Letter::Pong, 0, &mut wire);
        post.write(Letter::Heartbeat, 30, &mut wire);
        let mut received = Vec::new();
        let mut read = Vec::new();
        for byte in wire {
            received.push(byte);
            read.extend(post.read(&mut received).unwrap());
        }
        assert!(matches!(*read[0], Letter::Pong), "{read:?}");
        assert!(matches!(*read[1], Letter::Heartbeat), "{read:?}");
        assert_eq!((read.len(), received.len()), (2, 0));
    }

    #[test]
    fn a_lost_byte_is_noticed() {
        let post = Post::default();
        let mut wire = Vec::new();
        post.write(Letter::Pong, 5, &mut wire);
        post.write(Letter::Pong, 5, &mut wire);
        wire.remove(9);
        assert!(post.read(&mut wire).is_err());
    }

    #[test]
    fn a_payload_carries_its_number() {
        assert_eq!(number(&payload(77, 20)), Some(77));
        assert_eq!(payload(77, 20).bytes().len(), 20);
    }
}

//! The direct messages of a session that its client may have missed.

use std::{collections::VecDeque, sync::Arc};

use wirehub_model::{Direct, Limits};

/// The last direct messages to one session, and how many there were: what the client counts too, so
/// its number says which of them it has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letterbox {
    letters: VecDeque<Arc<Direct>>,
    bytes: usize,
    /// How many there were, those that are not kept any more included.
    sent: u64,
}

impl Letterbox {
    /// Takes in a message, and lets the oldest go past the bounds.
    pub(crate) fn push(&mut self, letter: Arc<Direct>, limits: &Limits) {
        self.sent += 1;
        self.bytes += size(&letter);
        self.letters.push_back(letter);
        while self.letters.len() > limits.session_messages || self.bytes > limits.session_bytes {
            let Some(oldest) = self.letters.pop_front() else {
                break;
            };
            self.bytes -= size(&oldest);
        }
    }

    /// What a client that has `received` of them misses: how many are not kept, and the others.
    /// Those in `elsewhere` have reached it on another way.
    pub(crate) fn missed(&self, received: u64, elsewhere: &Self) -> (u64, Vec<Arc<Direct>>) {
        let first = self.sent - self.letters.len() as u64;
        let received = received.min(self.sent);
        let skipped = usize::try_from(received.saturating_sub(first)).unwrap_or(usize::MAX);
        let missed = self.letters.iter().skip(skipped);
        let missed = missed.filter(|letter| !elsewhere.contains(letter));
        (first.saturating_sub(received), missed.cloned().collect())
    }

    /// Goes on with the count of a session whose client had `received` of its messages.
    pub(crate) const fn go_on_from(&mut self, received: u64) {
        self.sent += received;
    }

    fn contains(&self, letter: &Arc<Direct>) -> bool {
        self.letters.iter().any(|known| Arc::ptr_eq(known, letter))
    }
}

fn size(letter: &Direct) -> usize {
    size_of::<Direct>() + letter.message.payload.bytes().len()
}

#[cfg(test)]
mod tests {
    use wirehub_model::{Audience, Message, Payload};

    use super::*;

    fn letter(text: &str) -> Arc<Direct> {
        Arc::new(Direct {
            to: Audience::User,
            message: Message {
                event: None,
                payload: Payload::Json(text.to_owned().into()),
            },
            from: None,
        })
    }

    fn texts(letters: &[Arc<Direct>]) -> Vec<String> {
        let text = |letter: &Arc<Direct>| letter.message.payload.bytes().to_vec();
        let texts = letters.iter().map(text);
        texts.map(|text| String::from_utf8(text).unwrap()).collect()
    }

    #[test]
    fn gives_what_was_not_received_and_counts_what_is_lost() {
        let limits = Limits {
            session_messages: 3,
            ..Limits::default()
        };
        let (mut letters, none) = (Letterbox::default(), Letterbox::default());
        for text in ["1", "2", "3", "4", "5"] {
            letters.push(letter(text), &limits);
        }
        let missed = |received| {
            let (lost, missed) = letters.missed(received, &none);
            (lost, texts(&missed))
        };
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(missed(5), (0, texts(&[])));
        assert_eq!(missed(3), (0, texts(&["4", "5"])));
        assert_eq!(missed(2), (0, texts(&["3", "4", "5"])));
        assert_eq!(missed(0), (2, texts(&["3", "4", "5"])));
        // A client that counts what it never got misses nothing.
        assert_eq!(missed(9), (0, texts(&[])));
    }

    #[test]
    fn keeps_to_its_bytes() {
        let limits = Limits {
            session_bytes: 2 * size(&letter("1")) + 1,
            ..Limits::default()
        };
        let (mut letters, none) = (Letterbox::default(), Letterbox::default());
        for text in ["1", "2", "3"] {
            letters.push(letter(text), &limits);
        }
        assert_eq!(texts(&letters.missed(0, &none).1), ["2", "3"]);
        letters.push(letter(&"x".repeat(1_000)), &limits);
        assert_eq!(letters.missed(0, &none), (4, vec![]));
    }

    #[test]
    fn what_came_on_another_way_is_not_missed() {
        let limits = Limits::default();
        let (mut old, mut new) = (Letterbox::default(), Letterbox::default());
        let both = letter("both");
        old.push(letter("old"), &limits);
        old.push(Arc::clone(&both), &limits);
        new.push(both, &limits);
        assert_eq!(texts(&old.missed(0, &new).1), ["old"]);
    }
}

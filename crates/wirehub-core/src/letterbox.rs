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
    /// The last messages to a session, which came to `sent` with those that are not kept.
    pub(crate) fn of(letters: Vec<Arc<Direct>>, sent: u64) -> Self {
        Self {
            bytes: letters.iter().map(|letter| size(letter)).sum(),
            sent: sent.max(letters.len() as u64),
            letters: letters.into(),
        }
    }

    /// How many there were.
    pub(crate) const fn sent(&self) -> u64 {
        self.sent
    }

    /// Those that are kept, the oldest first.
    pub(crate) fn into_letters(self) -> Vec<Arc<Direct>> {
        self.letters.into()
    }

    /// Takes in a message that may come on two ways; returns whether it is new.
    pub(crate) fn take_in(&mut self, letter: &Arc<Direct>, limits: &Limits) -> bool {
        let new = !self.contains(letter);
        if new {
            self.push(Arc::clone(letter), limits);
        }
        new
    }

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

    /// Goes on with the messages of a session whose client has `received` of them: how many that it
    /// misses are not kept, and the others, which are to be sent. Those that came here before are
    /// sent again: the client has put them aside, since they may be among what it has.
    pub(crate) fn go_on(
        &mut self,
        session: &Self,
        received: u64,
        limits: &Limits,
    ) -> (u64, Vec<Arc<Direct>>) {
        let first = session.sent - session.letters.len() as u64;
        let received = received.min(session.sent);
        let known = usize::try_from(received.saturating_sub(first)).unwrap_or(usize::MAX);
        let here = std::mem::take(self).letters.into_iter();
        let only_here = here.filter(|letter| !session.contains(letter));
        let missed = session.letters.iter().skip(known).cloned();
        let missed: Vec<_> = missed.chain(only_here).collect();
        let had = session.letters.iter().take(known);
        for letter in had.chain(&missed) {
            self.push(Arc::clone(letter), limits);
        }
        self.sent = received + missed.len() as u64;
        (first.saturating_sub(received), missed)
    }

    fn contains(&self, letter: &Arc<Direct>) -> bool {
        self.letters.iter().any(|known| known.id == letter.id)
    }
}

fn size(letter: &Direct) -> usize {
    size_of::<Direct>() + letter.message.payload.bytes().len()
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};

    use wirehub_model::{Audience, DirectId, Message, Payload};

    use super::*;

    fn letter(text: &str) -> Arc<Direct> {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        Arc::new(Direct {
            id: DirectId(hasher.finish()),
            to: Audience::User,
            user: None,
            message: Message::of(Payload::Json(text.to_owned().into())),
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
        let mut letters = Letterbox::default();
        for text in ["1", "2", "3", "4", "5"] {
            letters.push(letter(text), &limits);
        }
        let missed = |received| {
            let (lost, missed) = Letterbox::default().go_on(&letters, received, &limits);
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
        let mut letters = Letterbox::default();
        for text in ["1", "2", "3"] {
            letters.push(letter(text), &limits);
        }
        let missed = Letterbox::default().go_on(&letters, 0, &limits).1;
        assert_eq!(texts(&missed), ["2", "3"]);
        letters.push(letter(&"x".repeat(1_000)), &limits);
        let missed = Letterbox::default().go_on(&letters, 0, &limits);
        assert_eq!(missed, (4, vec![]));
    }

    #[test]
    fn what_came_on_another_way_comes_once() {
        let limits = Limits::default();
        let (mut old, mut new) = (Letterbox::default(), Letterbox::default());
        let both = letter("both");
        let seen = letter("seen");
        old.push(Arc::clone(&seen), &limits);
        old.push(letter("old"), &limits);
        old.push(Arc::clone(&both), &limits);
        for letter in [&both, &seen, &letter("new")] {
            new.push(Arc::clone(letter), &limits);
        }
        assert_eq!(
            texts(&new.go_on(&old, 1, &limits).1),
            ["old", "both", "new"]
        );
        assert!(!new.take_in(&seen, &limits), "it comes late here");
        // The count goes on, and what the client has is still known.
        let mut last = Letterbox::default();
        assert_eq!(texts(&last.go_on(&new, 3, &limits).1), ["new"]);
        assert_eq!(last.sent, 4);
        assert!(last.contains(&both));
    }
}

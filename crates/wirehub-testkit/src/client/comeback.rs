//! How a client comes back after its connection was lost.

use wirehub_model::{Command, Resume, SessionToken};

use super::{Client, ComingBack, Deed, Mind, Wish, WishState};
use crate::feature::Feature;

impl Client {
    /// What it asks to go on with, now or with its credentials; most of the time it does.
    pub(super) fn wish_to_resume(&mut self, mind: &mut Mind<'_>) -> Option<Resume> {
        if !mind.knobs.has(Feature::Sessions) || !mind.dice.chance(90) {
            return None;
        }
        let session = self.session?;
        // Only what the session has is named: other offsets may be of another life of the topic.
        let of_session = |wish: &&Wish| wish.state == WishState::Parted(true);
        let named = self.wishes.iter().filter(of_session).filter_map(|wish| {
            let topic = wish.filter.as_topic()?;
            Some((topic, wish.position?.offset))
        });
        self.coming_back = Some(ComingBack {
            id: self.next_id + 1,
            session,
            received: self.received,
        });
        Some(Resume {
            session,
            received: self.received,
            offsets: named.collect(),
        })
    }

    /// The client is in, with a session of its own from here on.
    pub(super) fn begin_session(
        &mut self,
        mind: &mut Mind<'_>,
        session: Option<SessionToken>,
        deeds: &mut Vec<Deed>,
    ) {
        // Those that came with credentials have asked already.
        let asked = self.coming_back.is_some();
        let resume = if asked {
            None
        } else {
            self.wish_to_resume(mind)
        };
        self.session = session;
        self.received = 0;
        match resume {
            Some(resume) => {
                self.say(deeds, Command::Resume(Box::new(resume)));
            }
            None if asked => {}
            None => self.begin_anew(mind, deeds),
        }
    }

    /// The old session goes on, or does not; returns whether this was about it.
    pub(super) fn came_back(
        &mut self,
        mind: &mut Mind<'_>,
        id: u64,
        resumed: bool,
        deeds: &mut Vec<Deed>,
    ) -> bool {
        let Some(coming) = self.coming_back.take_if(|coming| coming.id == id) else {
            return false;
        };
        if resumed {
            // What came before the answer comes again.
            self.received = coming.received;
            self.back_at = mind.now;
            for wish in &mut self.wishes {
                if wish.state == WishState::Parted(true) {
                    wish.state = WishState::Returning(true);
                }
            }
        }
        self.begin_anew(mind, deeds);
        true
    }

    /// Asks for everything that no session brings back.
    fn begin_anew(&mut self, mind: &mut Mind<'_>, deeds: &mut Vec<Deed>) {
        for wish in &mut self.wishes {
            if matches!(wish.state, WishState::Parted(_)) {
                wish.state = WishState::Wanted;
            }
        }
        self.pursue_wishes(mind, deeds);
        let drafts = std::mem::take(&mut self.drafts);
        for (_, publish) in drafts {
            let id = self.say(deeds, Command::Publish(publish.clone()));
            self.drafts.push((id, publish));
        }
    }
}

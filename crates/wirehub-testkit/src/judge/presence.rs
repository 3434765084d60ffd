//! Whether those who watch a topic know who is there.

use std::collections::BTreeMap;

use wirehub_model::{ConnectionId, Member, PresenceChange, PresenceKind, PresencePage, UserId};

use super::{Judge, witness::Witness};
use crate::{
    ground::{Family, user_id},
    letter,
    promise::{Promise, Verdict, broken},
    store::is_guest,
};

/// Who is on a topic, by what one client was told.
pub(super) type Roster = BTreeMap<ConnectionId, Seen>;

/// A member, as it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    user: Option<UserId>,
    /// What it says about itself, by its number.
    says: Option<u32>,
}

impl Seen {
    fn of(member: &Member) -> Self {
        Self {
            user: member.user.clone(),
            says: member.state.as_ref().and_then(letter::number),
        }
    }
}

impl Witness {
    /// A subscription begins; `watch` says whether it asked who is there, if that is known.
    pub(super) fn begin_roster(
        &mut self,
        topic: usize,
        watch: Option<bool>,
        page: Option<&PresencePage>,
    ) -> Verdict {
        if watch.is_some_and(|watch| watch != page.is_some()) {
            let found = format!("asked who is there: {watch:?}, was told {page:?}");
            return broken(Promise::Presence, found);
        }
        let Some(page) = page else {
            return Ok(());
        };
        let members = page.members.iter();
        let roster: Roster = members
            .map(|member| (member.connection, Seen::of(member)))
            .collect();
        let whole = roster.len() as u64 == page.occupancy.connections && !page.more;
        let itself = self.connection.is_some_and(|me| roster.contains_key(&me));
        if !whole || !itself {
            return broken(Promise::Presence, format!("a snapshot like this: {page:?}"));
        }
        self.rosters.insert(topic, roster);
        Ok(())
    }
}

impl Judge {
    /// Somebody came, changed or went.
    pub(super) fn judge_change(&mut self, client: usize, change: &PresenceChange) -> Verdict {
        let topic = self.ground.number(&change.topic);
        let witness = self.witnesses.get_mut(client);
        let roster = topic.zip(witness).and_then(|(topic, witness)| {
            // It is not known whether a session that is coming back watches.
            witness.rosters.get_mut(&topic)
        });
        let Some(roster) = roster else {
            return broken(
                Promise::Presence,
                format!("does not watch {}", change.topic),
            );
        };
        let (id, seen) = (change.member.connection, Seen::of(&change.member));
        let before = match change.was {
            Some(was) => roster.remove(&was),
            None => roster.get(&id).cloned(),
        };
        let fits = match change.kind {
            PresenceKind::Joined => before.is_none(),
            PresenceKind::Changed => before.is_some_and(|before| before.user == seen.user),
            PresenceKind::Left => before.is_some(),
        };
        if change.kind == PresenceKind::Left {
            roster.remove(&id);
        }
        let alone = !roster.values().any(|known| known.user == seen.user);
        let edge = match change.kind {
            PresenceKind::Changed => false,
            PresenceKind::Joined | PresenceKind::Left => alone,
        };
        if change.kind != PresenceKind::Left {
            roster.insert(id, seen);
        }
        if fits && edge == change.edge {
            return Ok(());
        }
        let (kind, topic) = (change.kind.name(), &change.topic);
        let found = format!(
            "{kind} {id} on {topic} (edge: {}) does not fit",
            change.edge
        );
        broken(Promise::Presence, found)
    }

    /// Who is on a topic: those who were told that they subscribe to it. What they say about
    /// themselves is `None` where it may be one or another.
    pub(super) fn members(
        &self,
        topic: usize,
    ) -> BTreeMap<ConnectionId, (UserId, Option<Option<u32>>)> {
        let mut members = BTreeMap::new();
        let known = self.features.has(crate::feature::Feature::Presence);
        if self.ground.family(topic) != Family::Room || !known {
            return members;
        }
        let name = self.ground.topics.get(topic).map(|(name, _)| name.as_str());
        for witness in &self.witnesses {
            let mut standings = witness.standings.iter();
            let standing = standings.find(|standing| Some(standing.filter.as_str()) == name);
            if let Some((connection, standing)) = witness.connection.zip(standing) {
                members.insert(connection, (user_id(witness.user), standing.says));
            }
        }
        let rolls = self.rolls.as_ref().and_then(|rolls| rolls.get(topic));
        let guests = rolls.into_iter().flatten();
        for guest in guests.filter(|member| is_guest(member.connection)) {
            let user = guest.user.clone().expect("guests are users");
            members.insert(guest.connection, (user, Some(None)));
        }
        members
    }

    /// Everything is quiet: a broker knows exactly who is there too.
    fn judge_rolls(&self) -> Verdict {
        for (topic, roll) in self.rolls.iter().flatten().enumerate() {
            let (roll, members) = (roll.iter(), self.members(topic));
            let roll: Vec<_> = roll.map(|member| member.connection).collect();
            if !roll.iter().eq(members.keys()) {
                let found = format!("the broker knows {roll:?} on {topic}, there are {members:?}");
                return broken(Promise::Presence, found);
            }
        }
        Ok(())
    }

    /// Everything is quiet: whoever watches knows exactly who is there.
    pub(super) fn judge_rosters(&self) -> Verdict {
        self.judge_rolls()?;
        for (client, witness) in self.witnesses.iter().enumerate() {
            for (topic, roster) in &witness.rosters {
                let members = self.members(*topic);
                let same = roster.len() == members.len()
                    && members.iter().all(|(connection, (user, says))| {
                        roster.get(connection).is_some_and(|seen| {
                            let fits = says.is_none_or(|says| says == seen.says);
                            seen.user.as_ref() == Some(user) && fits
                        })
                    });
                if !same {
                    let found = format!("c{client} sees {roster:?}, there are {members:?}");
                    return broken(Promise::Presence, found);
                }
            }
        }
        Ok(())
    }
}

//! The groups of all feeds, and when they are due.

use std::sync::Arc;

use wirehub_model::{ConnectionId, ErrorCode, Moment, Pace, Refusal, TagsFilter};

use super::{
    Feed, Feeds, Manner,
    group::{Group, Held, Release, rounded},
};
use crate::{
    gathering::Gathered,
    place::{Place, vacate},
};

/// Groups of one feed.
const GROUPS_MAX: usize = 16;
const _: () = assert!(GROUPS_MAX < Place::CHOOSERS as usize);

impl Feed {
    /// How many there are who want it.
    pub(crate) fn len(&self) -> usize {
        let paced = self.groups.iter().map(|group| group.members.len());
        let deltas = self.deltas.as_ref().map_or(0, |deltas| deltas.len());
        let choosers = self.choosers.as_ref().map_or(0, |choosers| choosers.len());
        self.subscribers.len() + self.joining.len() + paced.sum::<usize>() + deltas + choosers
    }

    /// Whether everybody left.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The slots of everybody who is in a list.
    pub(crate) fn slots(&self) -> impl Iterator<Item = u32> {
        let groups = self.groups.iter().flat_map(|group| &group.members);
        let deltas = self.deltas.iter().flat_map(|deltas| deltas.slots());
        let choosers = self.choosers.iter();
        let choosers = choosers.flat_map(|choosers| choosers.slots());
        let listed = self.subscribers.iter().chain(groups).copied();
        listed.chain(deltas).chain(choosers)
    }

    /// The subscribers of one list; zero has those without a pace.
    pub(crate) fn list(&self, list: u8) -> &[u32] {
        match list.checked_sub(1) {
            None => &self.subscribers,
            Some(group) => self
                .groups
                .get(usize::from(group))
                .map_or(&[], |group| &group.members),
        }
    }

    /// The numbers of the lists of those with a pace.
    pub(crate) fn paced_lists(&self) -> std::ops::RangeInclusive<u8> {
        1..=self.groups.len() as u8
    }

    /// The pace of a subscriber at a place.
    pub(crate) fn pace(&self, id: ConnectionId, place: Place) -> Option<Pace> {
        let group = usize::from(place.list().checked_sub(1)?);
        if let Some(group) = self.groups.get(group) {
            return Some(group.pace());
        }
        self.joining(id)?.manner.pace()
    }

    /// What a subscriber at a place wants that chooses by tags.
    pub(crate) fn wanted(&self, id: ConnectionId, place: Place) -> Option<&Arc<TagsFilter>> {
        if let (Place::CHOOSERS, Some(choosers)) = (place.list(), &self.choosers) {
            return choosers.wanted(place.index());
        }
        self.joining(id)?.manner.wanted()
    }

    /// Adds a subscriber.
    ///
    /// # Errors
    /// When the feed has as many different paces as it may.
    pub(crate) fn join(&mut self, slot: u32, manner: &Manner) -> Result<Place, Refusal> {
        Ok(match manner {
            Manner::Plain => {
                self.subscribers.push(slot);
                Place::new(0, self.subscribers.len() - 1)
            }
            Manner::Paced(pace) => {
                let number = self.group_with(rounded(*pace))?;
                let group = &mut self.groups[number];
                group.join(slot);
                Place::new(number as u8 + 1, group.members.len() - 1)
            }
            Manner::Deltas => {
                let deltas = self.deltas.get_or_insert_default();
                Place::new(Place::DELTAS, deltas.join(slot))
            }
            Manner::Chosen(wanted) => {
                let choosers = self.choosers.get_or_insert_default();
                Place::new(Place::CHOOSERS, choosers.join(slot, Arc::clone(wanted)))
            }
        })
    }

    /// The number of the group with a pace, which is made where there is none.
    fn group_with(&mut self, pace: Pace) -> Result<usize, Refusal> {
        let mut groups = self.groups.iter();
        if let Some(number) = groups.position(|group| group.pace() == pace) {
            return Ok(number);
        }
        // Places hold the numbers of groups, so one that everybody left stays until it is needed.
        let mut groups = self.groups.iter();
        if let Some(number) = groups.position(|group| group.members.is_empty()) {
            self.groups[number] = Group::new(pace);
            return Ok(number);
        }
        if self.groups.len() >= GROUPS_MAX {
            return Err(Refusal::new(
                ErrorCode::LimitReached,
                "the topic's subscribers have as many different throttles as there may be; use \
                 one that others use, such as 1, 5 or 60 seconds",
            ));
        }
        self.groups.push(Group::new(pace));
        Ok(self.groups.len() - 1)
    }

    /// Removes the subscriber at a place; returns the slot of the one who is there now.
    fn leave(&mut self, place: Place) -> Option<u32> {
        let index = place.index();
        match place.list() {
            0 => {
                vacate(&mut self.subscribers, index);
                self.subscribers.get(index).copied()
            }
            Place::CHOOSERS => {
                let moved = self.choosers.as_mut()?.leave(index);
                self.choosers.take_if(|choosers| choosers.len() == 0);
                moved
            }
            Place::DELTAS => {
                let moved = self.deltas.as_mut()?.leave(index);
                self.deltas.take_if(|deltas| deltas.len() == 0);
                moved
            }
            group => self.group_mut(group)?.leave(index),
        }
    }

    fn group_mut(&mut self, list: u8) -> Option<&mut Group> {
        let group = list.checked_sub(1)?;
        self.groups.get_mut(usize::from(group))
    }
}

impl Feeds {
    /// Takes a subscriber out of a feed; returns the slot of the one who is in its place now.
    pub(crate) fn leave(&mut self, feed: u32, place: Place) -> Option<u32> {
        let list = place.list();
        let entry = self.slab.get_mut(feed as usize)?;
        let moved = entry.leave(place);
        if let Some(group) = entry.group_mut(list)
            && group.members.is_empty()
        {
            // Nobody is left for whom anything could be held back.
            let until = group.until();
            *group = Group::new(group.pace());
            until.map(|until| self.due.remove(&(until, feed, list)));
        }
        moved
    }

    /// Holds a publication back for the members of a group, unless there are none, within
    /// `bytes_max` bytes of what is held back for them.
    pub(crate) fn hold(
        &mut self,
        feed: u32,
        list: u8,
        gathered: Gathered,
        bytes_max: usize,
    ) -> Held {
        let group = self.group_mut(feed, list);
        let group = group.filter(|group| !group.members.is_empty());
        group.map_or_else(Held::default, |group| group.hold(gathered, bytes_max))
    }

    /// What a group is to be sent, if it is due.
    pub(crate) fn release(&mut self, now: Moment, feed: u32, list: u8) -> Option<Release> {
        let due = self.group_mut(feed, list)?.is_due(now);
        due.then(|| self.release_early(now, feed, list))?
    }

    /// What a group is to be sent, due or not.
    pub(crate) fn release_early(&mut self, now: Moment, feed: u32, list: u8) -> Option<Release> {
        let group = self.group_mut(feed, list)?;
        let before = group.until();
        let release = group.release(now);
        let after = group.until();
        before.map(|until| self.due.remove(&(until, feed, list)));
        after.map(|until| self.due.insert((until, feed, list)));
        Some(release)
    }

    /// When the next group is due.
    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        self.due.first().map(|(until, ..)| *until)
    }

    /// A group that is due: its feed and its list.
    pub(crate) fn poll_due(&self, now: Moment) -> Option<(u32, u8)> {
        let (until, feed, list) = self.due.first()?;
        (*until <= now).then_some((*feed, *list))
    }

    fn group_mut(&mut self, feed: u32, list: u8) -> Option<&mut Group> {
        self.slab.get_mut(feed as usize)?.group_mut(list)
    }
}

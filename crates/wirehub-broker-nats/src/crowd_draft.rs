//! A crowd as it is while changes are put together.

use std::collections::BTreeMap;

use wirehub_broker::BrokerError;
use wirehub_model::{Member, PresenceKind, UserId};

use crate::{
    crowd_job::{CrowdJob, Stay},
    crowd_page::{CrowdNews, CrowdPage},
};

/// A crowd as far as changes touch it.
pub(crate) struct CrowdDraft {
    pub(crate) page: CrowdPage,
    /// The number of the message that holds the page.
    pub(crate) number: u64,
    /// Members by the subject of each.
    pub(crate) members: BTreeMap<String, Option<Member>>,
    /// Connections of users.
    pub(crate) users: BTreeMap<UserId, u64>,
    /// The members that have changed, and whose they are.
    pub(crate) changed: BTreeMap<String, Stay>,
    /// The users whose connections have changed.
    pub(crate) counted: Vec<UserId>,
}

impl CrowdDraft {
    /// Makes a change, unless there are too many members.
    pub(crate) fn apply(
        &mut self,
        place: &str,
        job: &CrowdJob,
        bound: usize,
    ) -> Result<(), BrokerError> {
        let before = self.members.get(place).cloned().flatten();
        if before == job.member {
            return Ok(());
        }
        let user = |member: &Option<Member>| member.as_ref().map(|member| member.user.clone());
        let is_same = user(&before) == user(&job.member);
        match (before, &job.member) {
            (Some(_), Some(member)) if is_same => {
                self.tell(PresenceKind::Changed, member.user.is_none(), job, member);
            }
            (before, after) => {
                let connections = self.page.occupancy.connections;
                if before.is_none() && connections >= bound as u64 {
                    return Err(BrokerError::TooManyMembers(bound));
                }
                if let Some(member) = &before {
                    let edge = self.count(member.user.as_ref(), false);
                    self.tell(PresenceKind::Left, edge, job, member);
                }
                if let Some(member) = after {
                    let edge = self.count(member.user.as_ref(), true);
                    self.tell(PresenceKind::Joined, edge, job, member);
                }
            }
        }
        self.members.insert(place.to_owned(), job.member.clone());
        self.changed.insert(place.to_owned(), job.stay.clone());
        Ok(())
    }

    fn tell(&mut self, kind: PresenceKind, edge: bool, job: &CrowdJob, member: &Member) {
        self.page.news.push(CrowdNews {
            kind,
            edge,
            node: job.stay.node.clone(),
            member: member.clone(),
        });
    }

    /// A connection comes or goes; whether it is the first or the last one of its user.
    fn count(&mut self, user: Option<&UserId>, comes: bool) -> bool {
        let occupancy = &mut self.page.occupancy;
        let step = |count: u64| match comes {
            true => count + 1,
            false => count.saturating_sub(1),
        };
        occupancy.connections = step(occupancy.connections);
        let Some(user) = user else { return true };
        let count = self.users.entry(user.clone()).or_default();
        let before = *count;
        *count = step(before);
        self.counted.push(user.clone());
        let edge = if comes { before == 0 } else { *count == 0 };
        if edge {
            occupancy.users = step(occupancy.users);
        }
        edge
    }
}

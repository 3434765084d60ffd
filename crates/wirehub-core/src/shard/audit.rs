//! Looking for what is left over.

use std::time::Duration;

use wirehub_model::Moment;

use crate::{Audit, AuditPlace, Encode, Shard, Stray, audit::Part, connection::Connection};

impl<E: Encode> Shard<E> {
    /// Looks at so many connections or subscribers, from a place on, and names those that should
    /// not be there: whatever is `grace` behind its time. Everything that is due has to be done
    /// before, or it would be taken for forgotten.
    #[must_use]
    pub fn audit(&self, now: Moment, from: AuditPlace, most: usize, grace: Duration) -> Audit {
        match from.0 {
            Part::Connections(slot) => self.audit_connections(now, slot, most, grace),
            Part::Feeds(feed, behind) => self.audit_feeds(feed, behind, most),
        }
    }

    fn audit_connections(&self, now: Moment, from: u32, most: usize, grace: Duration) -> Audit {
        let mut audit = Audit::default();
        if from == 0 {
            for (connection, overdue) in self.sessions.overdue(now).take(Audit::STRAYS) {
                if overdue > grace {
                    audit.add(Stray::Session {
                        connection,
                        overdue,
                    });
                }
            }
        }
        let mut last = None;
        for connection in self.connections.from(from).take(most) {
            last = Some(connection.id.slot());
            self.audit_connection(now, connection, grace, &mut audit);
        }
        // No connection may lie behind the last one; then the next look finds none.
        audit.next = Some(AuditPlace(match last {
            Some(slot) => Part::Connections(slot + 1),
            None => Part::Feeds(0, 0),
        }));
        audit
    }

    fn audit_connection(
        &self,
        now: Moment,
        connection: &Connection,
        grace: Duration,
        audit: &mut Audit,
    ) {
        let settings = &self.settings;
        let deadline = connection.deadline(settings.heartbeat, settings.expiry_grace);
        let overdue = now.since(deadline);
        if overdue > grace {
            audit.add(Stray::Connection {
                connection: connection.id,
                overdue,
            });
        }
        let mut subscriptions = connection.subscriptions.iter();
        if subscriptions.any(|subscription| self.feeds.get(subscription.feed).is_none()) {
            audit.add(Stray::Subscription {
                connection: connection.id,
            });
        }
    }

    fn audit_feeds(&self, from: u32, behind: usize, most: usize) -> Audit {
        let (mut audit, mut behind, mut left) = (Audit::default(), behind, most.max(1));
        for (number, feed) in self.feeds.from(from) {
            let mut seen = 0;
            for slot in feed.slots().skip(behind).take(left) {
                seen += 1;
                let connection = self.connections.at(slot);
                let subscribes =
                    connection.is_some_and(|connection| connection.subscription(number).is_some());
                if !subscribes {
                    let filter = feed.filter.clone();
                    audit.add(Stray::Subscriber { filter, slot });
                }
            }
            left -= seen;
            if left == 0 {
                audit.next = Some(AuditPlace(Part::Feeds(number, behind + seen)));
                break;
            }
            behind = 0;
        }
        audit
    }
}

#[cfg(test)]
mod tests;

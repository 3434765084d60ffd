//! One client and how long it is given.

use std::time::Duration;

use smallvec::SmallVec;
use wirehub_model::{
    CloseCause, ConnectionId, Grant, Heartbeat, Limits, Member, Moment, Position, Principal,
};

use crate::{Phase, carried::Carried, place::Place, rate::Bucket};

/// Everything the shard keeps about a client, but for its outgoing bytes.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    pub(crate) state: State,
    pub(crate) principal: Principal,
    pub(crate) opened_at: Moment,
    pub(crate) last_seen: Moment,
    heart: Heart,
    /// The tick of the earliest entry in the timer wheel that counts; others are stale. Zero for
    /// none.
    pub(crate) scheduled: u32,
    /// Sorted by feed. Two need no memory of their own.
    pub(crate) subscriptions: SmallVec<[Subscription; 2]>,
    pub(crate) rates: Rates,
    /// Messages in a row that were not valid.
    pub(crate) bad_messages: u32,
    /// Requests that came too fast, less those that did not.
    pub(crate) rate_refusals: u32,
    /// Calls that wait for the application.
    pub(crate) calls: u32,
    /// The halves of the secret in the session's token.
    secret: [u64; 2],
    carried: Option<Box<Carried>>,
}

/// Where the connection is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Credentials are due by a deadline, or being checked.
    Connecting { until: Moment, checking: bool },
    /// The client is in.
    Open,
    /// A close frame was sent. The client's is awaited until a deadline, unless it came already.
    Closing {
        until: Moment,
        cause: CloseCause,
        answered: bool,
    },
}

/// The heartbeat, and what it told last, in sixteen bytes.
#[derive(Clone, Copy, Debug)]
struct Heart {
    at: Moment,
    sent: bool,
    /// How long the last heartbeat and its answer were under way, in microseconds; zero before
    /// there was one.
    round_trip: u32,
}

/// What comes next of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beat {
    /// The next look at whether the client has been silent for too long.
    Due(Moment),
    /// A heartbeat was sent then, and its answer is awaited.
    Sent(Moment),
}

impl Heart {
    const fn new(at: Moment) -> Self {
        Self {
            at,
            sent: false,
            round_trip: 0,
        }
    }

    const fn beat(self) -> Beat {
        match self.sent {
            false => Beat::Due(self.at),
            true => Beat::Sent(self.at),
        }
    }

    const fn next(&mut self, beat: Beat) {
        (self.sent, self.at) = match beat {
            Beat::Due(at) => (false, at),
            Beat::Sent(at) => (true, at),
        };
    }

    /// When it has to be looked at.
    fn deadline(self, heartbeat: Heartbeat) -> Moment {
        match self.beat() {
            Beat::Due(at) => at,
            Beat::Sent(at) => at + heartbeat.timeout,
        }
    }
}

/// A subscription: a feed, and the connection's place among its subscribers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subscription {
    pub(crate) feed: u32,
    pub(crate) place: Place,
}

/// One bucket for each rate limit of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rates {
    pub(crate) messages: Bucket,
    pub(crate) publications: Bucket,
    pub(crate) subscriptions: Bucket,
    pub(crate) calls: Bucket,
}

/// What a connection's deadline asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Nothing yet; look again then.
    Nothing,
    /// Send a heartbeat.
    Heartbeat,
    /// The answer to a heartbeat did not come.
    HeartbeatTimeout,
    /// Credentials did not come.
    AuthenticationTimeout,
    /// Credentials expired and were not replaced.
    Expired,
    /// A proof that came with a subscription expired and was not renewed.
    GrantExpired,
    /// The client's close frame did not come.
    CloseTimeout,
}

impl Connection {
    pub(crate) fn new(
        id: ConnectionId,
        now: Moment,
        first_beat: Duration,
        limits: &Limits,
        secret: u128,
    ) -> Self {
        let bucket = Bucket::full(now);
        Self {
            id,
            state: State::Connecting {
                until: now + limits.authentication_timeout,
                checking: false,
            },
            principal: Principal::default(),
            opened_at: now,
            last_seen: now,
            heart: Heart::new(now + first_beat),
            scheduled: 0,
            subscriptions: SmallVec::new(),
            rates: Rates {
                messages: bucket,
                publications: bucket,
                subscriptions: bucket,
                calls: bucket,
            },
            bad_messages: 0,
            rate_refusals: 0,
            calls: 0,
            secret: [(secret >> 64) as u64, secret as u64],
            carried: None,
        }
    }

    /// The secret in the session's token.
    pub(crate) const fn secret(&self) -> u128 {
        let [high, low] = self.secret;
        ((high as u128) << 64) | low as u128
    }

    /// What it carries for its session; nothing yet unless there was need to.
    pub(crate) fn carried(&self) -> Option<&Carried> {
        self.carried.as_deref()
    }

    /// What it carries for its session, to be changed.
    pub(crate) fn carry(&mut self) -> &mut Carried {
        self.carried.get_or_insert_default()
    }

    /// Hands over what it carries, to its session, which goes on without it.
    pub(crate) fn hand_over(&mut self) -> Carried {
        let carried = std::mem::take(self.carry());
        self.carry().handed_over = true;
        carried
    }

    /// Whether its session goes on without it: whoever sees it as a member sees it until that ends.
    pub(crate) fn is_handed_over(&self) -> bool {
        self.carried().is_some_and(|carried| carried.handed_over)
    }

    /// What the proof opened that came with a subscription.
    pub(crate) fn grant(&self, feed: u32) -> Option<&Grant> {
        self.carried()?.grants.get(&feed)
    }

    /// The connection as a member of a topic, where a proof may say who it is there.
    pub(crate) fn as_member(&self, grant: Option<&Grant>) -> Member {
        let user = grant.and_then(|grant| grant.user.clone());
        let info = grant.and_then(|grant| grant.info.clone());
        Member {
            connection: self.id,
            user: user.or_else(|| self.principal.user.clone()),
            info: info.or_else(|| self.principal.info.clone()),
            state: None,
        }
    }

    fn grants_end(&self) -> Option<Moment> {
        self.carried()?.grants_end()
    }

    /// Where a subscription that acknowledges stands.
    pub(crate) fn acked_mut(&mut self, feed: u32) -> Option<&mut Position> {
        self.carried.as_mut()?.acks.get_mut(&feed)
    }

    pub(crate) const fn phase(&self) -> Phase {
        match self.state {
            State::Connecting { .. } => Phase::Connecting,
            State::Open => Phase::Open,
            State::Closing { .. } => Phase::Closing,
        }
    }

    /// When the connection has to be looked at next.
    pub(crate) fn deadline(&self, heartbeat: Heartbeat, expiry_grace: Duration) -> Moment {
        match self.state {
            State::Connecting { until, .. } | State::Closing { until, .. } => until,
            State::Open => {
                let beat = self.heart.deadline(heartbeat);
                let ends = [self.principal.expires_at, self.grants_end()];
                let ends = ends.into_iter().flatten().map(|at| at + expiry_grace);
                ends.fold(beat, Moment::min)
            }
        }
    }

    /// What has to be done at `now`; moves the heartbeat on.
    pub(crate) fn due(&mut self, now: Moment, heartbeat: Heartbeat, expiry_grace: Duration) -> Due {
        match self.state {
            State::Connecting { until, .. } if until <= now => Due::AuthenticationTimeout,
            State::Closing { until, .. } if until <= now => Due::CloseTimeout,
            State::Connecting { .. } | State::Closing { .. } => Due::Nothing,
            State::Open => {
                let expires_at = self.principal.expires_at;
                if expires_at.is_some_and(|at| at + expiry_grace <= now) {
                    return Due::Expired;
                }
                let grants_end = self.grants_end();
                if grants_end.is_some_and(|at| at + expiry_grace <= now) {
                    return Due::GrantExpired;
                }
                self.beat_due(now, heartbeat)
            }
        }
    }

    /// Notes a sign of life. The first one after a heartbeat is its answer: a heartbeat is sent to
    /// who was silent for long, and who says something of its own just then is rare.
    pub(crate) fn seen(&mut self, now: Moment) -> Option<Duration> {
        let before = std::mem::replace(&mut self.last_seen, now);
        let Beat::Sent(sent) = self.heart.beat() else {
            return None;
        };
        let took = (before < sent).then(|| now.since(sent))?;
        self.heart.round_trip = u32::try_from(took.as_micros()).unwrap_or(u32::MAX).max(1);
        Some(took)
    }

    /// How long the last heartbeat and its answer were under way, if there were any.
    pub(crate) fn round_trip(&self) -> Option<Duration> {
        let micros = u64::from(self.heart.round_trip);
        (micros > 0).then(|| Duration::from_micros(micros))
    }

    /// Any traffic from the client is a sign of life, so a busy connection needs no heartbeats.
    fn beat_due(&mut self, now: Moment, heartbeat: Heartbeat) -> Due {
        if self.heart.deadline(heartbeat) > now {
            return Due::Nothing;
        }
        match self.heart.beat() {
            Beat::Sent(sent) if self.last_seen < sent => Due::HeartbeatTimeout,
            Beat::Due(_) | Beat::Sent(_) => {
                let silent_until = self.last_seen + heartbeat.interval;
                // The first beat comes early, at a random moment, so that connections that were
                // made together do not beat together for ever.
                let first = self.last_seen == self.opened_at;
                if silent_until > now && !first {
                    self.heart.next(Beat::Due(silent_until));
                    return Due::Nothing;
                }
                self.heart.next(Beat::Sent(now));
                Due::Heartbeat
            }
        }
    }

    /// The heartbeat that was just sent will not be answered: the next follows in its time.
    pub(crate) fn expect_nothing(&mut self, now: Moment, heartbeat: Heartbeat) {
        self.last_seen = now;
        self.heart.next(Beat::Due(now + heartbeat.interval));
    }

    pub(crate) fn subscription(&self, feed: u32) -> Option<Subscription> {
        let found = self.find(feed).ok()?;
        self.subscriptions.get(found).copied()
    }

    pub(crate) fn add_subscription(&mut self, subscription: Subscription, grant: Option<&Grant>) {
        if let Err(place) = self.find(subscription.feed) {
            self.subscriptions.insert(place, subscription);
        }
        if let Some(grant) = grant {
            self.carry().grants.insert(subscription.feed, grant.clone());
        }
    }

    pub(crate) fn remove_subscription(&mut self, feed: u32) -> Option<Subscription> {
        let found = self.find(feed).ok()?;
        if let Some(carried) = &mut self.carried {
            carried.acks.remove(&feed);
            carried.grants.remove(&feed);
        }
        Some(self.subscriptions.remove(found))
    }

    /// The connection moved to another place among the feed's subscribers.
    pub(crate) fn move_subscription(&mut self, feed: u32, place: Place) {
        if let Ok(found) = self.find(feed)
            && let Some(subscription) = self.subscriptions.get_mut(found)
        {
            subscription.place = place;
        }
    }

    fn find(&self, feed: u32) -> Result<usize, usize> {
        self.subscriptions
            .binary_search_by_key(&feed, |subscription| subscription.feed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEARTBEAT: Heartbeat = Heartbeat {
        interval: Duration::from_secs(25),
        timeout: Duration::from_secs(10),
    };

    fn at(seconds: u64) -> Moment {
        Moment::ZERO + Duration::from_secs(seconds)
    }

    fn open(first_beat: u64) -> Connection {
        let id = ConnectionId::new(0, 0, 0);
        let first_beat = Duration::from_secs(first_beat);
        let mut connection = Connection::new(id, at(0), first_beat, &Limits::default(), 0);
        connection.state = State::Open;
        connection
    }

    fn due(connection: &mut Connection, seconds: u64) -> Due {
        connection.due(at(seconds), HEARTBEAT, Duration::from_secs(30))
    }

    #[test]
    fn a_silent_connection_gets_a_heartbeat_and_then_an_end() {
        let mut connection = open(7);
        assert_eq!(due(&mut connection, 6), Due::Nothing);
        assert_eq!(due(&mut connection, 7), Due::Heartbeat);
        assert_eq!(due(&mut connection, 16), Due::Nothing);
        assert_eq!(due(&mut connection, 17), Due::HeartbeatTimeout);
    }

    #[test]
    fn an_answer_begins_the_next_interval() {
        let mut connection = open(7);
        assert_eq!(due(&mut connection, 7), Due::Heartbeat);
        connection.last_seen = at(8);
        assert_eq!(due(&mut connection, 17), Due::Nothing);
        assert_eq!(connection.heart.beat(), Beat::Due(at(33)));
        assert_eq!(due(&mut connection, 33), Due::Heartbeat);
    }

    #[test]
    fn the_first_sign_of_life_after_a_heartbeat_tells_the_round_trip_time() {
        let mut connection = open(7);
        assert_eq!(connection.seen(at(2)), None, "there was no heartbeat yet");
        assert_eq!(due(&mut connection, 27), Due::Heartbeat);
        assert_eq!(connection.seen(at(30)), Some(Duration::from_secs(3)));
        assert_eq!(connection.seen(at(31)), None, "it was answered");
        assert_eq!(connection.round_trip(), Some(Duration::from_secs(3)));
    }

    #[test]
    fn who_does_not_answer_is_sent_heartbeats_all_the_same() {
        let mut connection = open(7);
        assert_eq!(due(&mut connection, 7), Due::Heartbeat);
        connection.expect_nothing(at(7), HEARTBEAT);
        assert_eq!(due(&mut connection, 17), Due::Nothing);
        assert_eq!(connection.heart.beat(), Beat::Due(at(32)));
        assert_eq!(due(&mut connection, 32), Due::Heartbeat);
    }

    #[test]
    fn a_busy_connection_needs_no_heartbeat() {
        let mut connection = open(7);
        connection.last_seen = at(6);
        assert_eq!(due(&mut connection, 7), Due::Nothing);
        assert_eq!(connection.heart.beat(), Beat::Due(at(31)));
    }

    #[test]
    fn expired_credentials_end_it_after_the_grace() {
        let mut connection = open(7);
        connection.last_seen = at(20);
        connection.principal.expires_at = Some(at(1));
        assert_eq!(due(&mut connection, 30), Due::Nothing);
        assert_eq!(
            connection.deadline(HEARTBEAT, Duration::from_secs(30)),
            at(31)
        );
        assert_eq!(due(&mut connection, 31), Due::Expired);
    }
}

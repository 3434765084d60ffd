use std::sync::Arc;

use wirehub_core::{Answer, Ask, DrainPlan, Input, Recipient, Relay, Request, SessionSearch, Told};
use wirehub_model::{CloseReason, ConnectionId, Direct};

use crate::{
    broker::{self, Broker},
    cluster::{Client, Cluster, Rules},
    sessions_go_on_elsewhere::resume,
    words::{publish, seconds, send_to_connection, send_to_user, subscribe, unsubscribe, user},
};

const SHARDS: u16 = 2;

/// Two nodes at one broker. What one asks of the other is in the test's hands until it settles.
struct Nodes {
    here: Cluster,
    there: Cluster,
    broker: Broker,
    /// Searches that the other node was asked for: by whom, the ticket, and the shard that waits.
    searches: Vec<(Asker, u64, u16, Box<SessionSearch>)>,
}

/// Which of the two asks.
#[derive(Clone, Copy)]
enum Asker {
    Here,
    There,
}

impl Nodes {
    fn new() -> Self {
        let node = |node| Rules {
            node,
            resume_within: seconds(30),
            ..broker::rules()
        };
        Self {
            here: Cluster::with(SHARDS, node(1)),
            there: Cluster::with(SHARDS, node(2)),
            broker: Broker::default(),
            searches: Vec::new(),
        }
    }

    /// The node that asks, and the one that is asked.
    const fn both(&mut self, asker: Asker) -> (&mut Cluster, &mut Cluster) {
        match asker {
            Asker::Here => (&mut self.here, &mut self.there),
            Asker::There => (&mut self.there, &mut self.here),
        }
    }

    /// Everything comes to rest on both.
    fn settle(&mut self) {
        loop {
            self.here.settle();
            self.there.settle();
            let moved = self.hand_over();
            if !self.work(Asker::Here) && !self.work(Asker::There) && !moved {
                break;
            }
        }
    }

    /// Carries what was found to those who asked for it; returns whether there was anything.
    fn hand_over(&mut self) -> bool {
        let before = self.searches.len();
        for (asker, ticket, shard, search) in std::mem::take(&mut self.searches) {
            let (node, other) = self.both(asker);
            match other.answer(ticket) {
                Some(Answer::Session(handover)) => {
                    let told = Told::SessionFound(search, handover);
                    node.input(shard, Input::Broker(told));
                }
                Some(answer) => panic!("not a session: {answer:?}"),
                None => self.searches.push((asker, ticket, shard, search)),
            }
        }
        self.searches.len() < before
    }

    /// Does the oldest thing that a node asked, of the other or of the broker; returns whether
    /// there was one.
    fn work(&mut self, asker: Asker) -> bool {
        let (node, other) = self.both(asker);
        let Some((shard, ask)) = node.asks.pop_front() else {
            return false;
        };
        match ask {
            Ask::TakeSession(search) => {
                let presented = search.presented();
                let at = presented.place().shard();
                let ticket = other.begin(at, Request::TakeSession(presented));
                self.searches.push((asker, ticket, shard, search));
            }
            Ask::TellAfter(to, direct) => {
                tell(other, to, direct);
            }
            Ask::TellConnection(to, direct, origin) => {
                let found = tell(other, to, direct);
                node.input(
                    shard,
                    Input::Broker(Told::ConnectionTold(origin, Ok(found))),
                );
            }
            Ask::TellUser(user, direct, origin) => {
                for shard in 0..SHARDS {
                    let relay = Relay::TellUser(user.clone(), direct.clone());
                    other.input(shard, Input::Relay(relay));
                }
                let told = Told::UserTold(user, direct, origin, Ok(()));
                node.input(shard, Input::Broker(told));
            }
            ask => {
                let (node, broker) = match asker {
                    Asker::Here => (&mut self.here, &mut self.broker),
                    Asker::There => (&mut self.there, &mut self.broker),
                };
                node.asks.push_front((shard, ask));
                broker.work(node);
            }
        }
        true
    }

    /// A client there wants to go on with a session from here; returns what it hears.
    fn resume_there(&mut self, new: Client, old: Client, offsets: &[(&str, u64)]) -> Vec<String> {
        let wish = resume(&self.here, old, 0, offsets);
        self.there.say(new, 7, wish);
        self.settle();
        self.there.hear(new)
    }
}

/// Tells a connection of a node; returns whether it is there.
fn tell(node: &mut Cluster, to: ConnectionId, direct: Arc<Direct>) -> bool {
    let shard = to.shard();
    let to = Recipient::Connection(to);
    let answer = node.request(shard, Request::Tell { to, direct });
    matches!(answer, Answer::Count(1))
}

#[test]
fn a_session_goes_on_on_another_node() {
    let mut nodes = Nodes::new();
    let publisher = nodes.there.join(0, user("pub"));
    let old = nodes.here.join(0, user("ann"));
    nodes.here.say(old, 1, subscribe("kept/1"));
    nodes.settle();
    nodes.there.say(publisher, None, publish("kept/1", "1"));
    nodes.settle();
    nodes.here.hear(old);
    nodes.here.vanish(old);
    nodes
        .there
        .say(publisher, None, send_to_user("ann", "letter"));
    nodes.there.say(publisher, None, publish("kept/1", "2"));
    nodes.settle();

    let new = nodes.there.join(1, user("ann"));
    let heard = nodes.resume_there(new, old, &[("kept/1", 1)]);
    let expected = [
        "resumed #7 lost 0",
        "direct to user: letter",
        "subscribed kept/1 at 2 recovered",
        "message kept/1 at 2: 2",
    ];
    assert_eq!(heard, expected);
    // Nothing of it is left behind, and it is counted where it was.
    let (here, there) = (nodes.here.stats(), nodes.there.stats());
    assert_eq!((here.sessions_parked, here.sessions_ended), (0, [1, 0, 0]));
    assert_eq!(there.sessions_ended, [0, 0, 0]);
    nodes.there.say(publisher, None, publish("kept/1", "3"));
    nodes.settle();
    assert_eq!(nodes.there.hear(new), ["message kept/1 at 3: 3"]);
}

#[test]
fn what_comes_late_is_sent_after_it_and_comes_once() {
    let mut nodes = Nodes::new();
    let other = nodes.here.join(1, user("bob"));
    let old = nodes.here.join(0, user("ann"));
    let connection = nodes.here.id(old);
    nodes.here.vanish(old);
    let new = nodes.there.join(0, user("ann"));
    assert_eq!(nodes.resume_there(new, old, &[]), ["resumed #7 lost 0"]);

    // Both nodes have it for the user: it is told once, in its own words.
    nodes.here.say(other, 1, send_to_user("ann", "both"));
    nodes.settle();
    assert_eq!(nodes.there.hear(new), ["direct to user: both"]);
    assert_eq!(nodes.here.hear(other), ["done #1"]);
    // The name of the old connection leads to the new one.
    nodes
        .here
        .say(other, 2, send_to_connection(connection, "old name"));
    nodes.settle();
    assert_eq!(nodes.there.hear(new), ["direct to connection: old name"]);

    // The count went along, with those that came on the way: of three, the client has one.
    nodes.there.vanish(new);
    let third = nodes.here.join(0, user("ann"));
    let wish = resume(&nodes.there, new, 1, &[]);
    nodes.here.say(third, 8, wish);
    nodes.settle();
    let expected = ["resumed #8 lost 0", "direct to connection: old name"];
    assert_eq!(nodes.here.hear(third), expected);
}

#[test]
fn nobody_else_gets_it() {
    let mut nodes = Nodes::new();
    let old = nodes.here.join(0, user("ann"));
    nodes.here.vanish(old);
    let thief = nodes.there.join(0, user("eve"));
    let refused = ["refused #7 not_resumable"];
    assert_eq!(nodes.resume_there(thief, old, &[]), refused);
    let new = nodes.there.join(0, user("ann"));
    assert_eq!(nodes.resume_there(new, old, &[]), ["resumed #7 lost 0"]);
    // It moved; who asks for it again is led there, and it is his who has it.
    assert_eq!(nodes.resume_there(thief, old, &[]), refused);
    let again = nodes.there.join(1, user("ann"));
    assert_eq!(nodes.resume_there(again, old, &[]), ["resumed #7 lost 0"]);
    nodes.there.assert_closed(new, CloseReason::Resumed);
}

/// A connection that is lost before the session comes keeps it, and whoever presents the old name
/// anywhere is led there.
#[test]
fn who_is_gone_again_when_it_comes_finds_it_later() {
    let mut nodes = Nodes::new();
    let old = nodes.here.join(0, user("ann"));
    nodes.here.say(old, 1, subscribe("kept/1"));
    nodes.settle();
    nodes.here.vanish(old);
    let other = nodes.there.join(1, user("bob"));
    nodes.there.say(other, None, send_to_user("ann", "letter"));
    nodes.settle();

    let new = nodes.there.join(0, user("ann"));
    let wish = resume(&nodes.here, old, 0, &[("kept/1", 0)]);
    nodes.there.say(new, 7, wish.clone());
    nodes.there.vanish(new);
    nodes.settle();
    assert_eq!(nodes.here.stats().sessions_parked, 0);
    assert_eq!(nodes.there.stats().sessions_parked, 1);

    let back = nodes.here.join(1, user("ann"));
    nodes.here.say(back, 8, wish);
    nodes.settle();
    let expected = [
        "resumed #8 lost 0",
        "direct to user: letter",
        "subscribed kept/1 at 0 recovered",
    ];
    assert_eq!(nodes.here.hear(back), expected);
    assert_eq!(nodes.there.stats().sessions_parked, 0);
}

#[test]
fn what_the_application_ended_meanwhile_stays_ended() {
    let mut nodes = Nodes::new();
    let old = nodes.here.join(0, user("ann"));
    for name in ["kept/1", "kept/2", "kept/3"] {
        nodes.here.say(old, 1, subscribe(name));
    }
    nodes.here.say(old, 2, unsubscribe("kept/3"));
    nodes.settle();
    nodes.here.vanish(old);
    let who = Recipient::Connection(nodes.here.id(old));
    let filter = crate::words::filter("kept/2");
    nodes.here.request(0, Request::Unsubscribe { who, filter });

    let new = nodes.there.join(0, user("ann"));
    let mut heard = nodes.resume_there(new, old, &[("kept/1", 0)]);
    heard.sort();
    let expected = [
        "resumed #7 lost 0",
        "subscribed kept/1 at 0 recovered",
        "unsubscribed kept/2 not_subscribed",
    ];
    assert_eq!(heard, expected);
}

/// A client that moves is heard here until it hangs up, so its session is not taken from it.
#[test]
fn who_moves_away_from_a_drain_begins_anew() {
    let mut nodes = Nodes::new();
    let old = nodes.here.join(0, user("ann"));
    let plan = DrainPlan {
        moves_per_second: None,
        spread: seconds(8),
        closes_per_second: 20,
        deadline: seconds(20),
        reason: CloseReason::ServiceRestart,
    };
    for shard in 0..SHARDS {
        nodes.here.input(shard, Input::Drain(plan));
    }
    nodes.settle();
    let new = nodes.there.join(0, user("ann"));
    let refused = ["refused #7 not_resumable"];
    assert_eq!(nodes.resume_there(new, old, &[]), refused);
    assert_eq!(nodes.here.hung_up(old), None);
}

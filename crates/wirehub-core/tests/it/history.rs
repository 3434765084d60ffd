//! Random histories: what happens in them, and whether what clients heard fits together.
//!
//! Topics under `keep/` are never dropped and never expire, so subscribers see them without a gap.
//! Those under `drop/` may be dropped and expire. Nobody wants an echo under `quiet/`. Under `who/`
//! every other client asks to be told who comes and goes. Those under `window/` wait for each
//! other; under `newest/`, newer ones stand for older ones with their key.

use std::{collections::BTreeSet, time::Duration};

use wirehub_core::{Recipient, Request};
use wirehub_model::{CloseReason, Command, Limits, Namespace, Namespaces, Overflow, Window};

use super::{
    cluster::{Client, Cluster, Rules},
    transcript::{Asked, Record, Transcript},
    words::{
        filter, publish, publish_about, publish_for, publish_without_echo, resume, seconds,
        send_to_connection, send_to_user, social, state, subscribe, subscribe_at_pace, unsubscribe,
        user, user_id, watch,
    },
};

pub(crate) const SHARDS: u16 = 3;
pub(crate) const USERS: [&str; 2] = ["ann", "bob"];
/// Families of topics and their homes.
pub(crate) const TOPICS: [(&str, u16); 8] = [
    ("keep", 0),
    ("keep", 1),
    ("drop", 1),
    ("quiet", 2),
    ("who", 1),
    ("who", 2),
    ("window", 0),
    ("newest", 1),
];

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Open { shard: u16, user: usize },
    Subscribe { who: usize, filter: usize },
    Pace { who: usize, filter: usize },
    Unsubscribe { who: usize, filter: usize },
    Publish { who: usize, topic: usize },
    State { who: usize, topic: usize },
    SendToUser { who: usize, user: usize },
    SendToConnection { who: usize, to: usize },
    Ping { who: usize },
    Disconnect { shard: u16, user: usize },
    Goodbye { who: usize },
    Vanish { who: usize },
    Resume { who: usize, old: usize },
    Room { who: usize, bytes: usize },
    Carry { pair: usize },
    Pass { millis: u64 },
    LongTurns(bool),
    EndTurns,
}

impl Step {
    /// Reads a step from any three bytes, for those who make histories out of bytes.
    pub(crate) fn from_bytes([kind, one, two]: [u8; 3]) -> Self {
        let (who, byte) = (usize::from(one % 8), usize::from(two));
        let (filter, topic) = (byte % (TOPICS.len() + 2), byte % TOPICS.len());
        let (shard, user) = (u16::from(one) % SHARDS, byte % USERS.len());
        match kind % 28 {
            0 | 1 => Self::Open { shard, user },
            2..=5 => Self::Subscribe { who, filter },
            6 | 7 => Self::Unsubscribe { who, filter },
            8..=11 => Self::Publish { who, topic },
            12 => Self::SendToUser { who, user },
            13 => Self::SendToConnection { who, to: byte % 8 },
            14 => Self::Ping { who },
            15 => Self::Disconnect { shard, user },
            16 => Self::Goodbye { who },
            17 => Self::Vanish { who },
            18 | 19 => Self::Room { who, bytes: byte },
            20 => Self::Carry { pair: byte },
            21 => Self::Pass {
                millis: 8 * u64::from(two),
            },
            22 => Self::State { who, topic },
            23 => Self::Resume { who, old: byte % 8 },
            24 | 25 => Self::Pace { who, filter },
            26 => Self::LongTurns(two.is_multiple_of(2)),
            _ => Self::EndTurns,
        }
    }
}

/// A cluster with what its clients think.
struct History {
    cluster: Cluster,
    clients: Vec<(Client, Transcript)>,
    topics: Vec<String>,
    filters: Vec<String>,
    next_id: u64,
}

impl History {
    fn new() -> Self {
        let dropping = Namespace {
            overflow: Overflow::DropOldest,
            ..Namespace::new(filter("drop/#"))
        };
        let window = |latest| Window {
            time: Duration::from_millis(50),
            count: 5,
            latest,
        };
        let windowed = Namespace {
            window: Some(window(false)),
            ..Namespace::new(filter("window/#"))
        };
        let newest = Namespace {
            window: Some(window(true)),
            overflow: Overflow::Latest,
            ..Namespace::new(filter("newest/#"))
        };
        let list = vec![dropping, windowed, newest, social("who/#")];
        let rules = Rules {
            limits: Limits {
                subscriptions: 4,
                outbox_bytes: 120,
                messages_per_second: 0,
                publications_per_second: 0,
                subscriptions_per_second: 0,
                ..Limits::default()
            },
            namespaces: Namespaces::new(list, Namespace::new(filter("#"))),
            resume_within: seconds(2),
            ..Rules::default()
        };
        let cluster = Cluster::with(SHARDS, rules);
        let topics = TOPICS.map(|(family, home)| cluster.topic_at(home, family));
        let topics: Vec<String> = topics.into();
        let mut filters = topics.clone();
        filters.extend(["keep/+".to_owned(), "#".to_owned()]);
        Self {
            cluster,
            clients: Vec::new(),
            topics,
            filters,
            next_id: 0,
        }
    }

    fn play(&mut self, step: &Step) {
        match step {
            Step::Open { shard, user: name } => {
                let principal = user(USERS[*name]);
                let client = self.cluster.open(*shard, Some(principal));
                self.clients.push((client, Transcript::of(USERS[*name])));
            }
            Step::Subscribe { who, filter } => {
                let text = self.filters[*filter].clone();
                let watches = text.starts_with("who/") && who.is_multiple_of(2);
                let wish = if watches { watch } else { subscribe };
                let wish = wish(&text);
                self.say(*who, wish, Asked::Subscribe(text));
            }
            Step::Pace { who, filter } => self.pace(*who, *filter),
            Step::Unsubscribe { who, filter } => {
                let text = self.filters[*filter].clone();
                self.say(*who, unsubscribe(&text), Asked::Unsubscribe(text));
            }
            Step::Publish { who, topic } => self.publish(*who, *topic),
            Step::State { who, topic } => {
                let wish = state(&self.topics[*topic], &who.to_string());
                self.say(*who, wish, Asked::Other);
            }
            Step::SendToUser { who, user } => {
                self.say(*who, send_to_user(USERS[*user], "hi"), Asked::Other);
            }
            Step::SendToConnection { who, to } => {
                if let Some((to, _)) = self.clients.get(*to) {
                    let send = send_to_connection(self.cluster.id(*to), "hi");
                    self.say(*who, send, Asked::Other);
                }
            }
            Step::Resume { who, old } => {
                if let Some((old, _)) = self.clients.get(*old) {
                    let session = self.cluster.session(*old);
                    self.say(*who, resume(session), Asked::Other);
                }
            }
            Step::Disconnect { shard, user } => {
                let who = Recipient::User(user_id(USERS[*user]));
                let reason = CloseReason::Disconnected;
                self.cluster
                    .request(*shard, Request::Disconnect { who, reason });
            }
            Step::Carry { pair } => {
                let pairs = self.cluster.busy_pairs();
                if let Some((from, to)) = pairs.get(pair % pairs.len().max(1)) {
                    self.cluster.carry(*from, *to);
                }
            }
            Step::Pass { millis } => {
                self.cluster.now = self.cluster.now + Duration::from_millis(*millis);
            }
            Step::LongTurns(long) => self.cluster.long_turns = *long,
            Step::EndTurns => self.cluster.flush(),
            Step::Ping { who }
            | Step::Goodbye { who }
            | Step::Vanish { who }
            | Step::Room { who, .. } => {
                self.act(*who, step);
            }
        }
    }

    fn pace(&mut self, who: usize, filter: usize) {
        let text = self.filters[filter].clone();
        let command = subscribe_at_pace(&text, Duration::from_millis(500), None);
        self.say(who, command, Asked::Pace(text));
    }

    /// What needs no answer.
    fn act(&mut self, who: usize, step: &Step) {
        let Some((client, _)) = self.clients.get(who) else {
            return;
        };
        if !self.cluster.is_connected(*client) {
            return;
        }
        match step {
            Step::Ping { .. } => self.cluster.say(*client, None, Command::Ping),
            Step::Goodbye { .. } => self.cluster.say_goodbye(*client),
            Step::Vanish { .. } => self.cluster.vanish(*client),
            Step::Room { bytes, .. } => self.cluster.set_room(*client, *bytes),
            _ => {}
        }
    }

    fn say(&mut self, who: usize, command: Command, asked: Asked) {
        if let Some((client, transcript)) = self.clients.get_mut(who) {
            self.next_id += 1;
            transcript.ask(self.next_id, asked);
            self.cluster.say(*client, self.next_id, command);
        }
    }

    fn publish(&mut self, who: usize, topic: usize) {
        let name = self.topics[topic].clone();
        let text = format!("{who}-{}", self.next_id);
        let command = match name.split('/').next() {
            Some("quiet") => publish_without_echo(&name, &text),
            Some("newest") => publish_about(&name, &format!("k{who}"), &text),
            Some("drop") => publish_for(&name, &text, seconds(1)),
            _ => publish(&name, &text),
        };
        self.say(who, command, Asked::Other);
    }

    /// Lets everybody read everything, and compares.
    fn check(&mut self) {
        self.cluster.long_turns = false;
        for (client, _) in &self.clients {
            self.cluster.set_room(*client, usize::MAX);
        }
        self.cluster.settle();
        // Nobody comes back any more to the sessions that wait; windows and spans end, so that
        // everybody hears the last of everything.
        self.cluster.pass(seconds(3));
        let paced: BTreeSet<String> = self
            .clients
            .iter()
            .flat_map(|(_, transcript)| transcript.asked_at_pace())
            .collect();
        let (mut record, mut open, mut closing, mut subscriptions) = (Record::new(), 0, 0, 0);
        for (me, (client, transcript)) in self.clients.iter_mut().enumerate() {
            transcript.paced_by_somebody.clone_from(&paced);
            transcript.read(me, &self.cluster.hear(*client), &mut record);
            if !self.cluster.is_connected(*client) {
                continue;
            }
            assert_eq!(self.cluster.heard_in_part(*client), b"");
            if transcript.closed {
                closing += 1;
            } else {
                transcript.assert_answered();
                open += 1;
                subscriptions += transcript.subscriptions.len() as u64;
            }
        }
        for (client, transcript) in &self.clients {
            if self.cluster.is_connected(*client) && !transcript.closed {
                transcript.assert_up_to_date(&record);
            }
        }
        let stats = self.cluster.stats();
        assert_eq!(self.check_presence(), stats.members);
        assert_eq!(stats.connections, [0, open, closing]);
        assert_eq!(stats.subscriptions, subscriptions);
        assert_eq!(stats.waiting_bytes, 0);
    }

    /// Now that all is quiet, everybody who watches a topic knows who is there. Returns how many
    /// members all topics have.
    fn check_presence(&self) -> u64 {
        let here = |(client, transcript): &&(Client, Transcript)| {
            self.cluster.is_connected(*client) && !transcript.closed
        };
        let present: Vec<_> = self.clients.iter().filter(here).collect();
        let mut members = 0;
        for topic in self.topics.iter().filter(|name| name.starts_with("who/")) {
            let on_it = present.iter().map(|(_, transcript)| transcript);
            let on_it = on_it.filter(|transcript| transcript.subscriptions.contains_key(topic));
            let mut truth: Vec<String> = on_it.map(|transcript| transcript.user.clone()).collect();
            truth.sort();
            members += truth.len() as u64;
            for (_, transcript) in &present {
                if let Some(seen) = transcript.seen.get(topic) {
                    assert_eq!(*seen, truth, "who is on {topic}");
                }
            }
        }
        members
    }

    /// Everybody goes, and nothing is left.
    fn end(&mut self) {
        for (client, _) in &self.clients {
            if self.cluster.is_connected(*client) {
                self.cluster.vanish(*client);
            }
        }
        self.cluster.settle();
        self.cluster.pass(seconds(700));
        let stats = self.cluster.stats();
        assert_eq!(stats.connections, [0; 3]);
        assert_eq!((stats.subscriptions, stats.feeds, stats.topics), (0, 0, 0));
        assert_eq!(stats.members, 0);
        assert_eq!(
            (stats.opened, stats.waiting_bytes),
            (stats.closed.iter().sum(), 0)
        );
        for shard in 0..SHARDS {
            assert_eq!(self.cluster.next_timeout(shard), None);
        }
    }
}

/// Plays the steps and judges what everybody heard.
pub(crate) fn judge(steps: &[Step]) {
    let mut history = History::new();
    for step in steps {
        history.play(step);
    }
    history.check();
    history.end();
}

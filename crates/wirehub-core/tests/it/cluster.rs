//! A few shards on a table: their clocks, their relays and their sockets are in the test's hands.

use std::{
    collections::{BTreeMap, VecDeque},
    hash::RandomState,
    io::IoSlice,
    sync::Arc,
    time::Duration,
};

use wirehub_core::{
    Answer, Ask, Flavour, Input, Occurrence, OccurrenceKinds, Output, Placement, Relay, Request,
    Shard, ShardSettings, Stats,
};
use wirehub_model::{
    CloseCause, CloseReason, Command, ConnectionId, Heartbeat, Limits, Moment, Namespaces,
    Principal, Refusal, SessionToken,
};

use super::{
    text::{GATHERING, HEARING, MUTE, ONE_WAY, Text},
    words::topic,
};

/// One client of a [`Cluster`], by the order in which they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Client(usize);

/// The far end of a connection.
#[derive(Debug)]
struct Socket {
    connection: ConnectionId,
    /// How many bytes it takes before it blocks.
    room: usize,
    blocked: bool,
    received: Vec<u8>,
    /// Why the shard hung up.
    hung_up: Option<CloseCause>,
    /// The socket is gone, by whosever doing.
    gone: bool,
}

/// The secret of a client's session.
const fn secret(client: usize) -> u128 {
    7_000 + client as u128
}

/// Shards that talk to each other through queues in plain sight.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) now: Moment,
    shards: Vec<Shard<Text>>,
    placement: Placement,
    /// Relays on their way, by sender and receiver.
    relays: BTreeMap<(u16, u16), VecDeque<Relay>>,
    sockets: Vec<Socket>,
    /// What the shards asked of the runtime, but for relays and hanging up.
    pub(crate) asked: VecDeque<Output>,
    /// What they asked of the broker, with the shard that did.
    pub(crate) asks: VecDeque<(u16, Ask)>,
    /// Turns do not end by themselves after each input, but with [`flush`](Self::flush).
    pub(crate) long_turns: bool,
    /// Shards whose thread died or sleeps: they do nothing, and what is sent to them waits.
    dead: Vec<u16>,
    next_ticket: u64,
}

/// What tests may change about a cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) limits: Limits,
    pub(crate) namespaces: Namespaces,
    /// Sessions are not kept when zero.
    pub(crate) resume_within: Duration,
    /// Clients are told nothing when zero.
    pub(crate) reconnects_per_second: u32,
    /// A broker gives the offsets.
    pub(crate) brokered: bool,
    /// The number of the node among others at that broker.
    pub(crate) node: u16,
    /// What is told of what happens.
    pub(crate) occurrences: OccurrenceKinds,
}

pub(crate) const HEARTBEAT: Heartbeat = Heartbeat {
    interval: Duration::from_secs(25),
    timeout: Duration::from_secs(10),
};

pub(crate) const GRACE: Duration = Duration::from_secs(30);

impl Cluster {
    pub(crate) fn new(shards: u16) -> Self {
        Self::with(shards, Rules::default())
    }

    pub(crate) fn with(shards: u16, rules: Rules) -> Self {
        let placement = Placement::new(shards, RandomState::new()).on_node(rules.node);
        let limits = Arc::new(rules.limits);
        let namespaces = Arc::new(rules.namespaces);
        let settings = |index| ShardSettings {
            index,
            placement: placement.clone(),
            limits: Arc::clone(&limits),
            namespaces: Arc::clone(&namespaces),
            brokered: rules.brokered,
            heartbeat: HEARTBEAT,
            expiry_grace: GRACE,
            resume_within: rules.resume_within,
            reconnects_per_second: rules.reconnects_per_second,
            occurrences: rules.occurrences,
            seed: 7 + u64::from(index),
            now: Moment::ZERO,
        };
        let shards = (0..shards).map(|index| Shard::new(settings(index), Text));
        Self {
            now: Moment::ZERO,
            shards: shards.collect(),
            relays: BTreeMap::new(),
            sockets: Vec::new(),
            asked: VecDeque::new(),
            asks: VecDeque::new(),
            long_turns: false,
            dead: Vec::new(),
            next_ticket: 0,
            placement,
        }
    }

    /// The shard that is home to a topic.
    pub(crate) fn home(&self, name: &str) -> u16 {
        self.placement.home(&topic(name))
    }

    /// A topic under `prefix` whose home is `shard`.
    pub(crate) fn topic_at(&self, shard: u16, prefix: &str) -> String {
        let names = (0..).map(|number| format!("{prefix}/{number}"));
        let mut at_home = names.filter(|name| self.placement.home(&topic(name)) == shard);
        at_home.next().unwrap()
    }

    /// A client opens a connection, with credentials in its handshake or without.
    pub(crate) fn open(&mut self, shard: u16, principal: Option<Principal>) -> Client {
        self.open_as(0, shard, principal)
    }

    /// As [`open`](Self::open), over a transport that knows neither heartbeats nor close frames.
    pub(crate) fn open_mute(&mut self, shard: u16, principal: Option<Principal>) -> Client {
        self.open_as(MUTE, shard, principal)
    }

    /// Opens a connection whose client does not answer goodbyes.
    pub(crate) fn open_one_way(&mut self, shard: u16, principal: Option<Principal>) -> Client {
        self.open_as(ONE_WAY, shard, principal)
    }

    /// Opens a connection whose client only hears.
    pub(crate) fn open_hearing(&mut self, shard: u16, principal: Option<Principal>) -> Client {
        self.open_as(HEARING, shard, principal)
    }

    /// Opens a connection that hears of its token's subscriptions in the welcome.
    pub(crate) fn open_gathering(&mut self, shard: u16, principal: Option<Principal>) -> Client {
        self.open_as(GATHERING, shard, principal)
    }

    fn open_as(&mut self, flavour: u8, shard: u16, principal: Option<Principal>) -> Client {
        // A slot that was hung up on may be used again.
        self.take_outputs(usize::from(shard));
        let flavour = Flavour::new(flavour).unwrap();
        let secret = secret(self.sockets.len());
        let connection = self.shards[usize::from(shard)]
            .open(self.now, flavour, principal, secret)
            .unwrap();
        self.sockets.push(Socket {
            connection,
            room: usize::MAX,
            blocked: false,
            received: Vec::new(),
            hung_up: None,
            gone: false,
        });
        self.end_short_turn();
        Client(self.sockets.len() - 1)
    }

    /// A client that is in and has read its welcome.
    pub(crate) fn join(&mut self, shard: u16, principal: Principal) -> Client {
        let client = self.open(shard, Some(principal));
        let heard = self.hear(client);
        assert!(heard[0].starts_with("welcome"), "{heard:?}");
        client
    }

    /// What the client was given to come back.
    pub(crate) fn session(&self, client: Client) -> SessionToken {
        SessionToken::new(self.id(client), secret(client.0))
    }

    pub(crate) fn id(&self, client: Client) -> ConnectionId {
        self.sockets[client.0].connection
    }

    /// A client sends a request; relays stay where they are.
    pub(crate) fn say(&mut self, client: Client, id: impl Into<Option<u64>>, command: Command) {
        let connection = self.id(client);
        let id = id.into();
        self.input(
            connection.shard(),
            Input::Command {
                connection,
                id,
                command,
            },
        );
    }

    /// A client sends a request and everything comes to rest; returns what the client hears.
    pub(crate) fn ask(
        &mut self,
        client: Client,
        id: impl Into<Option<u64>>,
        command: Command,
    ) -> Vec<String> {
        self.say(client, id, command);
        self.settle();
        self.hear(client)
    }

    /// The runtime answers that a client's credentials were checked.
    pub(crate) fn authenticate(
        &mut self,
        client: Client,
        id: Option<u64>,
        result: Result<Principal, Refusal>,
    ) {
        let connection = self.id(client);
        self.input(
            connection.shard(),
            Input::Authenticated {
                connection,
                id,
                result,
            },
        );
    }

    /// Any input, for a client's shard or another.
    pub(crate) fn input(&mut self, shard: u16, input: Input) {
        if !self.dead.contains(&shard) {
            self.shards[usize::from(shard)].handle(self.now, input);
            self.end_short_turn();
        }
    }

    /// A client's transport shows a sign of life.
    pub(crate) fn alive(&mut self, client: Client) {
        let id = self.id(client);
        self.shards[usize::from(id.shard())].seen(self.now, id);
    }

    /// A client sends its close frame.
    pub(crate) fn say_goodbye(&mut self, client: Client) {
        self.close(client, CloseCause::Client);
    }

    /// A client sends a close frame that says why.
    pub(crate) fn close(&mut self, client: Client, cause: CloseCause) {
        let connection = self.id(client);
        let input = Input::CloseReceived { connection, cause };
        self.input(connection.shard(), input);
    }

    /// A client's transport vanishes.
    pub(crate) fn vanish(&mut self, client: Client) {
        let connection = self.id(client);
        self.sockets[client.0].gone = true;
        let cause = CloseCause::Lost;
        self.input(connection.shard(), Input::Gone { connection, cause });
    }

    /// The holder of the hub's handle asks something of a shard and gets its answer.
    pub(crate) fn request(&mut self, shard: u16, request: Request) -> Answer {
        let ticket = self.begin(shard, request);
        self.settle();
        self.answer(ticket).unwrap()
    }

    /// The holder of the hub's handle asks something of a shard; relays stay where they are.
    pub(crate) fn begin(&mut self, shard: u16, request: Request) -> u64 {
        self.next_ticket += 1;
        let ticket = self.next_ticket;
        self.input(shard, Input::Request { ticket, request });
        ticket
    }

    /// The answer to what was begun, once it is there.
    pub(crate) fn answer(&mut self, ticket: u64) -> Option<Answer> {
        let place = self.asked.iter().position(
            |output| matches!(output, Output::Answer { ticket: found, .. } if *found == ticket),
        )?;
        match self.asked.remove(place) {
            Some(Output::Answer { answer, .. }) => Some(answer),
            other => panic!("not an answer: {other:?}"),
        }
    }

    /// What was told of what happened, since it was asked last.
    pub(crate) fn occurrences(&mut self) -> Vec<Occurrence> {
        let mut told = Vec::new();
        self.asked = std::mem::take(&mut self.asked)
            .into_iter()
            .filter_map(|output| match output {
                Output::Occurred(occurrence) => {
                    told.push(*occurrence);
                    None
                }
                other => Some(other),
            })
            .collect();
        told
    }

    /// The counters of all shards.
    pub(crate) fn stats(&self) -> Stats {
        let mut sum = Stats::default();
        for shard in &self.shards {
            sum.merge(&shard.stats());
        }
        sum
    }

    /// The lines that arrived at a client since it was asked last.
    pub(crate) fn hear(&mut self, client: Client) -> Vec<String> {
        let received = &mut self.sockets[client.0].received;
        let end = received.iter().rposition(|byte| *byte == b'\n');
        let whole: Vec<u8> = received.drain(..end.map_or(0, |end| end + 1)).collect();
        let text = String::from_utf8(whole).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// The beginning of a line whose rest has not arrived.
    pub(crate) fn heard_in_part(&self, client: Client) -> &[u8] {
        &self.sockets[client.0].received
    }

    /// Why the shard hung up on a client, if it did.
    pub(crate) fn hung_up(&self, client: Client) -> Option<CloseCause> {
        self.sockets[client.0].hung_up
    }

    /// Whether the client's socket is still there.
    pub(crate) fn is_connected(&self, client: Client) -> bool {
        !self.sockets[client.0].gone
    }

    /// From here on a client's socket takes this many bytes.
    pub(crate) fn set_room(&mut self, client: Client, room: usize) {
        let socket = &mut self.sockets[client.0];
        socket.room = room;
        if room > 0 && socket.blocked && !socket.gone {
            socket.blocked = false;
            let id = socket.connection;
            self.shards[usize::from(id.shard())].writable(id.slot());
        }
    }

    /// Carries the oldest relay from one shard to another; returns whether there was one.
    pub(crate) fn carry(&mut self, from: u16, to: u16) -> bool {
        let queue = self.relays.get_mut(&(from, to));
        let Some(relay) = queue.and_then(VecDeque::pop_front) else {
            return false;
        };
        self.input(to, Input::Relay(relay));
        true
    }

    /// A shard's thread dies, or sleeps.
    pub(crate) fn stop(&mut self, shard: u16) {
        self.dead.push(shard);
    }

    /// A shard's thread goes on.
    pub(crate) fn wake(&mut self, shard: u16) {
        self.dead.retain(|stopped| *stopped != shard);
    }

    /// The relays on their way from one shard to another.
    pub(crate) fn on_the_way(&self, from: u16, to: u16) -> usize {
        self.relays.get(&(from, to)).map_or(0, VecDeque::len)
    }

    /// When a shard wants to be woken.
    pub(crate) fn next_timeout(&self, shard: u16) -> Option<Moment> {
        self.shards[usize::from(shard)].poll_timeout()
    }

    /// The pairs of shards with relays between them.
    pub(crate) fn busy_pairs(&self) -> Vec<(u16, u16)> {
        let busy = self.relays.iter().filter(|(_, queue)| !queue.is_empty());
        let awake = busy.filter(|((_, to), _)| !self.dead.contains(to));
        awake.map(|(pair, _)| *pair).collect()
    }

    /// Carries all relays until none is left.
    pub(crate) fn settle(&mut self) {
        self.flush();
        while let Some((from, to)) = self.busy_pairs().first().copied() {
            self.carry(from, to);
            self.flush();
        }
    }

    /// Time passes; every deadline on the way is kept when it is due.
    pub(crate) fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        let shards = 0..self.shards.len();
        let living = shards.filter(|shard| !self.dead.contains(&(*shard as u16)));
        let living: Vec<usize> = living.collect();
        let mut calls = 0;
        loop {
            let due = |shard: &usize| self.shards[*shard].poll_timeout();
            let next = living.iter().filter_map(due).min();
            let Some(next) = next.filter(|next| *next <= end) else {
                break;
            };
            self.now = self.now.max(next);
            for shard in &living {
                let shard = &mut self.shards[*shard];
                if shard.poll_timeout().is_some_and(|due| due <= self.now) {
                    shard.handle_timeout(self.now);
                }
            }
            self.settle();
            calls += 1;
            assert!(calls < 1_000_000, "the shards ask to be woken for ever");
        }
        self.now = end;
        self.settle();
    }

    fn end_short_turn(&mut self) {
        if !self.long_turns {
            self.flush();
        }
    }

    /// Ends the turn of every shard, and those that follow from it: the end of a turn may close
    /// slow readers, who are told in the next.
    pub(crate) fn flush(&mut self) {
        for shard in 0..self.shards.len() {
            let mut quiet_turns = 0;
            while quiet_turns < 2 {
                self.take_outputs(shard);
                quiet_turns = if self.transmit(shard) {
                    0
                } else {
                    quiet_turns + 1
                };
            }
            self.take_outputs(shard);
        }
    }

    fn take_outputs(&mut self, from: usize) {
        while let Some(output) = self.shards[from].poll_output() {
            match output {
                Output::Relay { shard, relay } => {
                    assert_ne!(usize::from(shard), from, "a shard talks to itself");
                    let queue = self.relays.entry((from as u16, shard)).or_default();
                    queue.push_back(relay);
                }
                Output::HangUp { connection, cause } => {
                    let mut sockets = self.sockets.iter_mut();
                    let socket = sockets.find(|socket| socket.connection == connection);
                    let socket = socket.expect("only clients that came are hung up on");
                    assert_eq!(socket.hung_up, None, "hung up on {connection} twice");
                    socket.hung_up = Some(cause);
                    socket.gone = true;
                }
                Output::Broker(ask) => self.asks.push_back((from as u16, ask)),
                other => self.asked.push_back(other),
            }
        }
    }

    /// Sends what there is; returns whether there was anything.
    fn transmit(&mut self, shard: usize) -> bool {
        let mut any = false;
        let Self {
            shards, sockets, ..
        } = self;
        let state = &mut shards[shard];
        while let Some(slot) = state.poll_transmit(self.now) {
            any = true;
            let here = |socket: &&mut Socket| {
                let id = socket.connection;
                !socket.gone && (usize::from(id.shard()), id.slot()) == (shard, slot)
            };
            let socket = sockets.iter_mut().find(here);
            socket.expect("bytes for somebody").receive(state, slot);
        }
        state.end_turn(self.now);
        any
    }

    /// A changed set of rules reaches every shard.
    pub(crate) fn reload(&mut self, rules: Rules) {
        let limits = Arc::new(rules.limits);
        let namespaces = Arc::new(rules.namespaces);
        for shard in 0..self.shards.len() as u16 {
            let reload = Input::Reload {
                limits: Arc::clone(&limits),
                namespaces: Arc::clone(&namespaces),
            };
            self.input(shard, reload);
        }
    }

    /// Checks why a client was closed: the last line it heard, its answer, and the cause on record.
    pub(crate) fn assert_closed(&mut self, client: Client, reason: CloseReason) {
        let heard = self.hear(client);
        let goodbye = format!("close {}", reason.name());
        assert_eq!(heard.last(), Some(&goodbye), "{heard:?}");
        self.say_goodbye(client);
        assert_eq!(self.hung_up(client), Some(CloseCause::Server(reason)));
    }
}

impl Socket {
    /// Takes as much as it has room for.
    fn receive(&mut self, shard: &mut Shard<Text>, slot: u32) {
        loop {
            let mut slices = [IoSlice::new(&[]); 3];
            let used = shard.slices(slot, &mut slices);
            let offered: usize = slices[..used].iter().map(|slice| slice.len()).sum();
            assert!(
                offered > 0,
                "a slot was handed out that has nothing to send"
            );
            let taken = offered.min(self.room);
            let bytes = slices[..used]
                .iter()
                .flat_map(|slice| slice.iter().copied());
            self.received.extend(bytes.take(taken));
            self.room -= if self.room == usize::MAX { 0 } else { taken };
            self.blocked = self.room == 0;
            let flushed = shard.wrote(slot, taken, self.blocked);
            if flushed || self.blocked {
                return;
            }
        }
    }
}

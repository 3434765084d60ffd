//! A client that behaves as the documents say, on a network that does not.

use std::time::Duration;

use wirehub_model::{
    Command, ConnectionId, Moment, Position, Publish, Secret, SessionToken, Subscribe, TopicFilter,
};

use crate::{
    dice::Dice,
    feature::Feature,
    ground::Ground,
    judge::Judge,
    knobs::{HEARTBEAT, Knobs},
    letter::payload,
};

mod acts;
mod comeback;
mod hearing;

/// How long a client waits for a subscription of its session. What ended while the connection was
/// being lost is not told, so it asks anew.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a client does about something.
#[derive(Debug)]
pub(crate) enum Deed {
    /// It opens a connection; its handshake carries credentials or not.
    Dial { presents: bool },
    /// It sends a request.
    Say { id: Option<u64>, command: Command },
    /// Its transport asks for a sign of life.
    Ping,
    /// Its transport answers a heartbeat.
    Alive,
    /// It sends a close frame and goes on listening.
    Goodbye,
    /// It drops the connection.
    HangUp,
}

/// What surrounds a client that makes up its mind.
#[derive(Debug)]
pub(crate) struct Mind<'a> {
    pub(crate) now: Moment,
    pub(crate) dice: &'a mut Dice,
    pub(crate) knobs: &'a Knobs,
    pub(crate) ground: &'a Ground,
    pub(crate) judge: &'a mut Judge,
    /// The connections of all clients, as far as they know them.
    pub(crate) peers: &'a [Option<ConnectionId>],
    /// Nobody begins anything new.
    pub(crate) calm: bool,
    /// The client's link, when it has one.
    pub(crate) wire: Wire,
}

/// What a client's system knows of its link.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wire {
    /// It knows neither pongs nor heartbeats; TCP keepalive stands in for them.
    pub(crate) mute: bool,
    /// Nothing gets through.
    pub(crate) cut: bool,
}

/// One client. It remembers what a good client library remembers: what it wants to hear, where it
/// is in each topic, its session, and what it published without an answer.
#[derive(Debug)]
pub(crate) struct Client {
    number: usize,
    pub(crate) user: usize,
    stage: Stage,
    pub(crate) connection: Option<ConnectionId>,
    wishes: Vec<Wish>,
    /// The session of the connection, or of the last one when there is none.
    session: Option<SessionToken>,
    /// Direct messages received in that session.
    received: u64,
    coming_back: Option<ComingBack>,
    /// Publications with idempotency keys that wait for their answers.
    drafts: Vec<(u64, Publish)>,
    next_id: u64,
    /// When it last received anything.
    heard_at: Moment,
    /// When it came back to its session.
    back_at: Moment,
    /// Attempts in a row that failed.
    failures: u32,
    /// It will not come back.
    retired: bool,
}

/// A session that the client asked to go on with.
#[derive(Debug)]
struct ComingBack {
    id: u64,
    session: SessionToken,
    received: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It has no connection and tries at this moment.
    Apart(Moment),
    /// It waits for its welcome.
    Knocking,
    /// It is in.
    In,
    /// It said goodbye and waits for the end.
    Leaving,
}

/// A subscription that the client wants, over all its connections.
#[derive(Debug)]
struct Wish {
    filter: TopicFilter,
    ack: bool,
    /// It wants to be told who is there.
    watch: bool,
    /// What it says about itself there, by a number.
    says: Option<u32>,
    state: WishState,
    /// How far it has everything, for a filter without wildcards.
    position: Option<Position>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WishState {
    Wanted,
    Asked(u64),
    Live,
    Ending(u64),
    /// The connection is lost; whether the session is sure to have it.
    Parted(bool),
    /// The session goes on and will say how it stands; whether the client knew that it has it.
    Returning(bool),
}

impl Client {
    pub(crate) fn new(number: usize, user: usize) -> Self {
        Self {
            number,
            user,
            stage: Stage::Apart(Moment::ZERO),
            connection: None,
            wishes: Vec::new(),
            session: None,
            received: 0,
            coming_back: None,
            drafts: Vec::new(),
            next_id: 0,
            heard_at: Moment::ZERO,
            back_at: Moment::ZERO,
            failures: 0,
            retired: false,
        }
    }

    /// The client looks up: it keeps its connection and its wishes going, and may do something new.
    pub(crate) fn wake(&mut self, mind: &mut Mind<'_>) -> Vec<Deed> {
        let mut deeds = Vec::new();
        match self.stage {
            Stage::Apart(at) if at <= mind.now && !self.retired => self.dial(mind, &mut deeds),
            Stage::Apart(_) => {}
            Stage::Knocking | Stage::Leaving => self.give_up_if_silent(mind, &mut deeds),
            Stage::In => {
                self.give_up_if_silent(mind, &mut deeds);
                if self.stage == Stage::In {
                    self.pursue_wishes(mind, &mut deeds);
                    if !mind.calm {
                        self.act(mind, &mut deeds);
                    }
                }
            }
        }
        deeds
    }

    fn dial(&mut self, mind: &mut Mind<'_>, deeds: &mut Vec<Deed>) {
        let late = mind.knobs.has(Feature::LateCredentials) && mind.dice.chance(50);
        deeds.push(Deed::Dial { presents: !late });
        self.stage = Stage::Knocking;
        self.heard_at = mind.now;
        if late {
            let token = Some(Secret::new(format!("u{}", self.user)));
            let resume = self.wish_to_resume(mind).map(Box::new);
            let since = Vec::new();
            let connect = Command::Connect {
                token,
                resume,
                since,
                subscribe: Vec::new(),
            };
            self.say(deeds, connect);
        }
    }

    /// The connection is over, whoever ended it.
    pub(crate) fn lost(&mut self, now: Moment, dice: &mut Dice) {
        self.failures += 1;
        let most = Duration::from_millis(200 << self.failures.min(4));
        self.stage = Stage::Apart(now + dice.span(Duration::ZERO, most));
        self.connection = None;
        self.wishes
            .retain(|wish| !matches!(wish.state, WishState::Ending(_)));
        for wish in &mut self.wishes {
            wish.state = match wish.state {
                WishState::Parted(sure) => WishState::Parted(sure),
                WishState::Live | WishState::Returning(true) => WishState::Parted(true),
                _ => WishState::Parted(false),
            };
        }
        // Whether the session was handed over nobody knows; the old one is tried again.
        if let Some(unanswered) = self.coming_back.take() {
            self.session = Some(unanswered.session);
            self.received = unanswered.received;
        }
    }

    /// The client leaves for good.
    pub(crate) fn retire(&mut self, dice: &mut Dice) -> Vec<Deed> {
        self.retired = true;
        match self.stage {
            Stage::Apart(_) => Vec::new(),
            Stage::In if dice.chance(50) => {
                self.stage = Stage::Leaving;
                vec![Deed::Goodbye]
            }
            _ => vec![Deed::HangUp],
        }
    }

    /// Whether it left for good.
    pub(crate) const fn is_gone(&self) -> bool {
        self.retired && matches!(self.stage, Stage::Apart(_))
    }

    /// Whether it is in and has all it wants.
    pub(crate) fn is_settled(&self) -> bool {
        let live = |wish: &Wish| wish.state == WishState::Live;
        self.stage == Stage::In && self.wishes.iter().all(live)
    }

    /// What keeps it from being settled.
    pub(crate) fn mood(&self) -> String {
        let open = self
            .wishes
            .iter()
            .filter(|wish| wish.state != WishState::Live);
        let open: Vec<_> = open
            .map(|wish| (wish.filter.as_str(), wish.state))
            .collect();
        format!("{:?}, still wants {open:?}", self.stage)
    }

    /// A program cannot see heartbeats, so it asks when it has heard nothing for long.
    fn give_up_if_silent(&mut self, mind: &Mind<'_>, deeds: &mut Vec<Deed>) {
        let silence = mind.now.since(self.heard_at);
        let must_answer = !mind.wire.mute || mind.wire.cut || self.stage != Stage::In;
        if mind.wire.mute && self.stage == Stage::In {
            deeds.push(Deed::Alive);
        }
        if silence > HEARTBEAT.interval + HEARTBEAT.timeout && must_answer {
            self.stage = Stage::Leaving;
            deeds.push(Deed::HangUp);
        } else if silence > HEARTBEAT.interval && self.stage == Stage::In {
            self.say(deeds, Command::Ping);
        }
    }

    fn pursue_wishes(&mut self, mind: &mut Mind<'_>, deeds: &mut Vec<Deed>) {
        if self.coming_back.is_some() {
            return;
        }
        if mind.now.since(self.back_at) > PATIENCE {
            for wish in &mut self.wishes {
                if matches!(wish.state, WishState::Returning(_)) {
                    wish.state = WishState::Wanted;
                }
            }
        }
        let mut asks = Vec::new();
        for wish in self
            .wishes
            .iter_mut()
            .filter(|wish| wish.state == WishState::Wanted)
        {
            self.next_id += 1;
            wish.state = WishState::Asked(self.next_id);
            let names_place = mind.knobs.has(Feature::Since) && mind.dice.chance(85);
            let command = Command::Subscribe(Subscribe {
                since: wish.position.filter(|_| names_place),
                ack: wish.ack,
                presence: wish.watch,
                state: wish.says.map(|says| payload(says, 0)),
                deltas: mind.knobs.has(Feature::Deltas) && mind.dice.chance(60),
                ..Subscribe::to(wish.filter.clone())
            });
            let id = Some(self.next_id);
            asks.push(Deed::Say { id, command });
        }
        deeds.append(&mut asks);
    }

    fn say(&mut self, deeds: &mut Vec<Deed>, command: Command) -> u64 {
        self.next_id += 1;
        let id = Some(self.next_id);
        deeds.push(Deed::Say { id, command });
        self.next_id
    }
}

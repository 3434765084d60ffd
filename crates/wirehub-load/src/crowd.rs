//! The clients of one thread: one state machine without sockets and clock.
//!
//! What happens comes in by [`Crowd::handle`], what is to be done goes out by
//! [`Crowd::poll_output`]; time is what has passed since the run began. Every moment at which
//! something is due is known from the scenario alone, so that a server that is slow does not make
//! the load smaller, and what waits is counted from the moment it was due.

mod connecting;
mod course;
mod hearing;
mod input;
mod leaving;
mod output;
mod publishing;
mod recorder;
mod session;
mod timers;
mod track;

use std::{
    collections::{HashMap, VecDeque},
    fmt, mem,
    sync::Arc,
    time::Duration,
};

use wirehub_websocket::{DeflatePolicy, Deflater, Encoder, Inflater, Limits, MessageKind};

use self::{
    course::Course,
    publishing::{Asked, Pace},
    recorder::Recorder,
    session::{Part, Session},
    timers::{Timers, Wait},
};
pub(crate) use self::{input::Input, output::Output, recorder::Findings};
use crate::{board::Board, dice::Dice, native::Frame, opening::Opening, scenario::Scenario};

/// Work that is done at most before sockets are looked at again.
const TIMERS_A_TURN: usize = 4_096;
const SECOND: Duration = Duration::from_secs(1);

/// Makes the token of a client, by its number. Publishers have the numbers behind all others.
pub type Tokens = dyn Fn(u64) -> String + Send + Sync;

/// What all crowds of a run share.
pub(crate) struct Plan {
    pub(crate) scenario: Scenario,
    /// How each of the nodes is spoken to first; there is one at least.
    pub(crate) openings: Vec<Opening>,
    pub(crate) tokens: Option<Arc<Tokens>>,
    /// The run, so that no other traffic is taken for its own.
    pub(crate) run: u64,
    /// Crowds in all, of all processes.
    pub(crate) crowds: u32,
    pub(crate) board: Board,
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scenario = &self.scenario.name;
        f.debug_struct("Plan").field("scenario", scenario).finish()
    }
}

impl Plan {
    /// What a topic is called.
    fn topic(&self, topic: u32) -> String {
        format!("load/{:x}/{topic}", self.run)
    }

    /// Whether clients have to say something before they are welcomed: those without a token.
    fn introduces_itself(&self) -> bool {
        self.tokens.is_none() && !self.openings.iter().all(Opening::has_token)
    }
}

/// The clients of one thread.
#[derive(Debug)]
pub(crate) struct Crowd {
    plan: Arc<Plan>,
    /// Which of all crowds this is.
    number: u32,
    sessions: Vec<Session>,
    /// How many of them are no publishers; these come first.
    members: u32,
    timers: Timers,
    outputs: VecDeque<Output>,
    recorder: Recorder,
    course: Course,
    /// For each kind of room one.
    paces: Vec<Pace>,
    dice: Dice,
    limits: Limits,
    inflater: Inflater,
    deflater: Deflater,
    /// Publications that are not answered, by the numbers of their requests.
    in_flight: HashMap<u64, Asked>,
    /// Requests that published so far.
    asked: u64,
    /// How many were published to a topic, and on which connection of its publisher.
    numbers: HashMap<u32, (u32, u64)>,
    /// The epochs that the server named last, one for each topic that has come up.
    epochs: HashMap<u32, Arc<str>>,
    second: u32,
    is_done: bool,
}

impl Crowd {
    pub(crate) fn new(plan: Arc<Plan>, number: u32) -> Self {
        let scenario = &plan.scenario;
        let (crowds, clients) = (plan.crowds, scenario.connections);
        let mine = |all: u32| (number..all).step_by(crowds as usize);
        let members = mine(clients).map(|client| {
            let topics = scenario.traffic.topics_of(client, clients);
            Session::new(Part::Member, topics.into_iter())
        });
        let mut sessions: Vec<Session> = members.collect();
        let members = u32::try_from(sessions.len()).unwrap_or(u32::MAX);
        let publishers = mine(scenario.publishers());
        let publishers = publishers
            .map(|publisher| Session::new(Part::Publisher(publisher), std::iter::empty()));
        sessions.extend(publishers);
        let dice = Dice::new(scenario.seed ^ (u64::from(number) << 32));
        let mut crowd = Self {
            number,
            sessions,
            members,
            timers: Timers::default(),
            outputs: VecDeque::new(),
            recorder: Recorder::new(scenario.traffic.rooms()),
            course: Course::new(scenario),
            paces: Pace::all(scenario),
            dice,
            limits: Limits::default(),
            inflater: Inflater::new(),
            deflater: Deflater::new(DeflatePolicy::default()),
            in_flight: HashMap::new(),
            asked: 0,
            numbers: HashMap::new(),
            epochs: HashMap::new(),
            second: 0,
            is_done: false,
            plan,
        };
        crowd.deal_out();
        crowd.bring_publishers();
        crowd
    }

    /// Members and publishers begin on all nodes evenly.
    fn deal_out(&mut self) {
        let nodes = self.plan.openings.len().max(1) as u64;
        for link in 0..self.sessions.len() as u32 {
            let node = (self.client(link) % nodes) as u32;
            if let Some(session) = self.session(link) {
                session.node = node;
            }
        }
    }

    /// Something happened at a socket.
    pub(crate) fn handle(&mut self, now: Duration, input: Input<'_>) {
        match input {
            Input::Connected { link } => self.connected(now, link),
            Input::Bytes { link, bytes } => self.bytes(now, link, bytes),
            Input::Gone {
                link,
                failed,
                closed,
            } => self.gone(now, link, failed, closed),
            Input::Full { link } => self.set_full(link, true),
            Input::Drained { link } => self.set_full(link, false),
            Input::Stop => self.stop(now),
        }
    }

    /// The next thing to be done.
    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When time is to be handed in at the latest.
    pub(crate) fn poll_timeout(&self) -> Duration {
        let second = SECOND * (self.second + 1);
        let moments = [
            self.timers.next(),
            self.course.next(),
            self.next_publication(),
        ];
        moments.into_iter().flatten().fold(second, Duration::min)
    }

    /// Time passed.
    pub(crate) fn handle_timeout(&mut self, now: Duration) {
        while now >= SECOND * (self.second + 1) && !self.is_done {
            let row = Box::new(self.recorder.second());
            let second = self.second;
            self.outputs.push_back(Output::Second { second, row });
            self.second += 1;
        }
        self.advance(now);
        for _ in 0..TIMERS_A_TURN {
            let Some((at, link, life, wait)) = self.timers.due(now) else {
                break;
            };
            let late = now.saturating_sub(at);
            self.recorder.found.late = self.recorder.found.late.max(late);
            self.timer(now, at, link, life, wait);
        }
        self.publish(now);
    }

    /// What was found, once all is over.
    pub(crate) fn into_findings(self) -> Findings {
        self.recorder.found
    }

    fn timer(&mut self, now: Duration, at: Duration, link: u32, life: u32, wait: Wait) {
        let Some(session) = self.sessions.get(link as usize) else {
            return;
        };
        if session.life != life {
            return;
        }
        match wait {
            Wait::Connect => self.connect(at, link),
            Wait::Patience => self.lose_patience(now, link),
            Wait::Silence => self.listen_for_silence(now, link),
            Wait::Leave => self.leave(now, link),
            Wait::Sip => self.sip(now, link),
            Wait::Move => self.move_away(now, link),
            Wait::Farewell => self.farewell(link),
        }
    }

    /// Has a client go to another node the next time.
    fn turn(&mut self, link: u32) {
        let nodes = self.plan.openings.len() as u32;
        if nodes < 2 {
            return;
        }
        // Any other: those of a node that is gone are not all to come to the same one.
        let step = 1 + (self.dice.fraction() * f64::from(nodes - 1)) as u32;
        if let Some(session) = self.session(link) {
            session.node = (session.node + step.min(nodes - 1)) % nodes;
        }
    }

    /// How the node of a client is spoken to.
    fn opening(&self, link: u32) -> Option<&Opening> {
        let session = self.sessions.get(link as usize)?;
        self.plan.openings.get(session.node as usize)
    }

    fn session(&mut self, link: u32) -> Option<&mut Session> {
        self.sessions.get_mut(link as usize)
    }

    /// The number of a session among all of the run: those of all crowds are dealt out in turn,
    /// publishers behind all others.
    fn client(&self, link: u32) -> u64 {
        let place = |index: u32| {
            let before = u64::from(index) * u64::from(self.plan.crowds);
            before + u64::from(self.number)
        };
        match link.checked_sub(self.members) {
            None => place(link),
            Some(publisher) => u64::from(self.plan.scenario.connections) + place(publisher),
        }
    }

    fn write(&mut self, link: u32, frame: impl FnOnce(Encoder, &mut Vec<u8>)) {
        let mut bytes = Vec::new();
        frame(Encoder::client(self.dice.mask()), &mut bytes);
        self.recorder.sent(bytes.len());
        self.outputs.push_back(Output::Write { link, bytes });
    }

    fn write_frame(&mut self, link: u32, frame: &Frame) {
        match frame {
            Frame::Text(text) => self.write_text(link, text),
            Frame::Binary(bytes) => self.write_message(link, MessageKind::Binary, bytes),
        }
    }

    fn write_text(&mut self, link: u32, text: &str) {
        self.write_message(link, MessageKind::Text, text.as_bytes());
    }

    fn write_message(&mut self, link: u32, kind: MessageKind, payload: &[u8]) {
        self.recorder.said(payload.len());
        let window = self.session(link).and_then(|session| session.window);
        let Some(window) = window else {
            return self.write(link, |encoder, out| encoder.message(out, kind, payload));
        };
        let mut deflater = mem::take(&mut self.deflater);
        self.write(link, |encoder, out| {
            encoder.compressed(out, kind, payload, &mut deflater, window);
        });
        self.deflater = deflater;
    }
}

#[cfg(test)]
mod tests;

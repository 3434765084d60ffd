//! What the server says.

use std::{mem, sync::Arc, time::Duration};

use wirehub_websocket::{CloseFrame, Decoder, Item, Role as Side};

use super::{
    Crowd, Output,
    connecting::RESUME,
    session::{Hindrance, Part, Stage},
    timers::Wait,
    track::Arrival,
};
use crate::{
    board,
    native::{self, Heard},
    outcome::{CloseKind, FailureCause},
    scenario::{Format, Speech, Traffic},
    stamp::{Found, Stamp},
};

impl Crowd {
    /// Something was read.
    pub(super) fn bytes(&mut self, now: Duration, link: u32, bytes: &mut [u8]) {
        let Some(session) = self.session(link) else {
            return;
        };
        session.heard = now;
        match session.stage {
            Stage::Upgrading => {
                if let Some(mut rest) = self.upgrade(now, link, bytes) {
                    self.frames(now, link, &mut rest);
                }
            }
            Stage::Greeting | Stage::Open | Stage::Leaving => self.frames(now, link, bytes),
            Stage::Away { .. } | Stage::Connecting | Stage::Gone => {}
        }
    }

    fn frames(&mut self, now: Duration, link: u32, bytes: &mut [u8]) {
        let Some(session) = self.session(link) else {
            return;
        };
        let life = session.life;
        let fresh = Decoder::new(Side::Client, false);
        let mut decoder = mem::replace(&mut session.decoder, fresh);
        let mut inflater = mem::take(&mut self.inflater);
        self.recorder.received(bytes.len());
        let limits = self.limits;
        let mut reader = decoder.read(bytes, &limits, &mut inflater);
        loop {
            match reader.next() {
                Ok(Some(item)) => self.item(now, link, item),
                Ok(None) => break,
                Err(_) => self.nonsense(now, link),
            }
            // What comes behind the end of a connection is nothing to anybody.
            if self
                .session(link)
                .is_none_or(|session| session.life != life)
            {
                break;
            }
        }
        self.inflater = inflater;
        if let Some(session) = self.session(link).filter(|session| session.life == life) {
            session.decoder = decoder;
        }
    }

    fn item(&mut self, now: Duration, link: u32, item: Item<'_>) {
        let stage = self.session(link).map(|session| session.stage);
        if stage == Some(Stage::Leaving) {
            // The server's goodbye comes before the end of the stream, which is waited for.
            return;
        }
        match item {
            Item::Text(text) => self.recorder.heard(text.len()),
            Item::Binary(bytes) => self.recorder.heard(bytes.len()),
            Item::Ping(_) | Item::Pong(_) | Item::Close(_) => {}
        }
        match item {
            Item::Text(text) => match self.plan.scenario.speech {
                Speech::Native(format) => {
                    let mut hear = |heard: Heard<'_>| self.heard(now, link, format, &heard);
                    if format != Format::Json || native::read_text(text, &mut hear).is_none() {
                        self.nonsense(now, link);
                    }
                }
                Speech::Plain(_) => self.arrived(now, link, None, Stamp::find(text.as_bytes())),
            },
            Item::Binary(bytes) => match self.plan.scenario.speech {
                Speech::Native(format) => {
                    let mut hear = |heard: Heard<'_>| self.heard(now, link, format, &heard);
                    if format != Format::Protobuf || native::read_binary(bytes, &mut hear).is_none()
                    {
                        self.nonsense(now, link);
                    }
                }
                Speech::Plain(_) => self.arrived(now, link, None, Stamp::find(bytes)),
            },
            Item::Ping(payload) => {
                let is_stalled = |hindrance| hindrance == Hindrance::Stalled;
                let session = self.session(link);
                if !session.is_some_and(|session| is_stalled(session.hindrance)) {
                    self.write(link, |encoder, out| encoder.pong(out, payload));
                }
            }
            Item::Pong(_) => {}
            Item::Close(close) => self.closed(now, link, close),
        }
    }

    /// The server says goodbye.
    fn closed(&mut self, now: Duration, link: u32, close: Option<CloseFrame<'_>>) {
        let code = close.map(|close| close.code.get());
        self.recorder.found.tally.close_code(code);
        self.outputs.push_back(Output::Close { link, reset: false });
        // A connection that was never open failed; 4401 and 4402 say that the token is none.
        let failed = match code {
            Some(4401 | 4402) => FailureCause::Unauthorized,
            _ => FailureCause::Ended,
        };
        self.gone(now, link, failed, CloseKind::Server);
    }

    /// What came is no WebSocket, or no word of the protocol.
    fn nonsense(&mut self, now: Duration, link: u32) {
        self.outputs.push_back(Output::Close { link, reset: true });
        self.gone(now, link, FailureCause::Garbage, CloseKind::Garbage);
    }

    fn heard(&mut self, now: Duration, link: u32, format: Format, heard: &Heard<'_>) {
        match *heard {
            Heard::Welcome {
                session: name,
                spread,
                silence,
            } => {
                if self.welcomed(now, link, name, spread, silence) {
                    self.begin(now, link, format);
                }
            }
            Heard::Ok {
                id,
                epoch,
                offset,
                recovered,
            } => self.answered(now, link, id, (epoch, offset, recovered)),
            Heard::Refused { id, code } => self.refused(now, link, format, id, code),
            Heard::Published { retained: true, .. } | Heard::Other => {}
            Heard::Published { offset, found, .. } => self.arrived(now, link, offset, found),
            Heard::Subscribed {
                topic,
                epoch,
                offset,
                recovered,
            } => {
                let number = topic.rsplit('/').next().and_then(|last| last.parse().ok());
                if let Some(topic) = number {
                    self.subscribed(now, link, topic, (epoch, offset, recovered));
                }
            }
            Heard::Unsubscribed { code } => self.recorder.found.tally.error(code),
            Heard::Move { within } => {
                let at = now + within.mul_f64(self.dice.fraction());
                if let Some(session) = self.session(link) {
                    let life = session.life;
                    self.timers.set(at, link, life, Wait::Move);
                }
            }
            Heard::Spread { within } => {
                self.recorder.told_spread(Some(within));
                if let Some(session) = self.session(link) {
                    session.spread = Some(within);
                }
            }
        }
    }

    /// The client is open, unless it was before.
    fn welcomed(
        &mut self,
        now: Duration,
        link: u32,
        name: Option<&str>,
        spread: Option<Duration>,
        silence: Option<Duration>,
    ) -> bool {
        self.recorder.told_spread(spread);
        let Some(session) = self.session(link) else {
            return false;
        };
        if session.stage != Stage::Greeting {
            return false;
        }
        session.spread = spread;
        // The server counts from what it hears of us, and its ping has to get here.
        session.silence = silence.map(|silence| silence * 2);
        session.fresh = name.map(Into::into);
        self.open(now, link);
        true
    }

    /// The client says what it wants.
    fn begin(&mut self, now: Duration, link: u32, format: Format) {
        self.begin_native(now, link, format);
        // Without a way back to go, the new session is the one to go on with.
        if let Some(session) = self.session(link)
            && session.name.is_none()
        {
            session.name = session.fresh.take();
        }
    }

    /// A request succeeded.
    fn answered(
        &mut self,
        now: Duration,
        link: u32,
        id: u64,
        position: (Option<&str>, Option<u64>, Option<bool>),
    ) {
        if let Some(asked) = self.in_flight.remove(&id) {
            self.recorder.found.tally.acknowledged += 1;
            // Where everybody hears themselves, the way back is the echo.
            if self.plan.scenario.traffic != Traffic::Echo {
                let took = now.saturating_sub(asked.due);
                self.recorder.found.round_trip.record(took);
            }
            if let (Some(epoch), Some(offset)) = (position.0, position.1) {
                let epoch = board::epoch(epoch);
                if self.plan.board.stands(asked.topic, epoch, offset) {
                    let kind = self.plan.scenario.traffic.kind_of(asked.topic);
                    self.recorder.lost(kind, 1);
                }
            }
            return;
        }
        let Some(session) = self.session(link) else {
            return;
        };
        if id == RESUME {
            session.name = session.fresh.take();
            self.recorder.found.tally.resumed += 1;
            return;
        }
        let place = usize::try_from(id).unwrap_or(usize::MAX).checked_sub(1);
        let track = place.and_then(|place| session.tracks.get(place));
        if let Some(topic) = track.map(|track| track.topic) {
            self.subscribed(now, link, topic, position);
        }
    }

    /// A subscription is there.
    fn subscribed(
        &mut self,
        now: Duration,
        link: u32,
        topic: u32,
        (epoch, offset, recovered): (Option<&str>, Option<u64>, Option<bool>),
    ) {
        let epoch = epoch.map(|epoch| self.epoch_of(topic, epoch));
        let Some(session) = self.session(link) else {
            return;
        };
        let mut tracks = session.tracks.iter_mut();
        let Some(track) = tracks.find(|track| track.topic == topic) else {
            return;
        };
        let admits = track.begin(epoch, offset, recovered);
        self.recorder.found.tally.gaps_told += u64::from(admits);
        self.settle(now, link);
    }

    /// Epochs are long, and the same for everybody.
    fn epoch_of(&mut self, topic: u32, name: &str) -> (Arc<str>, u64) {
        let known = self.epochs.get(&topic).filter(|known| &***known == name);
        let epoch = known.cloned().unwrap_or_else(|| {
            let epoch: Arc<str> = name.into();
            self.epochs.insert(topic, Arc::clone(&epoch));
            epoch
        });
        (epoch, board::epoch(name))
    }

    /// A request was refused.
    fn refused(&mut self, now: Duration, link: u32, format: Format, id: Option<u64>, code: &str) {
        let Some(session) = self.session(link) else {
            return;
        };
        if session.stage == Stage::Greeting {
            return self.give_up(now, link, FailureCause::Unauthorized);
        }
        if id == Some(RESUME) {
            session.name = session.fresh.take();
            return self.subscribe(now, link, format);
        }
        let in_flight = id.and_then(|id| self.in_flight.remove(&id));
        self.recorder.found.tally.error(code);
        match id {
            None => self.recorder.found.tally.refused += 1,
            Some(_) if in_flight.is_some() => self.recorder.found.tally.refused += 1,
            // A client that may not hear what it is there for is of no use.
            Some(_) => {
                self.say_goodbye(now, link);
                self.outputs.push_back(Output::Close { link, reset: false });
                self.retire(link);
            }
        }
    }

    /// A publication arrived.
    fn arrived(&mut self, now: Duration, link: u32, offset: Option<u64>, found: Found) {
        let stamp = match found {
            Found::Stamp(stamp) if stamp.run == self.plan.run => stamp,
            Found::Corrupt => return self.recorder.found.tally.corrupt += 1,
            Found::Stamp(_) | Found::Nothing => return,
        };
        let Some(session) = self.sessions.get_mut(link as usize) else {
            return;
        };
        if session.part != Part::Member {
            return;
        }
        let mut tracks = session.tracks.iter_mut();
        let Some(track) = tracks.find(|track| track.topic == stamp.topic) else {
            return;
        };
        let kind = self.plan.scenario.traffic.kind_of(stamp.topic);
        let arrival = track.take(&stamp, offset);
        let is_held_up = session.hindrance != Hindrance::None;
        if let Hindrance::CatchingUp(since) = session.hindrance
            && stamp.due > since
        {
            session.hindrance = Hindrance::None;
        }
        match arrival {
            Arrival::Next => {}
            Arrival::Gap(missing) if is_held_up => {
                self.recorder.found.tally.provoked_gaps += missing;
            }
            Arrival::Gap(missing) => {
                session.lost += missing;
                self.recorder.lost(kind, missing);
            }
            Arrival::Late => {
                session.lost = session.lost.saturating_sub(1);
                self.recorder.reordered(kind);
            }
            Arrival::Again => {
                session.has_repeats = true;
                self.recorder.found.tally.duplicated += 1;
                return;
            }
        }
        // What came after a loss of the connection was late for a reason that `resume` shows.
        let is_timed = !is_held_up && stamp.due >= session.opened;
        let took = now.saturating_sub(stamp.due);
        self.recorder.delivered(kind, is_timed.then_some(took));
        if self.plan.scenario.traffic == Traffic::Echo && is_timed {
            self.recorder.found.round_trip.record(took);
        }
    }
}

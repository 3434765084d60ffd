//! What a crowd counts.

use std::{mem, time::Duration};

use crate::{
    outcome::{CloseKind, FailureCause, Latency, PhaseSpan, RoomTally, Row, Tally},
    scenario::RoomKind,
};

/// What one part of the crowd found.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) tally: Tally,
    pub(crate) handshake: Latency,
    pub(crate) delivery: Latency,
    pub(crate) round_trip: Latency,
    pub(crate) resume: Latency,
    pub(crate) phases: Vec<PhaseSpan>,
    pub(crate) rooms: Vec<RoomTally>,
    /// The longest time over which the server told its clients to come back.
    pub(crate) spread: Option<Duration>,
    /// By how much this process was late itself, at most.
    pub(crate) late: Duration,
}

/// Counts for the run, for the phase and for the second at once.
#[derive(Debug)]
pub(super) struct Recorder {
    pub(super) found: Findings,
    row: Row,
    /// Times of the second, coarse: deliveries, handshakes and ways back.
    times: [Latency; 3],
    open: u64,
}

impl Recorder {
    pub(super) fn new(kinds: &[RoomKind]) -> Self {
        let rooms = kinds.iter();
        let rooms = rooms.map(|kind| RoomTally::of(&kind.name, kind.rooms, kind.members));
        Self {
            found: Findings {
                tally: Tally::default(),
                handshake: Latency::fine(),
                delivery: Latency::fine(),
                round_trip: Latency::fine(),
                resume: Latency::fine(),
                phases: Vec::new(),
                rooms: rooms.collect(),
                spread: None,
                late: Duration::ZERO,
            },
            row: Row::default(),
            times: [Latency::coarse(), Latency::coarse(), Latency::coarse()],
            open: 0,
        }
    }

    /// What was counted in the second that ends.
    pub(super) fn second(&mut self) -> Row {
        let mut row = mem::take(&mut self.row);
        row.open = self.open;
        let [delivery, handshake, resume] = &mut self.times;
        row.delivery = taken(delivery);
        row.handshake = taken(handshake);
        row.resume = taken(resume);
        row
    }

    pub(super) fn told_spread(&mut self, told: Option<Duration>) {
        self.found.spread = self.found.spread.max(told);
    }

    fn phase(&mut self) -> Option<&mut PhaseSpan> {
        self.found.phases.last_mut()
    }

    /// An attempt begins. What publishers do is not what a phase is asked for.
    pub(super) fn begun(&mut self, due: Duration, is_again: bool, is_member: bool) {
        self.row.begun += 1;
        self.found.tally.connects_begun += 1;
        if is_again {
            self.row.reconnects += 1;
            let tenth = due.subsec_millis() / 100;
            if let Some(count) = self.row.reconnect_tenths.get_mut(tenth as usize) {
                *count += 1;
            }
            self.found.tally.reconnects += 1;
        }
        if let Some(phase) = self.phase().filter(|_| is_member) {
            phase.begun += 1;
            phase.reconnects += u64::from(is_again);
        }
    }

    pub(super) fn made(&mut self, now: Duration, took: Duration, is_member: bool) {
        self.open += 1;
        self.row.made += 1;
        self.found.tally.connects_made += 1;
        self.found.handshake.record(took);
        let [_, handshake, _] = &mut self.times;
        handshake.record(took);
        if let Some(phase) = self.phase().filter(|_| is_member) {
            phase.made += 1;
            phase.last_made = now.as_secs_f64() - phase.began;
        }
    }

    pub(super) fn failed(&mut self, cause: FailureCause, is_member: bool) {
        self.row.failed += 1;
        self.found.tally.fail(cause);
        if let Some(phase) = self.phase().filter(|_| is_member) {
            phase.failed += 1;
        }
    }

    /// A connection that was open for so long is not any more.
    pub(super) fn closed(&mut self, kind: CloseKind, lived: Duration) {
        self.open = self.open.saturating_sub(1);
        *self.row.closes.entry(kind).or_default() += 1;
        self.found.tally.close(kind);
        self.found.tally.open_seconds += lived.as_secs_f64();
    }

    fn rooms(&mut self, kind: Option<usize>) -> Option<&mut RoomTally> {
        self.found.rooms.get_mut(kind?)
    }

    /// Something was published, in a room of a kind if there are kinds.
    pub(super) fn published(&mut self, kind: Option<usize>) {
        self.row.published += 1;
        self.found.tally.published += 1;
        if let Some(rooms) = self.rooms(kind) {
            rooms.published += 1;
        }
    }

    /// A publication arrived; `took` is not there when the scenario itself held it up.
    pub(super) fn delivered(&mut self, kind: Option<usize>, took: Option<Duration>) {
        self.row.delivered += 1;
        self.found.tally.delivered += 1;
        if let Some(took) = took {
            let [delivery, ..] = &mut self.times;
            delivery.record(took);
            self.found.delivery.record(took);
        }
        if let Some(rooms) = self.rooms(kind) {
            rooms.delivered += 1;
            took.inspect(|took| rooms.delivery.record(*took));
        }
    }

    /// So many bytes of frames came.
    pub(super) fn received(&mut self, bytes: usize) {
        self.row.received += bytes as u64;
        self.found.tally.volume.received += bytes as u64;
    }

    /// One of the messages in them was so long.
    pub(super) fn heard(&mut self, bytes: usize) {
        self.found.tally.volume.heard += bytes as u64;
    }

    /// So many bytes of frames are on their way.
    pub(super) fn sent(&mut self, bytes: usize) {
        self.row.sent += bytes as u64;
        self.found.tally.volume.sent += bytes as u64;
    }

    /// One of the messages in them is so long.
    pub(super) fn said(&mut self, bytes: usize) {
        self.found.tally.volume.said += bytes as u64;
    }

    /// A client has back what it had.
    pub(super) fn resumed(&mut self, took: Duration) {
        let [.., resume] = &mut self.times;
        resume.record(took);
        self.found.resume.record(took);
    }

    pub(super) fn lost(&mut self, kind: Option<usize>, count: u64) {
        self.row.lost += count;
        self.found.tally.lost += count;
        if let Some(rooms) = self.rooms(kind) {
            rooms.lost += count;
        }
    }

    /// One that was thought lost came after a later one.
    pub(super) fn reordered(&mut self, kind: Option<usize>) {
        let tally = &mut self.found.tally;
        tally.lost = tally.lost.saturating_sub(1);
        tally.reordered += 1;
        if let Some(rooms) = self.rooms(kind) {
            rooms.lost = rooms.lost.saturating_sub(1);
        }
    }
}

/// What was recorded, if anything was; the next second begins with nothing.
fn taken(latency: &mut Latency) -> Option<Latency> {
    let taken = (latency.count() > 0).then(|| latency.clone());
    latency.clear();
    taken
}

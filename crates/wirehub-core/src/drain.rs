//! Sending everybody away.

use wirehub_model::Moment;

use crate::{DrainPlan, timer_wheel::TICK};

/// The progress of a drain: clients are asked to move, all at once or so many a second, those who
/// stay are closed little by little, and at the deadline the rest is hung up on.
#[derive(Debug)]
pub(crate) struct Drain {
    pub(crate) plan: DrainPlan,
    stage: Stage,
    /// The next moment something is to be done.
    next: Moment,
    /// When the stage began.
    start: Moment,
    deadline: Moment,
    /// How many the stage has asked for.
    done: u64,
    /// The stage is through with the slots below this one.
    pub(crate) cursor: u32,
    /// The end was reported.
    pub(crate) reported: bool,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Clients are asked to move.
    Asking,
    /// Those who stayed are closed.
    Closing,
}

/// What a drain asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DrainStep {
    /// Nothing yet.
    Wait,
    /// Ask up to this many clients to move.
    Ask(usize),
    /// Close up to this many connections.
    Close(usize),
    /// Hang up on whoever is left.
    HangUp,
}

impl Drain {
    pub(crate) fn new(now: Moment, plan: DrainPlan) -> Self {
        Self {
            plan,
            stage: Stage::Asking,
            next: now,
            start: now,
            deadline: now + plan.deadline,
            done: 0,
            cursor: 0,
            reported: false,
        }
    }

    /// Everybody was asked to move: the closes begin when they had their time.
    pub(crate) fn all_are_asked(&mut self, now: Moment) {
        self.stage = Stage::Closing;
        self.start = now + self.plan.spread;
        self.next = self.start;
        (self.done, self.cursor) = (0, 0);
    }

    /// When something is to be done; `None` once everybody is gone.
    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        (!self.reported).then(|| self.next.min(self.deadline))
    }

    /// What is to be done at `now`.
    pub(crate) fn handle_timeout(&mut self, now: Moment) -> DrainStep {
        if self.reported {
            return DrainStep::Wait;
        }
        if self.deadline <= now {
            // Looked at again in case a connection arrives after the deadline.
            self.deadline = now + TICK;
            return DrainStep::HangUp;
        }
        if now < self.next {
            return DrainStep::Wait;
        }
        self.next = now + TICK;
        match (self.stage, self.plan.moves_per_second) {
            (Stage::Asking, None) => DrainStep::Ask(usize::MAX),
            (Stage::Asking, Some(rate)) => DrainStep::Ask(self.more(now, rate.get())),
            (Stage::Closing, _) => DrainStep::Close(self.more(now, self.plan.closes_per_second)),
        }
    }

    /// How many more there may be by now.
    fn more(&mut self, now: Moment, rate: u32) -> usize {
        let allowed = now.since(self.start).as_millis() * u128::from(rate) / 1_000;
        let before = std::mem::replace(&mut self.done, allowed as u64);
        (self.done - before) as usize
    }
}

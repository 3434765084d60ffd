//! Sending everybody away.

use wirehub_model::Moment;

use crate::{DrainPlan, timer_wheel::TICK};

/// The progress of a drain: clients are asked to move, those who stay are closed little by little,
/// and at the deadline the rest is hung up on.
#[derive(Debug)]
pub(crate) struct Drain {
    pub(crate) plan: DrainPlan,
    /// The next moment something is to be done.
    next: Moment,
    /// When the closes begin.
    start: Moment,
    deadline: Moment,
    /// How many closes were asked for.
    asked: u64,
    /// Slots below this one were closed.
    pub(crate) cursor: u32,
    /// The end was reported.
    pub(crate) reported: bool,
}

/// What a drain asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DrainStep {
    /// Nothing yet.
    Wait,
    /// Close up to this many connections.
    Close(usize),
    /// Hang up on whoever is left.
    HangUp,
}

impl Drain {
    pub(crate) fn new(now: Moment, plan: DrainPlan) -> Self {
        Self {
            plan,
            next: now + plan.spread,
            start: now + plan.spread,
            deadline: now + plan.deadline,
            asked: 0,
            cursor: 0,
            reported: false,
        }
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
        if self.next <= now {
            self.next = now + TICK;
            let rate = u128::from(self.plan.closes_per_second);
            let allowed = (now.since(self.start).as_millis() * rate / 1_000) as u64;
            let before = std::mem::replace(&mut self.asked, allowed);
            return DrainStep::Close((allowed - before) as usize);
        }
        DrainStep::Wait
    }
}

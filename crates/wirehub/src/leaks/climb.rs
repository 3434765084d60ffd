//! A level that should come to rest: whether it climbs although nothing is there for it.
//!
//! Memory and descriptors go up and down with the load, in ways that no account follows to the
//! byte. What tells a leak from that is that it never comes back: so the lowest levels of stretches
//! of time are compared, and the whole climb with the highest level that the same load ever had.

/// Looks after the load set a new record, in which its level is learned.
const WARM_UP: u32 = 10;
/// The lengths of stretches, in looks. A quick leak is seen in the short ones; what rises less in
/// them than it swings is seen in the long ones.
const SPANS: [u32; 3] = [5, 60, 720];
/// Stretches in a row whose lowest levels have to rise.
const RISES: u32 = 4;

/// What a level may be above the highest one that was learned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Margin {
    /// At least so much.
    pub(super) least: u64,
    /// What bounded caches may still take in, which fill when they like.
    pub(super) caches: u64,
}

/// A level over time, looked at in regular intervals.
#[derive(Debug)]
pub(super) struct Climb {
    margin: Margin,
    /// The highest level that was learned.
    ceiling: u64,
    /// Looks that are still for learning.
    learning: u32,
    stretches: [Stretch; SPANS.len()],
    found: Option<Rise>,
}

/// How far a level climbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rise {
    /// The highest level that was learned.
    pub(super) from: u64,
    /// The lowest level of the last stretch.
    pub(super) to: u64,
}

/// What a look made of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// From now on the level is judged: what is to be compared later is to be remembered now.
    Learned,
    /// It climbs, as is known since this look.
    Climbs(Rise),
    /// It climbed, and has not come back.
    StaysUp,
}

impl Climb {
    pub(super) fn new(margin: Margin) -> Self {
        Self {
            margin,
            ceiling: 0,
            learning: WARM_UP,
            stretches: SPANS.map(Stretch::new),
            found: None,
        }
    }

    /// Takes in the level of one look. After a record of the load everything is learned anew, since
    /// more things have every right to take more.
    pub(super) fn look(&mut self, level: u64, is_record: bool) -> Found {
        if is_record {
            self.learning = WARM_UP;
            self.stretches = SPANS.map(Stretch::new);
            self.found = None;
        }
        if self.learning > 0 {
            self.learning -= 1;
            self.ceiling = self.ceiling.max(level);
            return if self.learning == 0 {
                Found::Learned
            } else {
                Found::Nothing
            };
        }
        let (margin, bound) = (self.margin(), self.bound());
        let rising = self.stretches.each_mut().map(|stretch| {
            let floor = stretch.look(level)?;
            (floor > bound && stretch.rises(margin)).then_some(floor)
        });
        if self.found.is_some() {
            if level > bound {
                return Found::StaysUp;
            }
            self.found = None;
        }
        let Some(to) = rising.into_iter().flatten().next() else {
            return Found::Nothing;
        };
        let from = self.ceiling;
        let rise = Rise { from, to };
        self.found = Some(rise);
        Found::Climbs(rise)
    }

    /// The highest level that is no leak.
    pub(super) fn bound(&self) -> u64 {
        self.ceiling.saturating_add(self.margin())
    }

    /// An eighth is twice what the load may grow by before it counts as a record.
    fn margin(&self) -> u64 {
        let Margin { least, caches } = self.margin;
        least.max(self.ceiling / 8).saturating_add(caches)
    }
}

/// Stretches of one length, one after the other.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    span: u32,
    looks: u32,
    /// The lowest level of the present stretch.
    floor: u64,
    /// That of the one before.
    last: Option<u64>,
    /// How often in a row it rose, by how much together, and by how much at most at once.
    rises: u32,
    gained: u64,
    largest: u64,
}

impl Stretch {
    const fn new(span: u32) -> Self {
        Self {
            span,
            looks: 0,
            floor: u64::MAX,
            last: None,
            rises: 0,
            gained: 0,
            largest: 0,
        }
    }

    /// Takes in a level; returns the lowest one of a stretch that ends with it.
    fn look(&mut self, level: u64) -> Option<u64> {
        self.floor = self.floor.min(level);
        self.looks += 1;
        if self.looks < self.span {
            return None;
        }
        let floor = self.floor;
        let gain = self.last.map_or(0, |last| floor.saturating_sub(last));
        if gain > 0 {
            self.rises += 1;
            self.gained = self.gained.saturating_add(gain);
            self.largest = self.largest.max(gain);
        } else {
            (self.rises, self.gained, self.largest) = (0, 0, 0);
        }
        (self.looks, self.floor, self.last) = (0, u64::MAX, Some(floor));
        Some(floor)
    }

    /// Whether the level rose again and again, by more than the margin even without the largest
    /// step: what was put up once, such as a cache, is no leak.
    const fn rises(&self, margin: u64) -> bool {
        self.rises >= RISES && self.gained - self.largest > margin
    }
}

#[cfg(test)]
mod tests;

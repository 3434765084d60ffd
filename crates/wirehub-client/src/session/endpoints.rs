//! Where to connect, and what to leave alone for a while.

/// How long an endpoint rests the first time, in milliseconds.
const REST: f64 = 30_000.0;
const REST_MOST: f64 = 300_000.0;

#[derive(Clone, Debug)]
struct Endpoint {
    /// Failures in a row.
    failures: u32,
    /// Nobody connects to it until then.
    rests_until: f64,
    /// How long it rests the next time.
    rest: f64,
}

const FRESH: Endpoint = Endpoint {
    failures: 0,
    rests_until: 0.0,
    rest: REST,
};

/// A breaker for each endpoint. The first is preferred.
#[derive(Debug)]
pub(crate) struct Endpoints {
    pub(crate) current: usize,
    all: Vec<Endpoint>,
    bound: u32,
}

impl Endpoints {
    pub(crate) fn new(count: usize, bound: u32) -> Self {
        Self {
            current: 0,
            all: vec![FRESH; count],
            bound,
        }
    }

    /// An endpoint could not be reached, or answered 5xx. Returns whether another one is tried from
    /// now on.
    pub(crate) fn fail(&mut self, now: f64, endpoint: usize) -> bool {
        let Some(failing) = self.all.get_mut(endpoint) else {
            return false;
        };
        failing.failures += 1;
        if failing.failures < self.bound {
            return false;
        }
        failing.failures = 0;
        failing.rests_until = now + failing.rest;
        failing.rest = REST_MOST.min(failing.rest * 2.0);
        if endpoint != self.current {
            return false;
        }
        let rested = self.all.iter().position(|other| other.rests_until <= now);
        let soonest = || {
            let all = self.all.iter().enumerate();
            // Of those that are ready at the same moment, the first one.
            all.min_by(|(_, one), (_, other)| one.rests_until.total_cmp(&other.rests_until))
                .map(|(number, _)| number)
        };
        self.current = rested.or_else(soonest).unwrap_or(endpoint);
        self.current != endpoint
    }

    /// A connection to an endpoint was stable.
    pub(crate) fn well(&mut self, endpoint: usize) {
        if let Some(good) = self.all.get_mut(endpoint) {
            *good = FRESH;
        }
    }
}

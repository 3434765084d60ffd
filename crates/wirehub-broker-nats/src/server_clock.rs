//! What time it is for all nodes.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use wirehub_broker::meeting::Ahead;

/// By how much the clock may stand still, when the server's was found to be behind it. Past it the
/// server's has been set back, and this one follows.
const STILL_MAX: Duration = Duration::from_secs(5);

/// The clock of the server that leads a stream, as far as this process knows it: never ahead of it,
/// since what was said to be the time is not later when it is heard. So nobody's lease is over
/// early, whatever the clocks of the nodes say.
#[derive(Debug)]
pub(crate) struct ServerClock {
    ahead: Ahead,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// What the server said, and when that was heard.
    said: Duration,
    heard: Instant,
    /// What was told here last.
    told: Duration,
}

impl ServerClock {
    pub(crate) fn new(ahead: Ahead) -> Self {
        Self {
            ahead,
            state: Mutex::new(State {
                said: Duration::ZERO,
                heard: Instant::now(),
                told: Duration::ZERO,
            }),
        }
    }

    /// The server has just said what time it is.
    pub(crate) fn learn(&self, said: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.said, state.heard) = (said, Instant::now());
    }

    /// The time since the Unix epoch.
    pub(crate) fn now(&self) -> Duration {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = state.said.saturating_add(state.heard.elapsed());
        if now > state.told || state.told - now > STILL_MAX {
            state.told = now;
        }
        state.told.saturating_add(self.ahead.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_goes_back_a_little() {
        let ahead = Ahead::default();
        let clock = ServerClock::new(ahead.clone());
        clock.learn(Duration::from_secs(1_000));
        let before = clock.now();
        clock.learn(Duration::from_secs(999));
        assert_eq!(clock.now(), before);
        ahead.advance(Duration::from_secs(10));
        assert_eq!(clock.now(), before + Duration::from_secs(10));
        clock.learn(Duration::from_secs(10));
        assert!(clock.now() < Duration::from_secs(30));
    }
}

//! Growing random delays between attempts to connect.

use std::{thread, time::Duration};

use crate::dice::Dice;

const FIRST: Duration = Duration::from_millis(4);
const LONGEST: Duration = Duration::from_millis(60);

/// How long a client waits before it tries again.
pub(crate) struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl Backoff {
    /// An attempt was in vain, or a connection was lost.
    pub(crate) fn wait(&mut self, dice: &mut Dice) {
        thread::sleep(dice.micros(0, self.0.as_micros() as u64));
        self.0 = (self.0 * 2).min(LONGEST);
    }

    /// The server was there.
    pub(crate) fn reset(&mut self) {
        self.0 = FIRST;
    }
}

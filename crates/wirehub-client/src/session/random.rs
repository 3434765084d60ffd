//! Chance, as it is given to a session.

use std::fmt;

/// Numbers from 0 up to, and without, 1. Whoever gives them decides whether they can be foreseen.
pub(crate) struct Random(Box<dyn FnMut() -> f64 + Send>);

impl Random {
    pub(crate) fn new(draw: impl FnMut() -> f64 + Send + 'static) -> Self {
        Self(Box::new(draw))
    }

    pub(crate) fn draw(&mut self) -> f64 {
        (self.0)()
    }

    /// A moment within a span, to come apart from others.
    pub(crate) fn within(&mut self, span: f64) -> f64 {
        self.draw() * span
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}

//! What happened, in lines.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use wirehub_model::Moment;

/// The last lines of a simulation. A simulation that nobody reads writes none, which is most of its
/// speed; one with a finding is run again with a trace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace(Option<Rc<RefCell<Lines>>>);

#[derive(Debug, Default)]
struct Lines {
    lines: VecDeque<String>,
    skipped: usize,
    kept: usize,
    now: Moment,
}

impl Trace {
    /// A trace that keeps the last `kept` lines.
    pub(crate) fn of(kept: usize) -> Self {
        Self(Some(Rc::new(RefCell::new(Lines {
            kept,
            ..Lines::default()
        }))))
    }

    /// Time passes.
    pub(crate) fn set_now(&self, now: Moment) {
        if let Some(lines) = &self.0 {
            lines.borrow_mut().now = now;
        }
    }

    /// Writes a line, if anybody reads it.
    pub(crate) fn line(&self, text: impl FnOnce() -> String) {
        if let Some(lines) = &self.0 {
            let text = text();
            let mut lines = lines.borrow_mut();
            if lines.lines.len() >= lines.kept {
                lines.lines.pop_front();
                lines.skipped += 1;
            }
            let seconds = lines.now.as_micros() as f64 / 1e6;
            lines.lines.push_back(format!("{seconds:>10.4}  {text}"));
        }
    }

    /// The lines that were kept, and how many were before them.
    pub(crate) fn take(&self) -> (Vec<String>, usize) {
        self.0.as_ref().map_or_else(Default::default, |lines| {
            let mut lines = lines.borrow_mut();
            (lines.lines.drain(..).collect(), lines.skipped)
        })
    }
}

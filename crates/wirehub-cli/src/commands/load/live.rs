//! How a run goes, while it goes.

mod board;
mod draw;
mod lines;
mod screen;

use std::{
    io::{self, IsTerminal as _},
    sync::Arc,
};

use wirehub_load::{Progress, Scenario, Stop, Target};

use self::{board::Board, lines::Lines, screen::Screen};
use crate::failure::Failure;

/// Shows progress: on a terminal all of it, elsewhere line by line.
pub(super) enum Live {
    Screen(Screen),
    Lines(Lines),
}

impl Live {
    /// Begins; `wants_lines` is for those who want no full screen on a terminal either.
    pub(super) fn begin(
        scenario: &Scenario,
        targets: &[Target],
        stop: &Arc<Stop>,
        wants_lines: bool,
    ) -> Result<Self, Failure> {
        let is_terminal = io::stdout().is_terminal() && io::stdin().is_terminal();
        if wants_lines || !is_terminal {
            return Ok(Self::Lines(Lines::begin(scenario, targets)));
        }
        let board = Board::new(scenario, targets);
        Ok(Self::Screen(Screen::begin(board, Arc::clone(stop))?))
    }

    pub(super) fn show(&mut self, progress: &Progress<'_>) {
        match self {
            Self::Screen(screen) => screen.show(progress),
            Self::Lines(lines) => lines.show(progress),
        }
    }

    /// Leaves the terminal as it was.
    pub(super) fn end(self) {
        match self {
            Self::Screen(screen) => screen.end(),
            Self::Lines(lines) => lines.end(),
        }
    }
}

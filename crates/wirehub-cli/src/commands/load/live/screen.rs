//! A run on a full screen.
//!
//! A thread of its own draws: once a second, when somebody types, and when the terminal has
//! another size.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    thread::{self, JoinHandle},
};

use ratatui::{
    DefaultTerminal, Frame,
    crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers},
};
use tokio::sync::mpsc;
use wirehub_load::{Progress, Stop};

use super::{
    board::{Board, Second},
    draw,
};
use crate::{failure::Failure, terminal};

/// Seconds that wait to be drawn; a terminal that is slower than that misses some.
const SECONDS: usize = 8;

/// A run on a full screen.
pub(in super::super) struct Screen {
    seconds: mpsc::Sender<Second>,
    drawer: JoinHandle<()>,
}

impl Screen {
    pub(super) fn begin(board: Board, stop: Arc<Stop>) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.map_err(Failure::outside)?;
        let mut terminal = ratatui::try_init().map_err(Failure::outside)?;
        let (seconds, coming) = mpsc::channel(SECONDS);
        let drawer = thread::Builder::new().name("screen".to_owned());
        let drawer = drawer.spawn(move || {
            runtime.block_on(watch(&mut terminal, board, coming, &stop));
            ratatui::restore();
        });
        let drawer = drawer.map_err(|error| {
            ratatui::restore();
            Failure::outside(error)
        })?;
        Ok(Self { seconds, drawer })
    }

    pub(super) fn show(&self, progress: &Progress<'_>) {
        // What cannot be shown in time is nothing to wait for.
        let _ = self.seconds.try_send(Second::of(progress));
    }

    /// Leaves the terminal as it was.
    pub(super) fn end(self) {
        drop(self.seconds);
        // A thread that panicked has left it too.
        let _ = self.drawer.join();
    }
}

/// Draws until the run is over, or the terminal is gone.
async fn watch(
    terminal: &mut DefaultTerminal,
    mut board: Board,
    mut seconds: mpsc::Receiver<Second>,
    stop: &Stop,
) {
    let mut events = terminal::events();
    loop {
        board.is_stopping = stop.soon.load(Relaxed);
        let draw = |frame: &mut Frame<'_>| draw::draw(frame, &board);
        if terminal.draw(draw).is_err() {
            return;
        }
        tokio::select! {
            second = seconds.recv() => match second {
                Some(second) => board.take(second),
                None => return,
            },
            event = events.recv() => match event {
                Some(Event::Key(key)) if key.is_press() && ends(key) => stop.ask(),
                Some(_) => {}
                // Nobody types any more, and the run goes on.
                None => return,
            },
        }
    }
}

/// Whether a key asks for the end.
fn ends(key: KeyEvent) -> bool {
    let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
    matches!(
        (key.code, is_control),
        (KeyCode::Char('c'), true) | (KeyCode::Char('q'), _)
    )
}

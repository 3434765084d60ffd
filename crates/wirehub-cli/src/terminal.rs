//! What full screens have in common.

pub(crate) mod panel;
pub(crate) mod words;

use std::thread;

use ratatui::crossterm::event::{self, Event};
use tokio::sync::mpsc;

/// What is typed, and new sizes, read on a thread of its own, since reading waits.
pub(crate) fn events() -> mpsc::Receiver<Event> {
    let (tell, events) = mpsc::channel(16);
    thread::spawn(move || {
        while let Ok(event) = event::read() {
            if tell.blocking_send(event).is_err() {
                return;
            }
        }
    });
    events
}

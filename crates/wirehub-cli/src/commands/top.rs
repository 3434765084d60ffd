//! `wirehub top`: a running hub at a glance, in a terminal.

mod board;
mod scrape;
mod screen;

use std::{
    io::{self, IsTerminal as _},
    time::{Duration, Instant},
};

use ratatui::{
    DefaultTerminal,
    crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers},
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time;

use self::{
    board::{Board, TopicLine},
    scrape::Scrape,
};
use super::server_api::ServerApi;
use crate::{cli::Top, exit_code::ExitCode, failure::Failure, terminal};

/// How long the hub may take for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Topics are listed once in so many looks: each shard looks through all it has.
const TOPICS_EACH: u32 = 3;
/// As many as one answer has.
const TOPICS: u32 = 1_000;

pub(crate) fn run(flags: &Top) -> Result<ExitCode, Failure> {
    let server = ServerApi::find(&flags.server)?;
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(Failure::usage(
            "`wirehub top` draws on a terminal; for programs there are `/metrics` and `/api/info`",
        ));
    }
    let mut terminal = ratatui::try_init().map_err(Failure::outside)?;
    let outcome = server.run(async |server| watch(server, flags.every.0, &mut terminal).await);
    ratatui::restore();
    outcome
}

/// Looks and draws until somebody leaves.
async fn watch(
    server: &ServerApi,
    every: Duration,
    terminal: &mut DefaultTerminal,
) -> Result<ExitCode, Failure> {
    let mut board = Board::new(server.base());
    let mut events = terminal::events();
    let mut looks = 0_u32;
    let mut tick = time::interval(every);
    tick.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    loop {
        let draw = |frame: &mut ratatui::Frame<'_>| screen::draw(frame, &board);
        terminal.draw(draw).map_err(Failure::outside)?;
        tokio::select! {
            event = events.recv() => match event {
                Some(Event::Key(key)) if key.is_press() && leaves(&mut board, key) => {
                    return Ok(ExitCode::Fine);
                }
                Some(_) => {}
                None => return Err(Failure::outside("the terminal is gone")),
            },
            _ = tick.tick(), if !board.is_paused => {
                let wants_topics = looks.is_multiple_of(TOPICS_EACH);
                looks = looks.wrapping_add(1);
                if let Err(failure) = look(server, &mut board, wants_topics).await {
                    board.trouble = Some(failure.message);
                }
            }
        }
    }
}

/// Does what a key asks for; whether that is to leave.
fn leaves(board: &mut Board, key: KeyEvent) -> bool {
    match key.code {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => return true,
        KeyCode::Char('q') => return true,
        KeyCode::Esc if !board.shows_help => return true,
        KeyCode::Esc => board.shows_help = false,
        KeyCode::Char('?') => board.shows_help = !board.shows_help,
        KeyCode::Char(' ') => board.is_paused = !board.is_paused,
        KeyCode::Down => board.scroll(1),
        KeyCode::Up => board.scroll(-1),
        KeyCode::PageDown => board.scroll(10),
        KeyCode::PageUp => board.scroll(-10),
        _ => {}
    }
    false
}

async fn look(server: &ServerApi, board: &mut Board, wants_topics: bool) -> Result<(), Failure> {
    let request = server.request(Method::GET, "/metrics").timeout(TIMEOUT);
    let text = server.answer(request).await?.text().await;
    let text = text.map_err(Failure::outside)?;
    board.take(Scrape::read(Instant::now(), &text));
    if wants_topics {
        let body = json!({ "filter": "#", "limit": TOPICS }).to_string();
        let request = server.request(Method::POST, "/api/topics").timeout(TIMEOUT);
        let answer = server.answer(request.body(body)).await?.text().await;
        let answer = answer.map_err(Failure::outside)?;
        let (topics, more) = listed(&answer);
        board.take_topics(topics, more);
    }
    Ok(())
}

/// The topics of an answer, and whether there are more.
fn listed(answer: &str) -> (Vec<TopicLine>, bool) {
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    let topics = answer["topics"].as_array().into_iter().flatten();
    let topics = topics.filter_map(|entry| {
        let name = entry["topic"].as_str()?.to_owned();
        Some((name, entry["subscribers"].as_u64()?))
    });
    (topics.collect(), answer["more"].as_bool().unwrap_or(false))
}

use std::time::{Duration, Instant};

use ratatui::{Terminal, backend::TestBackend};

use super::*;
use crate::commands::top::scrape::Scrape;

/// The metrics of a hub after so many seconds, of which it delivered a thousand messages each.
fn metrics(seconds: u64) -> String {
    let delivered = 1_000 * seconds;
    format!(
        "wirehub_build_info{{version=\"0.1.0\"}} 1\n\
         wirehub_uptime_seconds {seconds}\n\
         wirehub_connections{{state=\"open\"}} 20000\n\
         wirehub_connections{{state=\"closing\"}} 3\n\
         wirehub_sessions_parked 42\n\
         wirehub_deliveries_total {delivered}\n\
         wirehub_messages_received_total {seconds}0\n\
         wirehub_queue_bytes 1536\n\
         wirehub_delivery_duration_seconds_bucket{{le=\"0.001\"}} {delivered}\n\
         wirehub_delivery_duration_seconds_bucket{{le=\"+Inf\"}} {delivered}\n\
         wirehub_shard_up{{shard=\"0\"}} 1\n\
         wirehub_shard_up{{shard=\"1\"}} 0\n\
         wirehub_shard_connections{{shard=\"0\"}} 12000\n\
         wirehub_shard_connections{{shard=\"1\"}} 8000\n\
         wirehub_shard_turns_total{{shard=\"0\"}} {seconds}00\n\
         wirehub_shard_turns_total{{shard=\"1\"}} 7\n\
         process_cpu_seconds_total {seconds}\n\
         process_resident_memory_bytes 1048576\n"
    )
}

fn board() -> Board {
    let mut board = Board::new("http://127.0.0.1:8001");
    let start = Instant::now();
    for seconds in [10, 12, 14] {
        let at = start + Duration::from_secs(seconds);
        board.take(Scrape::read(at, &metrics(seconds)));
    }
    let topics = [("orders/1", 9), ("chat/\u{1b}[2Jroom", 80), ("a", 9)];
    let topics = topics.map(|(name, subscribers)| (name.to_owned(), subscribers));
    board.take_topics(topics.into(), false);
    board
}

/// What a terminal of this size shows, a line each.
fn drawn(board: &Board, width: u16, height: u16) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, board)).unwrap();
    let buffer = terminal.backend().buffer();
    let rows = buffer.content().chunks(usize::from(width));
    rows.map(|row| row.iter().map(|cell| cell.symbol()).collect())
        .collect()
}

fn shows(lines: &[String], text: &str) -> bool {
    lines.iter().any(|line| line.contains(text))
}

#[test]
fn figures_shards_and_topics_are_on_one_screen() {
    let lines = drawn(&board(), 110, 30);
    for text in [
        "version 0.1.0   up 14 s",
        "20.0k  42 may resume",
        "1.00k  10.0 messages in",
        "990 µs  half within 500 µs",
        "1.50 KiB",
        "100 % of a core  1.00 MiB of memory",
        "100 turns/s",
        "does not answer",
        "80  chat/",
        "q leave",
    ] {
        assert!(shows(&lines, text), "{text}: {lines:#?}");
    }
    let at = |text: &str| lines.iter().position(|line| line.contains(text)).unwrap();
    assert!(at("chat/") < at("  a ") && at("  a ") < at("orders/1"));
}

#[test]
fn names_of_topics_cannot_move_the_cursor() {
    let lines = drawn(&board(), 110, 30);
    assert!(shows(&lines, r"chat/\u{1b}[2Jroom"), "{lines:#?}");
}

#[test]
fn small_terminals_show_less_and_break_nothing() {
    for (width, height) in [(80, 24), (40, 12), (10, 3), (1, 1)] {
        let lines = drawn(&board(), width, height);
        assert_eq!(lines.len(), usize::from(height));
    }
    assert!(shows(&drawn(&board(), 80, 24), "20.0k"));
}

#[test]
fn a_hub_that_is_away_is_said_to_be() {
    let mut away = Board::new("http://127.0.0.1:8001");
    assert!(shows(
        &drawn(&away, 80, 24),
        "waiting for the first figures"
    ));
    away.trouble = Some("no answer from http://127.0.0.1:8001".to_owned());
    assert!(shows(&drawn(&away, 80, 24), "no answer from"));
    let mut back = board();
    back.trouble = Some("no answer".to_owned());
    back.take(Scrape::read(Instant::now(), &metrics(20)));
    assert!(!shows(&drawn(&back, 80, 24), "no answer"));
}

#[test]
fn keys_are_explained_and_topics_go_on() {
    let mut board = board();
    board.shows_help = true;
    let lines = drawn(&board, 80, 24);
    for (_, what) in KEYS {
        assert!(shows(&lines, what), "{what}: {lines:#?}");
    }
    board.shows_help = false;
    board.scroll(100);
    let lines = drawn(&board, 110, 30);
    assert!(shows(&lines, "orders/1") && !shows(&lines, "80  chat/"));
    board.scroll(-100);
    assert!(shows(&drawn(&board, 110, 30), "80  chat/"));
}

use std::time::Duration;

use ratatui::{Terminal, backend::TestBackend};
use wirehub_load::{Backoff, Latency, Progress, Quick, QuickForm, Reading, Row, Series, Target};

use super::*;
use crate::commands::load::live::board::Second;

/// A board after so many seconds of a storm.
fn board(seconds: u32, is_watched: bool) -> Board {
    let quick = Quick {
        form: QuickForm::Storm,
        lasts: Duration::from_secs(60),
        connections: 20_000,
        threads: 2,
        rate: None,
        payload: 128,
        backoff: Backoff::default(),
    };
    let target = Target::parse("ws://hub.example/ws?token=t").unwrap();
    let mut scenario = quick.scenario();
    scenario.name = "storm\u{1b}[2J".to_owned();
    let mut board = Board::new(&scenario, &[target]);
    let series = Series::default();
    for second in 1..=seconds {
        let mut delivery = Latency::coarse();
        delivery.record(Duration::from_millis(7));
        let row = Row {
            open: 19_800,
            failed: 2,
            delivered: 3_200,
            received: 4_096,
            delivery: Some(delivery),
            ..Row::default()
        };
        let server = Reading {
            at: f64::from(second),
            cpu: Some(f64::from(second) / 2.0),
            memory: Some(1 << 20),
            descriptors: Some(20_040),
            ..Reading::default()
        };
        board.take(Second::of(&Progress {
            at: f64::from(second),
            lasts: 60.0,
            doing: "hold".to_owned(),
            row: &row,
            series: &series,
            server: is_watched.then_some(&server),
        }));
    }
    board
}

/// What a terminal of this size shows, a line each.
fn drawn(board: &Board, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, board)).unwrap();
    let buffer = terminal.backend().buffer();
    let rows = buffer.content().chunks(usize::from(width));
    let rows = rows.map(|row| row.iter().map(|cell| cell.symbol()).collect());
    rows.collect::<Vec<String>>().join("\n")
}

#[test]
fn everything_that_was_seen_is_there() {
    let shown = drawn(&board(30, true), 120, 30);
    for text in [
        "storm\u{fffd}[2J",
        "20.0k connections to ws://hub.example/ws ",
        "30 s of 1 min 0 s  hold",
        "19.8k",
        "60 failed so far",
        "4.00 KiB",
        "3.20k",
        "ms  half within",
        "50 % of a core",
        "1.00 MiB",
        "✓        0 s     20.0 s  ramp to 20000 connections",
        "▶",
        "Ctrl-C or q",
    ] {
        assert!(shown.contains(text), "{text}\nnot in\n{shown}");
    }
    assert!(!shown.contains("token"), "{shown}");
}

#[test]
fn a_small_terminal_shows_what_fits_and_any_size_is_drawn() {
    let mut board = board(3, false);
    board.is_stopping = true;
    let shown = drawn(&board, 80, 24);
    for text in [
        "ending",
        "Phases",
        "waits for nothing",
        "Deliveries a second",
    ] {
        assert!(shown.contains(text), "{text}\nnot in\n{shown}");
    }
    assert!(!shown.contains("Server's"), "{shown}");
    for (width, height) in [(1, 1), (10, 3), (40, 12), (300, 90)] {
        drawn(&board, width, height);
    }
}

#[test]
fn before_the_first_second_there_is_nothing_to_say() {
    assert!(drawn(&board(0, false), 80, 24).contains("begin"));
}

//! The board, drawn on a terminal.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Style, Stylize as _},
    text::{Line, Span},
    widgets::{LineGauge, Paragraph},
};

use super::board::{Board, Figures, Leg};
use crate::terminal::{
    panel::{self, ACCENT, Panel, SECOND, block},
    words,
};

/// Height of a row of panels.
const PANELS: u16 = 6;

/// Draws all of it.
pub(super) fn draw(frame: &mut Frame<'_>, board: &Board) {
    let now = board.now();
    let watched = if board.server.is_some() { PANELS } else { 0 };
    let rows = [
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(PANELS),
        Constraint::Length(PANELS),
        Constraint::Length(watched),
        Constraint::Min(3),
        Constraint::Length(1),
    ];
    let [head, gauge, above, below, server, phases, foot] =
        Layout::vertical(rows).areas(frame.area());
    frame.render_widget(head_line(board), head);
    frame.render_widget(progress(board), gauge);
    panel::row(frame, above, &crowd_panels(board, &now));
    panel::row(frame, below, &message_panels(board, &now));
    if board.server.is_some() {
        panel::row(frame, server, &server_panels(board, &now));
    }
    frame.render_widget(phase_list(board, phases), phases);
    frame.render_widget(foot_line(board), foot);
}

fn head_line(board: &Board) -> Line<'static> {
    let connections = words::count(f64::from(board.connections));
    let mut line = vec![
        Span::from(" wirehub load ").bold().fg(ACCENT),
        Span::from(format!("{}  ", shown(&board.scenario))).bold(),
        Span::from(format!(
            "{connections} connections to {}",
            shown(&board.target)
        ))
        .dim(),
    ];
    if board.is_stopping {
        line.push("   ending".bold().fg(SECOND));
    }
    line.into()
}

/// How far the run is, and what it does.
fn progress(board: &Board) -> LineGauge<'static> {
    let part = match board.lasts > 0.0 {
        true => (board.at / board.lasts).clamp(0.0, 1.0),
        false => 1.0,
    };
    let (at, lasts) = (words::long(board.at), words::long(board.lasts));
    LineGauge::default()
        .ratio(part)
        .label(format!(" {at} of {lasts}  {}", board.doing))
        .filled_style(Style::new().fg(ACCENT))
        .unfilled_style(Style::new().dark_gray())
}

fn crowd_panels(board: &Board, now: &Figures) -> [Panel; 3] {
    let failed = words::count(board.failed as f64);
    [
        Panel {
            title: "Open connections",
            value: words::count(now.open),
            more: format!("{} closed a second", words::rate(now.closed)),
            colour: ACCENT,
            line: board.line(|one| one.open),
        },
        Panel {
            title: "Opened a second",
            value: words::rate(now.made),
            more: format!("{failed} failed so far"),
            colour: alarm(board.failed, SECOND),
            line: board.line(|one| one.made),
        },
        Panel {
            title: "Bytes in, a second",
            value: words::bytes(now.received),
            more: format!("{} out", words::bytes(now.sent)),
            colour: Color::Blue,
            line: board.line(|one| one.received),
        },
    ]
}

fn message_panels(board: &Board, now: &Figures) -> [Panel; 3] {
    let lost = words::count(board.lost as f64);
    [
        Panel {
            title: "Deliveries a second",
            value: words::rate(now.delivered),
            more: format!("{} published", words::rate(now.published)),
            colour: ACCENT,
            line: board.line(|one| one.delivered),
        },
        Panel {
            title: "Due to delivered, p99",
            value: words::seconds(now.most),
            more: format!("half within {}", words::seconds(now.half)),
            colour: Color::Magenta,
            line: board.line(|one| one.most.unwrap_or(0.0) * 1_000.0),
        },
        Panel {
            title: "The longest of all",
            value: words::seconds(now.longest),
            more: format!("{lost} lost so far"),
            colour: alarm(board.lost, Color::Magenta),
            line: board.line(|one| one.longest.unwrap_or(0.0) * 1_000.0),
        },
    ]
}

fn server_panels(board: &Board, now: &Figures) -> [Panel; 3] {
    let server = board.server.as_ref();
    let tasks = server.and_then(|server| server.tasks);
    let tasks = tasks.map_or_else(String::new, |tasks| format!("{tasks} tasks"));
    let overflows = server.and_then(|server| server.accept_overflows);
    let overflows =
        overflows.map_or_else(String::new, |count| format!("{count} accepts overflowed"));
    [
        Panel {
            title: "Server's processor",
            value: format!("{:.0} % of a core", now.cores * 100.0),
            more: tasks,
            colour: Color::Green,
            line: board.line(|one| one.cores),
        },
        Panel {
            title: "Server's memory",
            value: words::bytes(now.memory),
            more: String::new(),
            colour: Color::Green,
            line: board.line(|one| one.memory),
        },
        Panel {
            title: "Server's files",
            value: words::count(now.files),
            more: overflows,
            colour: Color::Green,
            line: board.line(|one| one.files),
        },
    ]
}

/// The phases around the one that goes on.
fn phase_list(board: &Board, area: Rect) -> Paragraph<'static> {
    let room = usize::from(area.height.saturating_sub(2)).max(1);
    let going = board.leg();
    let first = going.saturating_sub(room / 2);
    let first = first.min(board.legs.len().saturating_sub(room));
    let legs = board.legs.iter().enumerate().skip(first).take(room);
    let lines = legs.map(|(place, leg)| phase_line(leg, place.cmp(&going)));
    Paragraph::new(lines.collect::<Vec<_>>()).block(block("Phases", ""))
}

fn phase_line(leg: &Leg, place: std::cmp::Ordering) -> Line<'static> {
    let (mark, style) = match place {
        std::cmp::Ordering::Less => ("✓", Style::new().dim()),
        std::cmp::Ordering::Equal => ("▶", Style::new().bold().fg(ACCENT)),
        std::cmp::Ordering::Greater => (" ", Style::new()),
    };
    let from = words::long(leg.began);
    let lasts = format!("{:.1} s", leg.ends - leg.began);
    Line::styled(
        format!(" {mark} {from:>10}  {lasts:>9}  {}", leg.label),
        style,
    )
}

fn foot_line(board: &Board) -> Line<'static> {
    match board.is_stopping {
        false => " Ctrl-C or q: end with what was found so far".dim().into(),
        true => " what is on its way may arrive; Ctrl-C again waits for nothing"
            .bold()
            .fg(SECOND)
            .into(),
    }
}

/// A colour, or red when there was any of what there should be none.
const fn alarm(count: u64, colour: Color) -> Color {
    match count {
        0 => colour,
        _ => Color::Red,
    }
}

/// Text of files and URLs, in which nothing moves the cursor.
fn shown(text: &str) -> String {
    let shown = text.chars().map(|letter| match letter.is_control() {
        true => '\u{fffd}',
        false => letter,
    });
    shown.collect()
}

#[cfg(test)]
mod tests;

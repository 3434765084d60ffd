//! The board, drawn on a terminal.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Stylize as _},
    text::{Line, Span, Text},
    widgets::{Clear, Paragraph},
};

use super::board::{Board, Figures};
use crate::terminal::{
    panel::{self, ACCENT, Panel, SECOND, block},
    words,
};

/// What the keys do.
pub(super) const KEYS: [(&str, &str); 5] = [
    ("q", "leave"),
    ("space", "hold, and go on"),
    ("↓ ↑", "more topics"),
    ("?", "this list"),
    ("esc", "close this list, or leave"),
];

/// Draws all of it.
pub(super) fn draw(frame: &mut Frame<'_>, board: &Board) {
    let rows = [
        Constraint::Length(1),
        Constraint::Length(7),
        Constraint::Length(7),
        Constraint::Min(5),
        Constraint::Length(1),
    ];
    let [head, above, below, lists, foot] = Layout::vertical(rows).areas(frame.area());
    frame.render_widget(head_line(board), head);
    match board.now() {
        Some(now) => {
            panel::row(frame, above, &first_panels(board, now));
            panel::row(frame, below, &second_panels(board, now));
        }
        None => frame.render_widget(waiting(board), above),
    }
    let [shards, topics] =
        Layout::horizontal([Constraint::Percentage(40), Constraint::Percentage(60)]).areas(lists);
    frame.render_widget(shard_list(board, shards.width), shards);
    frame.render_widget(topic_list(board, topics), topics);
    frame.render_widget(foot_line(board), foot);
    if board.shows_help {
        help(frame);
    }
}

fn head_line(board: &Board) -> Line<'static> {
    let mut line = vec![
        Span::from(" wirehub ").bold().fg(ACCENT),
        Span::from(board.address.clone()).dim(),
    ];
    if let Some(last) = board.last() {
        let version = last.by("wirehub_build_info", "version");
        let version = version.first().map_or("", |(version, _)| version);
        let up = words::long(last.sum("wirehub_uptime_seconds"));
        line.push(Span::from(format!("   version {version}   up {up}   ")));
        line.push(match last.sum("wirehub_draining") > 0.0 {
            true => "draining".bold().fg(Color::Red),
            false => "● running".fg(Color::Green),
        });
    }
    if board.is_paused {
        line.push("   held".bold().fg(SECOND));
    }
    line.into()
}

fn waiting(board: &Board) -> Paragraph<'static> {
    let text = match board.trouble {
        Some(_) => "no figures yet",
        None => "waiting for the first figures",
    };
    Paragraph::new(text).centered().dim().block(block("", ""))
}

fn first_panels(board: &Board, now: &Figures) -> [Panel; 3] {
    let last = board.last();
    let sum = |name| last.map_or(0.0, |last| last.sum(name));
    [
        Panel {
            title: "Connections",
            value: words::count(now.open),
            more: format!(
                "{} may resume",
                words::count(sum("wirehub_sessions_parked"))
            ),
            colour: ACCENT,
            line: board.line(|one| one.open),
        },
        Panel {
            title: "Deliveries a second",
            value: words::rate(now.delivered),
            more: format!("{} messages in", words::rate(now.received)),
            colour: ACCENT,
            line: board.line(|one| one.delivered),
        },
        Panel {
            title: "Publication to socket, p99",
            value: words::seconds(now.most),
            more: format!("half within {}", words::seconds(now.half)),
            colour: Color::Magenta,
            line: board.line(|one| one.most.unwrap_or(0.0) * 1_000.0),
        },
    ]
}

fn second_panels(board: &Board, now: &Figures) -> [Panel; 3] {
    let memory = board
        .last()
        .map_or(0.0, |last| last.sum("process_resident_memory_bytes"));
    [
        Panel {
            title: "Waiting in queues",
            value: words::bytes(now.queue_bytes),
            more: format!(
                "{}/s in, {}/s out",
                words::bytes(now.received_bytes),
                words::bytes(now.sent_bytes)
            ),
            colour: Color::Blue,
            line: board.line(|one| one.queue_bytes),
        },
        Panel {
            title: "Opened a second",
            value: words::rate(now.opened),
            more: format!("{} closed", words::rate(now.closed)),
            colour: SECOND,
            line: board.line(|one| one.opened),
        },
        Panel {
            title: "Processor",
            value: format!("{:.0} % of a core", now.cores * 100.0),
            more: format!("{} of memory", words::bytes(memory)),
            colour: Color::Green,
            line: board.line(|one| one.cores),
        },
    ]
}

fn shard_list(board: &Board, width: u16) -> Paragraph<'static> {
    let last = board.last();
    let shards = last.map(|last| last.by("wirehub_shard_connections", "shard"));
    let shards = shards.unwrap_or_default();
    let most = shards.iter().map(|(_, count)| *count).fold(1.0, f64::max);
    // Borders, the name, and the two numbers.
    let room = usize::from(width.saturating_sub(36));
    let shards = shards.iter().zip(0_usize..);
    let lines = shards.map(|((shard, connections), place)| {
        let up = last.is_some_and(|last| last.one("wirehub_shard_up", "shard", shard) > 0.0);
        let turns = board.turns.get(place).copied().unwrap_or_default();
        let state = match up {
            true => "█".repeat((connections / most * room as f64) as usize),
            false => "does not answer".to_owned(),
        };
        let colour = if up { ACCENT } else { Color::Red };
        let (connections, turns) = (words::count(*connections), words::rate(turns));
        Line::from(vec![
            format!(" shard {shard:<2} ").into(),
            format!("{state:<room$}").fg(colour),
            format!(" {connections:>6}  {turns:>6} turns/s").into(),
        ])
    });
    Paragraph::new(lines.collect::<Vec<_>>()).block(block("Shards", ""))
}

fn topic_list(board: &Board, area: Rect) -> Paragraph<'static> {
    let room = usize::from(area.width.saturating_sub(12));
    let lines = board.topics.iter().skip(board.topics_from);
    let lines = lines
        .take(usize::from(area.height))
        .map(|(topic, subscribers)| {
            let count = words::count(*subscribers as f64);
            Line::from(vec![
                format!(" {count:>7}  ").bold(),
                shortened(topic, room).into(),
            ])
        });
    let many = match board.more_topics {
        true => "of the first thousand",
        false => "by subscribers",
    };
    Paragraph::new(lines.collect::<Vec<_>>()).block(block("Topics", many))
}

/// A name that fits. What would move the cursor is shown as what it is.
fn shortened(name: &str, room: usize) -> String {
    let safe: String = name.chars().flat_map(shown).collect();
    match safe.char_indices().nth(room) {
        Some(_) => safe
            .chars()
            .take(room.saturating_sub(1))
            .chain(['…'])
            .collect(),
        None => safe,
    }
}

fn shown(char: char) -> impl Iterator<Item = char> {
    let escaped = char.is_control().then(|| char.escape_default());
    let plain = (!char.is_control()).then_some(char);
    escaped.into_iter().flatten().chain(plain)
}

fn foot_line(board: &Board) -> Line<'static> {
    match &board.trouble {
        Some(trouble) => format!(" {trouble}").bold().fg(Color::Red).into(),
        None => " q leave   space hold   ↓ ↑ topics   ? keys".dim().into(),
    }
}

fn help(frame: &mut Frame<'_>) {
    let lines = KEYS.map(|(key, what)| {
        Line::from(vec![
            format!("  {key:<7}").bold().fg(ACCENT),
            format!("{what}  ").into(),
        ])
    });
    let height = KEYS.len() as u16 + 2;
    let area = frame
        .area()
        .centered(Constraint::Length(38), Constraint::Length(height));
    frame.render_widget(Clear, area);
    frame.render_widget(
        Paragraph::new(Text::from_iter(lines)).block(block("Keys", "")),
        area,
    );
}

#[cfg(test)]
mod tests;

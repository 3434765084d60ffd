//! Panels: a figure, what goes with it, and how it went.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Style, Stylize as _},
    text::{Line, Span},
    widgets::{Block, BorderType, Sparkline},
};

pub(crate) const ACCENT: Color = Color::Cyan;
pub(crate) const SECOND: Color = Color::Yellow;

/// One panel: what it is called, what it says, and the line of what.
pub(crate) struct Panel {
    pub(crate) title: &'static str,
    pub(crate) value: String,
    pub(crate) more: String,
    pub(crate) colour: Color,
    /// The figure over time, the newest at the end.
    pub(crate) line: Vec<f64>,
}

/// Draws panels side by side.
pub(crate) fn row(frame: &mut Frame<'_>, area: Rect, panels: &[Panel]) {
    let places = Layout::horizontal(panels.iter().map(|_| Constraint::Fill(1))).split(area);
    for (panel, place) in panels.iter().zip(places.iter()) {
        let block = block(panel.title, "");
        let inside = block.inner(*place);
        frame.render_widget(block, *place);
        let [words, line] =
            Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(inside);
        let text = Line::from(vec![
            Span::from(panel.value.clone()).bold(),
            Span::from(format!("  {}", panel.more)).dim(),
        ]);
        frame.render_widget(text, words);
        let skipped = panel.line.len().saturating_sub(usize::from(line.width));
        // Three digits behind the point are enough for a line of eight steps.
        let newest = panel.line.iter().skip(skipped);
        let data: Vec<u64> = newest.map(|value| (value * 1_000.0) as u64).collect();
        let sparkline = Sparkline::default().data(&data);
        frame.render_widget(sparkline.style(Style::new().fg(panel.colour)), line);
    }
}

/// The frame around something.
pub(crate) fn block(title: &'static str, aside: &'static str) -> Block<'static> {
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(Style::new().dark_gray());
    let block = match title {
        "" => block,
        title => block.title(format!(" {title} ").bold()),
    };
    match aside {
        "" => block,
        aside => block.title(Line::from(format!(" {aside} ").dim()).right_aligned()),
    }
}

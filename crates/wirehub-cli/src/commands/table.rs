//! Tables for people: columns in line, and on a terminal no line longer than it.

use std::io;

use rustix::termios::{isatty, tcgetwinsize};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// What stands between two columns.
const GAP: &str = "  ";

/// One column.
pub(super) struct Column {
    name: &'static str,
    /// Numbers are compared by their ends.
    right: bool,
}

/// A column of words.
pub(super) const fn left(name: &'static str) -> Column {
    Column { name, right: false }
}

/// A column of numbers.
pub(super) const fn right(name: &'static str) -> Column {
    Column { name, right: true }
}

/// A table that is printed part by part, since nobody waits for the end of a long one. A column
/// that has to grow does so from there on.
pub(super) struct Table {
    columns: &'static [Column],
    widths: Vec<usize>,
    /// How long a line may be, if that matters.
    line_max: Option<usize>,
    begun: bool,
}

impl Table {
    /// An empty table for standard output.
    pub(super) fn new(columns: &'static [Column]) -> Self {
        let stdout = io::stdout();
        let size = isatty(&stdout)
            .then(|| tcgetwinsize(&stdout).ok())
            .flatten();
        let line_max = size.map(|size| usize::from(size.ws_col));
        Self::within(columns, line_max.filter(|columns| *columns > 0))
    }

    fn within(columns: &'static [Column], line_max: Option<usize>) -> Self {
        Self {
            columns,
            widths: vec![0; columns.len()],
            line_max,
            begun: false,
        }
    }

    /// The next rows as lines, below the names of the columns at first.
    pub(super) fn text(&mut self, rows: &[Vec<String>]) -> String {
        let mut lines = Vec::with_capacity(rows.len() + 1);
        if !self.begun && !rows.is_empty() {
            self.begun = true;
            lines.push(self.columns.iter().map(|it| it.name.to_owned()).collect());
        }
        lines.extend(
            rows.iter()
                .map(|row| row.iter().map(|cell| harmless(cell)).collect()),
        );
        let lines: Vec<Vec<String>> = lines;
        for line in &lines {
            for (width, cell) in self.widths.iter_mut().zip(line) {
                *width = cell.width().max(*width);
            }
        }
        lines.iter().map(|line| self.line(line) + "\n").collect()
    }

    fn line(&self, cells: &[String]) -> String {
        let mut text = String::new();
        for ((column, width), cell) in self.columns.iter().zip(&self.widths).zip(cells) {
            let padding = " ".repeat(width - cell.width());
            let parts = match column.right {
                true => [&padding, cell],
                false => [cell, &padding],
            };
            text.extend(parts.into_iter().map(String::as_str).chain([GAP]));
        }
        let text = text.trim_end();
        match self.line_max {
            Some(most) if text.width() > most => shortened(text, most),
            _ => text.to_owned(),
        }
    }
}

/// What clients choose must not speak to the terminal.
fn harmless(cell: &str) -> String {
    let replaced = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    cell.chars().map(replaced).collect()
}

/// As much of a line as fits, with a sign that there was more.
fn shortened(line: &str, most: usize) -> String {
    let mut left = most.saturating_sub(1);
    let fits = |c: &char| {
        let width = c.width().unwrap_or_default();
        let fits = width <= left;
        left = left.saturating_sub(width);
        fits
    };
    let mut text: String = line.chars().take_while(fits).collect();
    text.push('…');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[right("SUBSCRIBERS"), left("USER"), left("TOPIC")];

    fn row(cells: [&str; 3]) -> Vec<String> {
        cells.map(str::to_owned).to_vec()
    }

    #[test]
    fn columns_stand_in_line_whatever_script_they_are_in() {
        let mut table = Table::within(COLUMNS, None);
        let rows = [row(["7", "张三", "orders/1"]), row(["1200", "bob", "a"])];
        assert_eq!(
            table.text(&rows),
            "\
SUBSCRIBERS  USER  TOPIC
          7  张三  orders/1
       1200  bob   a
"
        );
        assert_eq!(
            table.text(&[row(["1", "beatrice", "b"])]),
            "          1  beatrice  b\n",
            "the names stand there once"
        );
        assert_eq!(table.text(&[]), "");
    }

    #[test]
    fn a_line_is_no_longer_than_the_terminal() {
        let mut table = Table::within(COLUMNS, Some(22));
        let text = table.text(&[row(["7", "ann", "订单/订单/42"])]);
        assert_eq!(text, "SUBSCRIBERS  USER  TO…\n          7  ann   订…\n");
    }

    #[test]
    fn nothing_that_a_client_chose_speaks_to_the_terminal() {
        let mut table = Table::within(COLUMNS, None);
        let text = table.text(&[row(["1", "\u{1b}[2J", "\u{9b}31m"])]);
        assert!(
            text.chars().all(|c| c == '\n' || !c.is_control()),
            "{text:?}"
        );
    }
}

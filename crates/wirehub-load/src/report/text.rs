//! A report for a terminal.

use std::fmt::Write as _;

use super::{
    Report, contents,
    table::{Cell, Table, Tone, visible},
};

/// Columns of a terminal that everybody has.
const COLUMNS: usize = 80;
const NOTE: &str = "      ";

/// Writes it.
pub(super) fn written(report: &Report, coloured: bool) -> String {
    let pen = Pen { coloured };
    let verdict = &report.verdict;
    let mut out = String::new();
    let tone = contents::ruling_tone(verdict.ruling);
    let ruling = pen.paint(&verdict.ruling.word().to_uppercase(), tone);
    pen.line(&mut out, &contents::title(report));
    pen.line(&mut out, &contents::subtitle(report));
    pen.line(&mut out, "");
    pen.line(&mut out, &format!("{ruling}: {}", verdict.summary()));
    for reason in &verdict.reasons {
        pen.item(&mut out, reason);
    }
    pen.table(&mut out, &contents::findings(verdict));
    if let Some(comparison) = &report.comparison {
        pen.table(&mut out, &contents::comparison(comparison));
        pen.line(&mut out, &comparison.summary());
        for reason in &comparison.unlike {
            pen.item(&mut out, reason);
        }
        pen.wrapped(&mut out, "", &contents::method(comparison), Tone::Faint);
    }
    pen.table(&mut out, &contents::latencies(&report.outcome));
    pen.table(&mut out, &contents::rooms(&report.outcome));
    pen.table(&mut out, &contents::counts(&report.outcome));
    if !report.outcome.remarks.is_empty() {
        pen.line(&mut out, "");
        pen.line(&mut out, "Remarks");
        for remark in &report.outcome.remarks {
            pen.item(&mut out, remark);
        }
    }
    out
}

struct Pen {
    coloured: bool,
}

impl Pen {
    fn line(&self, out: &mut String, text: &str) {
        let _ = writeln!(out, "{}", text.trim_end());
    }

    fn item(&self, out: &mut String, text: &str) {
        let mut lines = wrap(&visible(text), COLUMNS - 2).into_iter();
        self.line(out, &format!("- {}", lines.next().unwrap_or_default()));
        for rest in lines {
            self.line(out, &format!("  {rest}"));
        }
    }

    fn wrapped(&self, out: &mut String, before: &str, text: &str, tone: Tone) {
        for line in wrap(text, COLUMNS - before.len()) {
            self.line(out, &format!("{before}{}", self.paint(&line, tone)));
        }
    }

    fn table(&self, out: &mut String, table: &Table) {
        if table.lines.is_empty() {
            return;
        }
        let widths = table.widths();
        let heads: Vec<Cell> = table
            .heads
            .iter()
            .map(|head| Cell::toned(head, Tone::Faint))
            .collect();
        self.line(out, "");
        self.cells(out, &heads, &widths);
        for line in &table.lines {
            self.cells(out, &line.cells, &widths);
            if let Some(note) = &line.note {
                self.wrapped(out, NOTE, note, Tone::Faint);
            }
        }
    }

    fn cells(&self, out: &mut String, cells: &[Cell], widths: &[usize]) {
        let mut text = String::from(" ");
        for (place, (cell, width)) in cells.iter().zip(widths).enumerate() {
            let is_last = place + 1 == widths.len();
            let padding = match is_last {
                true => 0,
                false => width.saturating_sub(cell.text.chars().count()),
            };
            let painted = self.paint(&cell.text, cell.tone);
            let _ = write!(text, " {painted}{:padding$}", "");
        }
        self.line(out, &text);
    }

    fn paint(&self, text: &str, tone: Tone) -> String {
        let code = match tone {
            _ if !self.coloured => return text.to_owned(),
            Tone::Plain => return text.to_owned(),
            Tone::Good => "32",
            Tone::Warning => "33",
            Tone::Bad => "1;31",
            Tone::Faint => "2",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// Breaks text between words.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else {
            continue;
        };
        let long = line.chars().count() + 1 + word.chars().count();
        match (line.is_empty(), long <= columns) {
            (true, _) => line.push_str(word),
            (false, true) => {
                line.push(' ');
                line.push_str(word);
            }
            (false, false) => lines.push(word.to_owned()),
        }
    }
    lines
}

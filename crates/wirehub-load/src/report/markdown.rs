//! A report for a ticket.

use std::fmt::Write as _;

use super::{
    Report, contents,
    table::{Cell, Table, Tone, visible},
};

/// Writes it.
pub(super) fn written(report: &Report) -> String {
    let verdict = &report.verdict;
    let mut out = String::new();
    let tone = contents::ruling_tone(verdict.ruling);
    let ruling = verdict.ruling.word().to_uppercase();
    let _ = writeln!(out, "# {}\n", escaped(&contents::title(report)));
    let _ = writeln!(out, "{}\n", escaped(&contents::subtitle(report)));
    let _ = writeln!(out, "**{}{ruling}**: {}", mark(tone), verdict.summary());
    list(&mut out, &verdict.reasons);
    table(&mut out, &contents::findings(verdict));
    if let Some(comparison) = &report.comparison {
        table(&mut out, &contents::comparison(comparison));
        let _ = writeln!(out, "\n{}", comparison.summary());
        list(&mut out, &comparison.unlike);
        let _ = writeln!(out, "\n{}", escaped(&contents::method(comparison)));
    }
    table(&mut out, &contents::latencies(&report.outcome));
    table(&mut out, &contents::rooms(&report.outcome));
    table(&mut out, &contents::phases(&report.outcome));
    table(&mut out, &contents::counts(&report.outcome));
    if !report.outcome.remarks.is_empty() {
        let _ = writeln!(out, "\n## Remarks");
        list(&mut out, &report.outcome.remarks);
    }
    table(&mut out, &contents::surroundings(report));
    if let Some(script) = &report.script {
        // Indented code has no end that a text could hold.
        let _ = writeln!(out, "\n## Scenario\n");
        for line in script.lines() {
            let _ = writeln!(out, "{}", format!("    {}", visible(line)).trim_end());
        }
    }
    out
}

fn list(out: &mut String, items: &[String]) {
    if !items.is_empty() {
        let _ = writeln!(out);
    }
    for item in items {
        let _ = writeln!(out, "- {}", escaped(&visible(item)));
    }
}

fn table(out: &mut String, table: &Table) {
    if table.lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n## {}\n", table.title);
    let has_notes = table.has_notes();
    let mut heads: Vec<&str> = table.heads.to_vec();
    let mut rule = vec!["---"; heads.len()];
    if has_notes {
        heads.push("note");
        rule.push("---");
    }
    let _ = writeln!(out, "| {} |", heads.join(" | "));
    let _ = writeln!(out, "|{}|", rule.join("|"));
    for line in &table.lines {
        let mut cells: Vec<String> = line.cells.iter().map(cell).collect();
        if has_notes {
            cells.push(escaped(line.note.as_deref().unwrap_or_default()));
        }
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
}

fn cell(cell: &Cell) -> String {
    format!("{}{}", mark(cell.tone), escaped(&cell.text))
}

/// Markdown has no colours.
const fn mark(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain | Tone::Faint => "",
        Tone::Good => "🟢 ",
        Tone::Warning => "🟡 ",
        Tone::Bad => "🔴 ",
    }
}

/// Text in which nothing is markup.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '$' | '@' => {
                out.push('\\');
                out.push(letter);
            }
            letter => out.push(letter),
        }
    }
    out
}

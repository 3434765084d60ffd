//! Tables of a page, which become cards where it is narrow.

use crate::report::{
    markup::Markup,
    table::{Line, Table, Tone},
};

/// Columns of words: all others hold figures.
const WORDS: [&str; 4] = ["risk", "change", "value", "ratio"];

pub(super) fn draw(page: &mut Markup, table: &Table) {
    let wide = if table.heads.len() > 2 {
        "wide"
    } else {
        "pairs"
    };
    page.within("table", &[("class", wide)], |page| {
        page.within("thead", &[], |page| {
            page.within("tr", &[], |page| {
                for (place, head) in table.heads.iter().enumerate() {
                    let class = class_of(place, head, Tone::Plain);
                    page.leaf("th", &[("scope", "col"), ("class", &class)], head);
                }
            });
        });
        page.within("tbody", &[], |page| {
            for line in &table.lines {
                row(page, table, line);
            }
        });
    });
}

fn row(page: &mut Markup, table: &Table, line: &Line) {
    page.within("tr", &[], |page| {
        for (place, (cell, head)) in line.cells.iter().zip(table.heads).enumerate() {
            let class = class_of(place, head, cell.tone);
            if place == 0 {
                page.within("th", &[("scope", "row")], |page| {
                    page.text(&cell.text);
                    if let Some(note) = &line.note {
                        page.leaf("small", &[], note);
                    }
                });
                continue;
            }
            page.within(
                "td",
                &[("class", &class), ("data-head", head)],
                |page| match cell.tone {
                    Tone::Plain => page.text(&cell.text),
                    _ => page.leaf("span", &[("class", "badge")], &cell.text),
                },
            );
        }
    });
}

fn class_of(place: usize, head: &str, tone: Tone) -> String {
    let kind = match place {
        0 => "name",
        _ if WORDS.contains(&head) => "word",
        _ => "figure",
    };
    match tone {
        Tone::Plain => kind.to_owned(),
        tone => format!("{kind} {}", tone.word()),
    }
}

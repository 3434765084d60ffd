//! The list of places that are over a cap, which may only shrink.
//!
//! `xtask/ratchet.txt` has one entry a line: `file PATH LINES` or `function PATH NAME LINES`. An
//! entry above the real value fails, so every improvement is kept; one that is within the cap
//! fails, so it is removed.

use super::problem::Problem;

/// Where the list is.
pub(crate) const PATH: &str = "xtask/ratchet.txt";

/// How many entries the list may have. Lower it with the list; it is never raised.
const ENTRIES_MAX: usize = 0;

/// A thing that is measured against a cap.
pub(crate) struct Measured {
    /// As in the list: `file PATH` or `function PATH NAME`.
    pub(crate) name: String,
    /// Path of the file.
    pub(crate) path: String,
    /// Where it begins.
    pub(crate) line: usize,
    /// How long it is, in lines.
    pub(crate) lines: usize,
    /// How long it may be.
    pub(crate) cap: usize,
}

/// Compares what was measured with the caps and the list.
pub(crate) fn check(list: &str, measured: &[Measured]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let entries = entries(list, &mut problems);
    if entries.len() > ENTRIES_MAX {
        let text = format!(
            "{} entries, at most {ENTRIES_MAX}: the list only shrinks",
            entries.len()
        );
        problems.push(Problem::of(PATH, text));
    }
    problems.extend(apply(&entries, measured));
    problems
}

struct Entry<'a> {
    line: usize,
    name: &'a str,
    lines: usize,
}

fn entries<'a>(list: &'a str, problems: &mut Vec<Problem>) -> Vec<Entry<'a>> {
    let mut entries = Vec::new();
    for (index, text) in list.lines().enumerate() {
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        match text
            .rsplit_once(' ')
            .map(|(name, lines)| (name, lines.parse()))
        {
            Some((name, Ok(lines))) => entries.push(Entry {
                line: index + 1,
                name,
                lines,
            }),
            _ => problems.push(Problem::at(
                PATH,
                index + 1,
                "not an entry: write `file PATH LINES`",
            )),
        }
    }
    entries
}

fn apply(entries: &[Entry<'_>], measured: &[Measured]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for thing in measured {
        let limit = entries.iter().find(|entry| entry.name == thing.name);
        let limit = limit.map_or(thing.cap, |entry| entry.lines.max(thing.cap));
        if thing.lines > limit {
            let Measured { name, lines, .. } = thing;
            let text = format!("{name} has {lines} lines, at most {limit}: split it by nouns");
            problems.push(Problem::at(&thing.path, thing.line, text));
        }
    }
    for entry in entries {
        let real = measured.iter().find(|thing| thing.name == entry.name);
        let text = match real {
            Some(thing) if thing.lines <= thing.cap => "is within the cap: remove the entry".into(),
            Some(thing) if thing.lines < entry.lines => format!("lower it to {}", thing.lines),
            Some(_) => continue,
            None => "there is no such thing: remove the entry".to_owned(),
        };
        problems.push(Problem::at(
            PATH,
            entry.line,
            format!("{}: {text}", entry.name),
        ));
    }
    problems
}

#[cfg(test)]
mod tests;

//! Tables, before anybody decided how they are written.

/// How something is to be felt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tone {
    #[default]
    Plain,
    Good,
    Warning,
    Bad,
    Faint,
}

impl Tone {
    /// What documents call it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
            Self::Faint => "faint",
        }
    }
}

/// A cell of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) tone: Tone,
}

impl Cell {
    pub(super) fn toned(text: impl AsRef<str>, tone: Tone) -> Self {
        let text = visible(text.as_ref());
        Self { text, tone }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::toned(text, Tone::Plain)
    }
}

/// A row, and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) cells: Vec<Cell>,
    pub(super) note: Option<String>,
}

/// Rows under heads. The first column holds names, and the others figures or words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) title: &'static str,
    pub(super) heads: &'static [&'static str],
    pub(super) lines: Vec<Line>,
}

impl Table {
    pub(super) const fn new(title: &'static str, heads: &'static [&'static str]) -> Self {
        Self {
            title,
            heads,
            lines: Vec::new(),
        }
    }

    pub(super) fn line(&mut self, cells: impl IntoIterator<Item = Cell>, note: Option<&str>) {
        self.lines.push(Line {
            cells: cells.into_iter().collect(),
            note: note.map(visible),
        });
    }

    /// How many characters each column has.
    pub(super) fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.heads.iter().map(|head| head.chars().count()).collect();
        for line in &self.lines {
            for (width, cell) in widths.iter_mut().zip(&line.cells) {
                *width = (*width).max(cell.text.chars().count());
            }
        }
        widths
    }

    pub(super) fn has_notes(&self) -> bool {
        self.lines.iter().any(|line| line.note.is_some())
    }
}

/// Text in one line, without characters that are not [shown].
pub(super) fn visible(text: &str) -> String {
    let shown = text.chars().map(|letter| match letter {
        '\n' | '\t' => ' ',
        letter => shown(letter),
    });
    shown.collect()
}

/// A character, or a mark in its place if it moves the cursor, turns the direction of writing or
/// hides: names come from files and from servers.
pub(super) const fn shown(letter: char) -> char {
    match letter {
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        '\n' => '\n',
        '\0'..='\x1f' | '\x7f'..='\u{9f}' => '\u{fffd}',
        letter => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_the_cursor_is_made_visible() {
        assert_eq!(visible("a\x1b[2J\nb\u{202e}"), "a\u{fffd}[2J b\u{fffd}");
    }
}

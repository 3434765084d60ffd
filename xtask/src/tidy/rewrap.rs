//! Breaks comments that are too wide: `cargo xtask tidy --fix`.
//!
//! What does not fit goes to the front of the next line of the same paragraph, or to a line of its
//! own at the paragraph's end. Lists, tables, headings and fenced code begin a paragraph.

/// The text with its wide comment lines broken, or `None` when there are none that can be.
pub(crate) fn rewrap(text: &str, columns_max: usize) -> Option<String> {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let mut fenced = false;
    let mut index = 0;
    while let Some(line) = lines.get(index) {
        let Some(comment) = Comment::parse(line) else {
            fenced = false;
            index += 1;
            continue;
        };
        fenced ^= comment.words.starts_with("```");
        if !fenced && let Some((kept, rest)) = comment.split(line, columns_max) {
            let (continuation, rest) = (comment.continuation(), rest.to_owned());
            let kept = kept.to_owned();
            match lines
                .get_mut(index + 1)
                .filter(|next| joins(next, &continuation))
            {
                Some(next) => next.insert_str(continuation.len(), &format!("{rest} ")),
                None => lines.insert(index + 1, format!("{continuation}{rest}")),
            }
            if let Some(line) = lines.get_mut(index) {
                *line = kept;
            }
        }
        index += 1;
    }
    let wrapped = lines.join("\n");
    (wrapped != text).then_some(wrapped)
}

/// A line that is nothing but a comment.
struct Comment<'a> {
    /// Indentation, marker and the space after it.
    prefix: &'a str,
    /// What it says.
    words: &'a str,
}

impl<'a> Comment<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let code = line.trim_start();
        let marker = ["//!", "///", "//"]
            .into_iter()
            .find(|marker| code.starts_with(marker))?;
        let words = code.strip_prefix(marker)?.trim_start();
        let prefix = line.get(..line.len() - words.len())?;
        Some(Self { prefix, words })
    }

    /// What fits and what does not; `None` when all fits, or no space is early enough.
    fn split(&self, line: &'a str, columns_max: usize) -> Option<(&'a str, &'a str)> {
        if line.chars().count() <= columns_max || self.words.starts_with(['|', '#']) {
            return None;
        }
        let (end, _) = line.char_indices().nth(columns_max)?;
        let first_words = self.prefix.len() + self.bullet().len();
        let space = line
            .get(..=end)?
            .rfind(' ')
            .filter(|space| *space > first_words)?;
        Some((
            line.get(..space)?.trim_end(),
            line.get(space..)?.trim_start(),
        ))
    }

    /// How the next line of the paragraph begins: below the words of a list item.
    fn continuation(&self) -> String {
        format!("{}{}", self.prefix, " ".repeat(self.bullet().len()))
    }

    fn bullet(&self) -> &'a str {
        let end = self.words.find(' ').map_or(0, |space| space + 1);
        let first = self.words.get(..end).unwrap_or_default();
        let number = first
            .strip_suffix(". ")
            .is_some_and(|digits| digits.parse::<u8>().is_ok());
        if matches!(first, "- " | "* " | "+ ") || number {
            first
        } else {
            ""
        }
    }
}

/// Whether a line goes on with the paragraph whose lines begin like this.
fn joins(next: &str, continuation: &str) -> bool {
    Comment::parse(next).is_some_and(|comment| {
        let begins_something = comment.words.starts_with(['|', '#', '`', '[', '>']);
        comment.prefix == continuation
            && comment.bullet().is_empty()
            && !(comment.words.is_empty() || begins_something)
    })
}

#[cfg(test)]
mod tests;

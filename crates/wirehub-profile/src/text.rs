//! Profiles for people.

use std::fmt::{self, Display};

use crate::{Place, Profile, profile::Sample};

impl Profile {
    /// The profile as text: each sample with its numbers, its labels and its stack, the largest
    /// first.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut samples: Vec<_> = self.samples.iter().collect();
        samples.sort_by_key(|sample| std::cmp::Reverse(sample.values.last().copied()));
        let kinds = self.kinds.iter().rev();
        let kinds: Vec<_> = kinds
            .map(|kind| format!("{} in {}", kind.name, kind.unit))
            .collect();
        let head = format!("# {}\n", kinds.join(", "));
        let comments = self.comments.iter().map(|comment| format!("# {comment}\n"));
        let samples = samples
            .into_iter()
            .map(|sample| format!("\n{}", Shown(sample)));
        std::iter::once(head)
            .chain(comments)
            .chain(samples)
            .collect()
    }
}

/// A sample, in lines.
struct Shown<'a>(&'a Sample);

impl Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sample {
            stack,
            values,
            labels,
        } = self.0;
        // The last number is what the profile is about.
        let values = values.iter().rev().map(i64::to_string);
        let labels = labels.iter().map(|(_, value)| value.clone());
        let words: Vec<_> = values.chain(labels).collect();
        writeln!(out, "{}", words.join(" "))?;
        stack.iter().try_for_each(|place| write_place(out, place))
    }
}

fn write_place(out: &mut fmt::Formatter<'_>, place: &Place) -> fmt::Result {
    for function in place.functions.iter() {
        write!(out, "    {}", function.name)?;
        if !function.file.is_empty() {
            write!(out, "  {}:{}", function.file, function.line)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

//! Relative links in Markdown files lead somewhere.

use super::Source;
use super::problem::Problem;

/// Looks at every `[text](target)` and `[name]: target` outside of code.
pub(crate) fn check(sources: &[Source], exists: &dyn Fn(&str) -> bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    for source in sources.iter().filter(|source| source.has_extension("md")) {
        for (line, target) in targets(&source.text) {
            let text = match resolve(&source.path, target) {
                Target::Elsewhere => continue,
                Target::Outside => format!("the link `{target}` leaves the project"),
                Target::File(file) if !exists(&file) => {
                    format!("the link `{target}` leads nowhere: there is no {file}")
                }
                Target::File(file) => {
                    let Some(missing) = missing_heading(sources, &file, target) else {
                        continue;
                    };
                    format!("the link `{target}` leads nowhere: {file} has no heading `{missing}`")
                }
            };
            problems.push(Problem::at(&source.path, line, text));
        }
    }
    problems
}

/// Lines of a Markdown text that are not inside a fence, counted from 1.
pub(crate) fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let is_fence = line.trim_start().starts_with("```");
        fenced ^= is_fence;
        (!fenced && !is_fence).then_some((index + 1, line))
    })
}

fn targets(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        if let Some((name, target)) = line.split_once("]: ")
            && name.starts_with('[')
        {
            found.push((number, target.trim()));
        }
        // Every other part is inside backticks, where nothing is a link.
        for part in line.split('`').step_by(2) {
            for after in part.split("](").skip(1) {
                let target = after.split(')').next().unwrap_or_default();
                found.push((number, target.split(' ').next().unwrap_or_default()));
            }
        }
    }
    found
}

/// Where a link leads.
enum Target {
    /// To another site, which is not for us to check.
    Elsewhere,
    /// Above the root folder.
    Outside,
    /// To this file or folder, relative to the root.
    File(String),
}

fn resolve(from: &str, target: &str) -> Target {
    if target.contains("://") || target.starts_with("mailto:") {
        return Target::Elsewhere;
    }
    let file = target.split('#').next().unwrap_or_default();
    if file.is_empty() {
        return Target::File(from.to_owned());
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => return Target::Outside,
            ".." => {}
            name => parts.push(name),
        }
    }
    Target::File(if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    })
}

fn missing_heading<'a>(sources: &[Source], file: &str, target: &'a str) -> Option<&'a str> {
    let (_, anchor) = target.split_once('#')?;
    let source = sources
        .iter()
        .find(|source| source.path == file && file.ends_with(".md"))?;
    let found = prose(&source.text)
        .filter(|(_, line)| line.starts_with('#'))
        .any(|(_, line)| slug(line) == anchor);
    (!found).then_some(anchor)
}

/// How a heading is spelt in a link: lower case, spaces as hyphens, punctuation dropped.
fn slug(heading: &str) -> String {
    heading
        .trim_start_matches('#')
        .trim()
        .chars()
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'))
        .map(|letter| {
            if letter == ' ' {
                '-'
            } else {
                letter.to_ascii_lowercase()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;

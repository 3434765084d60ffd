//! Caps on the length of files, functions and lines (rule 4).

use anyhow::Result;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::problem::Problem;
use super::ratchet::{self, Measured};
use super::{Source, parse, rewrap};

const FILE_LINES_MAX: usize = 600;
const FILE_LINES_WANTED: usize = 300;
const FUNCTION_LINES_MAX: usize = 70;
const LINE_COLUMNS_MAX: usize = 100;

/// Languages whose files are written by hand and have a cap.
const CODE: &[&str] = &["rs", "ts", "tsx", "js", "mjs", "py", "proto", "sh"];

/// Files that a program writes; nobody reads them from top to bottom.
const GENERATED: &[&str] = &[];

/// Measures every file and function and holds them against the caps and the ratchet list.
pub(crate) fn check(sources: &[Source]) -> Result<Vec<Problem>> {
    let mut measured = Vec::new();
    let mut problems = Vec::new();
    for source in code(sources) {
        measured.push(file(source));
        if source.has_extension("rs") {
            measured.extend(functions(source)?);
            problems.extend(wide_lines(source));
        }
    }
    let list = sources.iter().find(|source| source.path == ratchet::PATH);
    problems.extend(ratchet::check(
        list.map_or("", |list| &list.text),
        &measured,
    ));
    Ok(problems)
}

/// Names the files that are within the cap and longer than wanted.
pub(crate) fn print_long_files(sources: &[Source]) {
    for source in code(sources) {
        let lines = source.text.lines().count();
        if lines > FILE_LINES_WANTED {
            println!(
                "{}: {lines} lines, wanted at most {FILE_LINES_WANTED}",
                source.path
            );
        }
    }
}

/// The text of a Rust file with its wide comments broken; `None` when there are none.
pub(crate) fn with_narrow_comments(source: &Source) -> Option<String> {
    let is_ours = source.has_extension("rs") && !GENERATED.contains(&source.path.as_str());
    is_ours
        .then(|| rewrap::rewrap(&source.text, LINE_COLUMNS_MAX))
        .flatten()
}

fn code(sources: &[Source]) -> impl Iterator<Item = &Source> {
    sources.iter().filter(|source| {
        CODE.iter().any(|extension| source.has_extension(extension))
            && !GENERATED.contains(&source.path.as_str())
    })
}

fn file(source: &Source) -> Measured {
    Measured {
        name: format!("file {}", source.path),
        path: source.path.clone(),
        line: 0,
        lines: source.text.lines().count(),
        cap: FILE_LINES_MAX,
    }
}

fn functions(source: &Source) -> Result<Vec<Measured>> {
    let mut visitor = Functions {
        path: &source.path,
        found: Vec::new(),
    };
    visitor.visit_file(&parse(source)?);
    Ok(visitor.found)
}

struct Functions<'a> {
    path: &'a str,
    found: Vec<Measured>,
}

impl Functions<'_> {
    /// From `fn` to the closing brace; the documentation above does not count.
    fn add(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let line = signature.span().start().line;
        self.found.push(Measured {
            name: format!("function {} {}", self.path, signature.ident),
            path: self.path.to_owned(),
            line,
            lines: block.span().end().line + 1 - line,
            cap: FUNCTION_LINES_MAX,
        });
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.add(&function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

/// rustfmt breaks code; what it leaves too wide are comments, which are for us to break. A string,
/// an address or a table row that cannot be broken is left alone.
fn wide_lines(source: &Source) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        let columns = line.chars().count();
        if columns > LINE_COLUMNS_MAX && !is_unbreakable(line.trim_start()) {
            let text = format!(
                "{columns} columns, at most {LINE_COLUMNS_MAX}: break the line (`--fix` breaks comments)"
            );
            problems.push(Problem::at(&source.path, index + 1, text));
        }
    }
    problems
}

fn is_unbreakable(line: &str) -> bool {
    let comment = line.trim_start_matches(['/', '!']).trim_start();
    if comment.len() < line.len() && line.starts_with("//") {
        comment.starts_with('|') || comment.contains("://")
    } else {
        line.contains('"')
    }
}

#[cfg(test)]
mod tests;

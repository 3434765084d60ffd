//! Commands that the documents name exist: `cargo xtask …`, `wirehub …`, `cargo run … --example …`.

use std::collections::BTreeSet;

use anyhow::Result;
use clap::{Command, CommandFactory};
use syn::visit::{self, Visit};

use super::links::prose;
use super::problem::Problem;
use super::{Source, parse};

/// Looks at code spans and fenced code of every Markdown file.
pub(crate) fn check(sources: &[Source]) -> Result<Vec<Problem>> {
    let known = Known {
        xtask: crate::cli::Cli::command(),
        wirehub: wirehub_commands(sources)?,
        examples: examples(sources),
    };
    let mut problems = Vec::new();
    for source in sources.iter().filter(|source| source.has_extension("md")) {
        for (line, code) in code(&source.text) {
            let words: Vec<&str> = code.split_whitespace().collect();
            if let Some(text) = known.problem(&words) {
                problems.push(Problem::at(&source.path, line, text));
            }
        }
    }
    Ok(problems)
}

/// What there is to call.
struct Known {
    xtask: Command,
    wirehub: BTreeSet<String>,
    examples: BTreeSet<String>,
}

impl Known {
    fn problem(&self, words: &[&str]) -> Option<String> {
        (0..words.len()).find_map(|start| match words.get(start..)? {
            ["cargo", "xtask", rest @ ..] => xtask_problem(&self.xtask, rest),
            ["cargo", "run", rest @ ..] => self.run_problem(rest),
            [program, command, ..] if is_wirehub(program) && starts_command(words, start) => {
                self.wirehub_problem(command)
            }
            _ => None,
        })
    }

    fn run_problem(&self, words: &[&str]) -> Option<String> {
        let after = |flag: &str| {
            words
                .iter()
                .position(|word| *word == flag)
                .and_then(|at| words.get(at + 1))
        };
        if let Some(example) = after("--example") {
            let exists = self.examples.contains(*example);
            return (!exists).then(|| format!("there is no example `{example}`"));
        }
        let names_a_package = words
            .iter()
            .any(|word| matches!(*word, "-p" | "--package" | "--bin"));
        let command = after("--").filter(|_| !names_a_package)?;
        self.wirehub_problem(command)
    }

    fn wirehub_problem(&self, command: &str) -> Option<String> {
        let exists = !is_plain(command) || self.wirehub.contains(command);
        (!exists).then(|| format!("there is no command `wirehub {command}`"))
    }
}

/// Follows subcommands and flags until the first word that is neither.
fn xtask_problem(top: &Command, words: &[&str]) -> Option<String> {
    let mut command = top;
    for word in words {
        if let Some(flag) = word.strip_prefix("--").filter(|flag| is_plain(flag)) {
            let known = command
                .get_arguments()
                .any(|argument| argument.get_long() == Some(flag));
            if !known && flag != "help" {
                return Some(format!("`{}` has no flag `--{flag}`", command.get_name()));
            }
        } else if !is_plain(word) || !command.has_subcommands() {
            return None;
        } else if let Some(next) = command.find_subcommand(word) {
            command = next;
        } else {
            return Some(format!("`{}` has no command `{word}`", command.get_name()));
        }
    }
    None
}

fn is_wirehub(program: &str) -> bool {
    program == "wirehub" || program.ends_with("/wirehub")
}

/// Whether a shell would take the word for a program: first, after `$`, or after another command.
fn starts_command(words: &[&str], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| words.get(before));
    before.is_none_or(|word| matches!(*word, "$" | "&&" | "|" | ";" | "sudo") || word.contains('='))
}

/// A word as typed, not a placeholder such as `[TARGET]` or `…`.
fn is_plain(word: &str) -> bool {
    let letters = |letter: char| letter.is_ascii_lowercase() || letter == '-';
    !word.is_empty() && word.chars().all(letters) && !word.starts_with('-')
}

/// Code spans in prose and lines in fences, each with its line number.
fn code(text: &str) -> Vec<(usize, &str)> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    let in_prose: BTreeSet<usize> = prose(text).map(|(number, _)| number).collect();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if in_prose.contains(&number) {
            found.extend(
                line.split('`')
                    .skip(1)
                    .step_by(2)
                    .map(|span| (number, span)),
            );
        } else {
            found.push((number, line));
        }
    }
    found
}

fn examples(sources: &[Source]) -> BTreeSet<String> {
    let names = sources.iter().filter_map(|source| {
        let (_, name) = source.path.rsplit_once("/examples/")?;
        name.strip_suffix("/main.rs")
            .or_else(|| name.strip_suffix(".rs"))
    });
    names.map(str::to_owned).collect()
}

/// Variants of every enum in the binary's crate that derives clap's `Subcommand`.
fn wirehub_commands(sources: &[Source]) -> Result<BTreeSet<String>> {
    let mut visitor = Subcommands::default();
    for source in sources {
        if source.path.starts_with("crates/wirehub-cli/src/") && source.has_extension("rs") {
            visitor.visit_file(&parse(source)?);
        }
    }
    Ok(visitor.names)
}

#[derive(Default)]
struct Subcommands {
    names: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Subcommands {
    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        let derives = item.attrs.iter().any(|attribute| {
            let syn::Meta::List(list) = &attribute.meta else {
                return false;
            };
            list.path.is_ident("derive") && list.tokens.to_string().contains("Subcommand")
        });
        if derives {
            self.names.extend(
                item.variants
                    .iter()
                    .map(|variant| kebab(&variant.ident.to_string())),
            );
        }
        visit::visit_item_enum(self, item);
    }
}

fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for (index, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}

#[cfg(test)]
mod tests;

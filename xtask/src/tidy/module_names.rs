//! No module without a noun of its own (rule 4).

use anyhow::Result;
use syn::visit::{self, Visit};

use super::problem::Problem;
use super::{Source, parse};

const BANNED: &[&str] = &[
    "utils", "util", "common", "manager", "types", "helpers", "helper", "misc",
];

/// Looks at the names of files and folders, and at modules written inside files.
pub(crate) fn check(sources: &[Source]) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for source in sources.iter().filter(|source| source.has_extension("rs")) {
        let stem = source.path.strip_suffix(".rs").unwrap_or(&source.path);
        for part in stem.split('/').filter(|part| BANNED.contains(part)) {
            problems.push(Problem::of(&source.path, advice(part)));
        }
        let mut visitor = Modules {
            path: &source.path,
            problems: Vec::new(),
        };
        visitor.visit_file(&parse(source)?);
        problems.extend(visitor.problems);
    }
    Ok(problems)
}

struct Modules<'a> {
    path: &'a str,
    problems: Vec<Problem>,
}

impl<'ast> Visit<'ast> for Modules<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let name = module.ident.to_string();
        if module.content.is_some() && BANNED.contains(&name.as_str()) {
            let line = module.ident.span().start().line;
            self.problems
                .push(Problem::at(self.path, line, advice(&name)));
        }
        visit::visit_item_mod(self, module);
    }
}

fn advice(name: &str) -> String {
    format!("`{name}` says nothing: name the module after its noun, or move it to its one caller")
}

#[cfg(test)]
mod tests;

//! One path to each name (rule 8): no glob re-exports, and nothing public both in a public module
//! and re-exported.
//!
//! The check is syntactic and looks at one file at a time: it sees `pub mod m;` beside `pub use
//! m::Name;`, and a name that two `pub use` lines give out.

use std::collections::BTreeMap;

use anyhow::Result;
use syn::spanned::Spanned;
use syn::{Item, UseTree, Visibility};

use super::problem::Problem;
use super::{Source, parse};

/// Looks at every Rust file of the crates.
pub(crate) fn check(sources: &[Source]) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for source in sources.iter().filter(|source| source.has_extension("rs")) {
        problems.extend(items_problems(&source.path, &parse(source)?.items));
    }
    Ok(problems)
}

/// The items of a file or of a module written inside one.
fn items_problems(path: &str, items: &[Item]) -> Vec<Problem> {
    let public_modules: Vec<String> = items
        .iter()
        .filter_map(|item| match item {
            Item::Mod(module) if is_public(&module.vis) => Some(module.ident.to_string()),
            _ => None,
        })
        .collect();
    let mut names = BTreeMap::new();
    let mut problems = Vec::new();
    for item in items {
        match item {
            Item::Use(import) if !matches!(import.vis, Visibility::Inherited) => {
                let line = import.span().start().line;
                let mut exports = Vec::new();
                flatten(&import.tree, &mut Vec::new(), &mut exports);
                for export in exports {
                    let text = if export.name == "*" {
                        Some("a glob re-export hides where names come from: list them".to_owned())
                    } else if !is_public(&import.vis) {
                        None
                    } else {
                        second_path(&export, &public_modules, &mut names)
                    };
                    problems.extend(text.map(|text| Problem::at(path, line, text)));
                }
            }
            Item::Mod(module) => {
                let inner = module.content.as_ref().map_or(&[][..], |(_, items)| items);
                problems.extend(items_problems(path, inner));
            }
            _ => {}
        }
    }
    problems
}

/// A name that is re-exported, and the module path it comes from.
struct Export {
    from: Vec<String>,
    name: String,
}

fn flatten(tree: &UseTree, from: &mut Vec<String>, exports: &mut Vec<Export>) {
    let mut add = |name: String| {
        exports.push(Export {
            from: from.clone(),
            name,
        });
    };
    match tree {
        UseTree::Name(name) => add(name.ident.to_string()),
        UseTree::Rename(rename) => add(rename.rename.to_string()),
        UseTree::Glob(_) => add("*".to_owned()),
        UseTree::Path(path) => {
            from.push(path.ident.to_string());
            flatten(&path.tree, from, exports);
            from.pop();
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, from, exports);
            }
        }
    }
}

fn second_path(
    export: &Export,
    public_modules: &[String],
    names: &mut BTreeMap<String, String>,
) -> Option<String> {
    let name = &export.name;
    let first = export
        .from
        .iter()
        .find(|part| !matches!(part.as_str(), "crate" | "self"));
    let from = export.from.join("::");
    if let Some(module) = first.filter(|module| public_modules.contains(module)) {
        return Some(format!(
            "{name} has two paths, `{module}::{name}` and `{name}`: make `{module}` private or \
             drop the re-export"
        ));
    }
    let other = names.insert(name.clone(), from.clone())?;
    (name != "_").then(|| format!("{name} is re-exported twice, from `{other}` and `{from}`"))
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

#[cfg(test)]
mod tests;

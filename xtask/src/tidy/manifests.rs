//! Every package takes its lints and its licence from the workspace and has a first page (rule 9).

use toml::Table;

use super::Source;
use super::problem::Problem;

/// Looks at every package's manifest and at its `lib.rs` or `main.rs`.
pub(crate) fn check(sources: &[Source]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for manifest in sources {
        let Some(folder) = manifest.path.strip_suffix("Cargo.toml") else {
            continue;
        };
        match manifest.text.parse::<Table>() {
            Ok(table) if table.contains_key("package") => {
                problems.extend(manifest_problems(&manifest.path, &table));
                problems.extend(first_page(sources, folder));
            }
            Ok(_) => {}
            Err(error) => problems.push(Problem::of(&manifest.path, error.message())),
        }
    }
    problems
}

fn manifest_problems(path: &str, manifest: &Table) -> Vec<Problem> {
    let package = &manifest["package"];
    // cargo-fuzz keeps its package in a workspace of its own, so there is nothing to inherit from.
    let is_own_workspace = manifest.contains_key("workspace");
    let inherits = |table: Option<&toml::Value>| {
        table
            .and_then(|table| table.get("workspace"))
            .and_then(toml::Value::as_bool)
            == Some(true)
    };
    let mut problems = Vec::new();
    let mut demand = |holds: bool, advice: &str| {
        if !holds {
            problems.push(Problem::of(path, advice));
        }
    };
    demand(
        is_own_workspace || inherits(manifest.get("lints")),
        "add `[lints] workspace = true`: lints are kept once, in the root manifest",
    );
    demand(
        is_own_workspace || inherits(package.get("license")),
        "add `license.workspace = true`",
    );
    demand(
        is_own_workspace || package.get("description").is_some(),
        "add a `description`: one sentence that says what the package is",
    );
    demand(
        inherits(package.get("publish")) || package.get("publish").is_some(),
        "add `publish.workspace = true`",
    );
    problems
}

fn first_page(sources: &[Source], folder: &str) -> Option<Problem> {
    let roots = ["src/lib.rs", "src/main.rs"].map(|root| format!("{folder}{root}"));
    let source = sources.iter().find(|source| roots.contains(&source.path))?;
    (!source.text.starts_with("//!")).then(|| {
        let advice = "begin with `//!`: what it is, what it is not, the three types to read first";
        Problem::of(&source.path, advice)
    })
}

#[cfg(test)]
mod tests;

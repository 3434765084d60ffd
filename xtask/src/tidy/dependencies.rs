//! Dependencies point down the table (rules 1 and 2).

use anyhow::Result;
use serde_json::Value;

use super::problem::Problem;
use super::table::{self, IMPURE, IMPURE_BY_NAME, NEVER_DEPENDED_ON, Own, Row};
use crate::process;
use crate::project::Project;

/// Holds the table against what the manifests say and what pure crates reach.
pub(crate) fn check(project: &Project, metadata: &Value) -> Result<Vec<Problem>> {
    let packages = packages(metadata);
    let members: Vec<&str> = packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let mut problems = Vec::new();
    for package in &packages {
        let path = format!("{} (Cargo.toml)", package.name);
        match table::row(&package.name) {
            Some(row) => {
                problems.extend(manifest_problems(row, package, &members));
                if row.pure {
                    problems.extend(reach_problems(row.package, &reached(project, row.package)?));
                }
            }
            None => problems.push(Problem::of(
                &path,
                "the package is not in the dependency table; add a row to xtask/src/tidy/table.rs",
            )),
        }
    }
    Ok(problems)
}

/// A package and what its manifest says it uses.
struct Package {
    name: String,
    uses: Vec<Use>,
}

struct Use {
    name: String,
    in_tests_only: bool,
}

fn packages(metadata: &Value) -> Vec<Package> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    list(&metadata["packages"])
        .iter()
        .map(|package| Package {
            name: text(&package["name"]),
            uses: list(&package["dependencies"])
                .iter()
                .map(|used| Use {
                    name: text(&used["name"]),
                    in_tests_only: used["kind"] == "dev",
                })
                .collect(),
        })
        .collect()
}

fn manifest_problems(row: &Row, package: &Package, members: &[&str]) -> Vec<Problem> {
    let path = format!("{} (Cargo.toml)", row.package);
    package
        .uses
        .iter()
        .filter_map(|used| {
            if members.contains(&used.name.as_str()) {
                own_problem(row, used)
            } else {
                outside_problem(row, used)
            }
        })
        .map(|text| Problem::of(&path, text))
        .collect()
}

fn own_problem(row: &Row, used: &Use) -> Option<String> {
    let name = used.name.as_str();
    let allowed = match row.own {
        Own::These(own) => own.contains(&name),
        Own::All => !NEVER_DEPENDED_ON.contains(&name),
    };
    (!used.in_tests_only && !allowed).then(|| {
        format!(
            "must not use {name}: the dependency table has no such arrow; move the code, or add \
             the arrow to xtask/src/tidy/table.rs with a decision record in docs/decisions/"
        )
    })
}

fn outside_problem(row: &Row, used: &Use) -> Option<String> {
    let name = used.name.as_str();
    if row.pure && IMPURE.contains(&name) {
        return Some(format!(
            "is pure and must not use {name}, not even in its tests"
        ));
    }
    let banned = row.never.contains(&name) || (row.pure && IMPURE_BY_NAME.contains(&name));
    (banned && !used.in_tests_only)
        .then(|| format!("must not use {name}; the dependency table in xtask says what it may see"))
}

/// Names of all packages that a package's normal dependencies lead to, itself included.
fn reached(project: &Project, package: &str) -> Result<Vec<String>> {
    let mut cargo = project.cargo();
    cargo.args([
        "tree",
        "--package",
        package,
        "--edges",
        "normal",
        "--all-features",
    ]);
    cargo.args(["--prefix", "none", "--format", "{p}"]);
    let tree = process::capture(&mut cargo)?;
    let names = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    Ok(names.map(str::to_owned).collect())
}

fn reach_problems(package: &str, reached: &[String]) -> Vec<Problem> {
    let path = format!("{package} (Cargo.toml)");
    IMPURE
        .iter()
        .filter(|impure| reached.iter().any(|name| name == *impure))
        .map(|impure| {
            let text = format!(
                "is pure and reaches {impure} through a dependency; \
                 `cargo tree --package {package} --invert {impure}` shows which"
            );
            Problem::of(&path, text)
        })
        .collect()
}

#[cfg(test)]
mod tests;

//! Every pure crate carries the same clippy.toml (rule 1): Clippy reads one file a crate, so it is
//! copied.

use super::Source;
use super::problem::Problem;
use super::table::TABLE;

/// The copy that the others must equal.
const MODEL: &str = "crates/wirehub-model/clippy.toml";

/// Compares the copies of the pure crates that exist.
pub(crate) fn check(sources: &[Source]) -> Vec<Problem> {
    let read = |path: &str| {
        sources
            .iter()
            .find(|source| source.path == path)
            .map(|source| source.text.as_str())
    };
    let model = read(MODEL);
    let mut problems = Vec::new();
    for row in TABLE.iter().filter(|row| row.pure) {
        let folder = format!("crates/{}", row.package);
        if read(&format!("{folder}/Cargo.toml")).is_none() {
            continue;
        }
        let path = format!("{folder}/clippy.toml");
        let copy = read(&path);
        if copy.is_none() || copy != model {
            problems.push(Problem::of(
                &path,
                format!("differs from {MODEL}: copy that file here"),
            ));
        }
    }
    problems
}

#[cfg(test)]
mod tests;

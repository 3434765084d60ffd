//! What a benchmark counted, as a table.

use anyhow::{Context, Result};
use serde_json::Value;

/// The counts of one benchmark.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Count {
    package: String,
    /// `group function id`.
    name: String,
    instructions: u64,
    /// Reads and writes of data that the first-level cache of the model did not have.
    misses: u64,
}

impl Count {
    /// Reads one line of the runner's JSON.
    pub(super) fn read(package: &str, line: &str) -> Result<Self> {
        let run: Value = serde_json::from_str(line).context("a result is not JSON")?;
        let word = |key: &str| run[key].as_str().unwrap_or_default();
        let name = [word("group"), word("function_name"), word("id")].join(" ");
        let metrics = &run["profiles"][0]["data"]["total"]["metrics"];
        let counted = |metric: &str| {
            // An earlier run in the same folder is there for comparison, as `old`.
            let value = &metrics[metric]["values"]["new"];
            value
                .as_u64()
                .with_context(|| format!("`{name}` has no count of {metric}"))
        };
        Ok(Self {
            package: package.to_owned(),
            instructions: counted("Ir")?,
            misses: counted("D1mr")? + counted("D1mw")?,
            name,
        })
    }
}

/// One line a benchmark, as a Markdown table.
pub(super) fn table(counts: &[Count]) -> String {
    let mut lines = vec![
        "| crate | benchmark | instructions | L1 data misses |".to_owned(),
        "|---|---|--:|--:|".to_owned(),
    ];
    for count in counts {
        lines.push(format!(
            "| {} | {} | {} | {} |",
            count.package, count.name, count.instructions, count.misses
        ));
    }
    lines.join("\n")
}

/// The table with where it comes from.
pub(super) fn page(table: &str, made: &str) -> String {
    format!(
        "# Instructions\n\nWritten by `cargo xtask bench instructions --write`: {made}.\n\n\
         The same binary and input give the same count on any machine, so a change of a few\n\
         percent is a change of the code. The source of each benchmark says what it does once.\n\n\
         {table}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"group":"decoding","function_name":"decode","id":"text_128",
        "profiles":[{"data":{"total":{"metrics":{
            "Ir":{"values":{"new":1019,"old":1100}},
            "D1mr":{"values":{"new":6}},"D1mw":{"values":{"new":1}}}}}}]}"#;

    #[test]
    fn a_line_becomes_a_row() {
        let count = Count::read("codec", LINE).unwrap();
        let row = "| codec | decoding decode text_128 | 1019 | 7 |";
        assert_eq!(table(&[count]).lines().last(), Some(row));
    }

    #[test]
    fn a_line_without_counts_is_an_error() {
        assert!(Count::read("codec", "{}").is_err());
        assert!(Count::read("codec", "no JSON").is_err());
    }
}

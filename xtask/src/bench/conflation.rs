//! Counts what windows and paces make of a broadcast storm.

use anyhow::Result;

use crate::process;
use crate::project::Project;

const PAGE: &str = "benchmarks/conflation.md";

/// Runs the storm in every way, and prints what subscribers receive.
pub(super) fn run(project: &Project, write: bool) -> Result<()> {
    let mut cargo = project.cargo();
    cargo.args(["bench", "--quiet", "--locked", "--package", "wirehub"]);
    let table = process::capture(cargo.args(["--bench", "conflation"]))?;
    println!("{}", table.trim_end());
    if write {
        let made = format!("{}, commit {}", process::today()?, project.commit()?);
        std::fs::write(project.path(PAGE), page(&table, &made))?;
        println!("wrote {PAGE}");
    }
    Ok(())
}

/// The table with where it comes from.
fn page(table: &str, made: &str) -> String {
    format!(
        "# Conflation\n\nWritten by `cargo xtask bench conflation --write`: {made}.\n\n\
         What a broadcast storm comes to for its subscribers, when they are spared nothing, and\n\
         in each way of sparing them. The shard, the dialects and the frames are the real ones;\n\
         the bytes are those of WebSocket frames without compression. The counts are the same on\n\
         every machine.\n\n{}\n\n\
         In every way, the last publication of all is told; where readers do not stand still, the\n\
         counts in the messages add up to all publications. The benchmark checks both.\n",
        table.trim()
    )
}

//! Counts what deltas make of an order book that moves: bytes, and instructions for them.

use anyhow::Result;

use super::{counts, instructions};
use crate::process;
use crate::project::Project;

const PAGE: &str = "benchmarks/deltas.md";

/// Tells the book in every way, and prints bytes and instructions.
pub(super) fn run(project: &Project, write: bool) -> Result<()> {
    let mut cargo = project.cargo();
    cargo.args(["bench", "--quiet", "--locked", "--package", "wirehub"]);
    let bytes = process::capture(cargo.args(["--bench", "deltas"]))?;
    println!("{bytes}");
    instructions::ensure(project)?;
    let counted = instructions::count(project, "wirehub", "books")?;
    let counted = counts::table(&counted);
    println!("{counted}");
    if write {
        let rustc = process::capture(project.command("rustc").arg("--version"))?;
        let (today, commit) = (process::today()?, project.commit()?);
        let made = format!("{today}, commit {commit}, {}", rustc.trim());
        std::fs::write(project.path(PAGE), page(&bytes, &counted, &made))?;
        println!("wrote {PAGE}");
    }
    Ok(())
}

/// The tables with where they come from.
fn page(bytes: &str, counted: &str, made: &str) -> String {
    format!(
        "# Deltas\n\nWritten by `cargo xtask bench deltas --write`: {made}.\n\n\
         What an order book that moves comes to for subscribers who speak Centrifugo's protocol,\n\
         as a whole each time and in deltas. The dialects and the frames are the real ones;\n\
         compressed is each message by itself, as the hub does it (permessage-deflate without\n\
         context takeover). The counts are the same on every machine.\n\n{}\n\n\
         Instructions to write one frame of the JSON dialect, and of a turn of the shard's loop\n\
         that gives one publication to 1,000 subscribers. What is told to many is written once,\n\
         so the delta is made once for all of them.\n\n{}\n",
        bytes.trim(),
        counted.trim()
    )
}

//! How client libraries come back when all lose their connections at once, and what a message costs
//! in them.

use anyhow::Result;

use crate::process;
use crate::project::Project;
use crate::setup::npm;

/// Where the result is kept.
const PAGE: &str = "benchmarks/clients.md";

/// Room for a whole round of messages, so that what they allocate can be seen, in megabytes.
const YOUNG: u32 = 512;

/// Installs the other libraries, builds ours, lets the storm come, counts what messages cost and
/// prints the tables; keeps them when asked to.
pub(super) fn run(project: &Project, write: bool, arguments: &[String]) -> Result<()> {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown").to_owned();
    let mut npm = project.command("npm");
    npm.current_dir(project.path("benchmarks/clients"));
    process::run(npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
    npm::TYPESCRIPT.run(project, "build")?;
    let mut storm = project.command("node");
    storm.arg("benchmarks/clients/storm.mjs").args(arguments);
    let tables = process::capture(&mut storm)?;
    println!("{tables}");
    let mut cost = project.command("node");
    cost.args(["--min", "--max"].map(|bound| format!("{bound}-semi-space-size={YOUNG}")));
    let costs = process::capture(cost.args(["--expose-gc", "benchmarks/clients/cost.mjs"]))?;
    println!("{costs}");
    if write {
        let made = format!(
            "{}, commit {}, {} cores; load average before: {load}.",
            process::today()?,
            project.commit()?,
            std::thread::available_parallelism()?
        );
        std::fs::write(project.path(PAGE), page(&tables, &costs, &made))?;
        println!("wrote {PAGE}");
    }
    Ok(())
}

/// The page that keeps a result.
fn page(tables: &str, costs: &str, made: &str) -> String {
    let head = "# Clients that come back\n\n\
        Written by `cargo xtask bench clients --write`. Ten thousand clients are live; then all\n\
        connections end in the same moment, without a close frame. How they come back is each\n\
        library's own affair, with its defaults. An arrival is the moment in which a client opens\n\
        a WebSocket; the **herd factor** is the most arrivals within one second, over their mean\n\
        per second from the cut (or from the moment in which the server listens again) until all\n\
        are live. Goal: at most 2.\n\n\
        The server is a bare acceptor that says just what each library waits for, so that no\n\
        server's limits flatten the storm: for `centrifuge` that is a fake of the reply to\n\
        `connect`, for ours `welcome` and the answer to `resume`. `reconnecting-websocket` draws\n\
        its first delay when the module is loaded; here each client draws its own, as in ten\n\
        thousand browsers. The last row is the handler of the article that this project comes\n\
        from: three seconds, doubled, without jitter.\n\n";
    let costs_head = "### What a message costs\n\nIn the library itself, in Node: a publication of 120 bytes\n\
        arrives, in JSON, and one is published and answered. The socket is a fake in the same\n\
        process, both libraries take turns, and each figure is the median of 15 rounds of 20,000\n\
        messages. Bytes are how much the heap grew, before anything was collected.\n\n";
    let (tables, costs) = (tables.trim(), costs.trim());
    format!("{head}{tables}\n\n{costs_head}{costs}\n\n{made}\n")
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn a_page_holds_the_tables_and_how_they_were_made() {
        let page = page("| a |\n|--:|\n| 1 |\n\n", "| b |\n|--:|\n| 2 |\n", "today");
        assert!(page.starts_with("# Clients that come back\n"));
        assert!(page.contains("\n\n| a |\n|--:|\n| 1 |\n\n"));
        assert!(page.ends_with("\n\n| b |\n|--:|\n| 2 |\n\ntoday\n"));
    }
}

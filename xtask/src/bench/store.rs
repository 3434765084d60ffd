//! Durable publications beside a bare loop on the same disk.

use anyhow::Result;

use crate::process;
use crate::project::Project;

/// Where the result is kept.
const PAGE: &str = "benchmarks/store.md";

/// Builds the benchmark, runs it, and prints its table; keeps it when asked to.
pub(super) fn run(project: &Project, write: bool, arguments: &[String]) -> Result<()> {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown").to_owned();
    let folder = project.scratch("store")?;
    let mut cargo = project.cargo();
    cargo.args(["bench", "--quiet", "--locked"]);
    cargo.args(["--package", "wirehub-broker-redb", "--bench", "store", "--"]);
    cargo.arg("--folder").arg(folder).args(arguments);
    let table = process::capture(&mut cargo)?;
    println!("{table}");
    if write {
        let rustc = process::capture(project.command("rustc").arg("--version"))?;
        let made = format!(
            "{}, commit {}, {}, {} cores; load average before: {load}.",
            process::today()?,
            project.commit()?,
            rustc.trim(),
            std::thread::available_parallelism()?
        );
        std::fs::write(project.path(PAGE), page(&table, &made))?;
        println!("wrote {PAGE}");
    }
    Ok(())
}

/// The page that keeps a result.
fn page(table: &str, made: &str) -> String {
    let head = "# Durable publications\n\n\
        Written by `cargo xtask bench store --write`. Publishers that each wait for their answer\n\
        before they publish again, on a file beside the build: the store of Wirehub (topics,\n\
        encoding, one node that receives everything), and a bare redb loop that commits the same\n\
        number of bytes in groups of the same kind. The two take turns in pairs, and the ratio is\n\
        the geometric mean of the ratios within pairs. Goal: at least 0.80.\n\n";
    let table = table.lines().filter(|line| line.starts_with('|'));
    let table = table.collect::<Vec<_>>().join("\n");
    format!("{head}{table}\n\n{made}\n")
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn a_page_holds_the_table_and_how_it_was_made() {
        let page = page("noise\n| a |\n|--:|\n| 1 |\n", "today");
        assert!(page.ends_with("\n\n| a |\n|--:|\n| 1 |\n\ntoday\n"));
        assert!(!page.contains("noise"));
    }
}

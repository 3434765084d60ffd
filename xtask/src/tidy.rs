//! `cargo xtask tidy`: the house rules that a compiler does not hold.
//!
//! Each rule is one module with a pure check over text and a test with a bad and a good sample; a
//! check that cannot fail is worth nothing. Data lives beside the rule that reads it: the
//! dependency table in [`table`], decoders in [`fuzz_targets`], exemptions in [`caps`], the ratchet
//! in `xtask/ratchet.txt`.

mod caps;
mod clippy_copies;
mod commands;
mod dependencies;
mod fuzz_targets;
mod links;
mod manifests;
mod module_names;
mod one_path;
mod problem;
mod ratchet;
mod rewrap;
mod table;
mod words;

use anyhow::{Context, Result, bail};

use crate::project::Project;

/// The house rules: dependency table, caps, names, one path, links, words
///
/// Every message says what to do. The rules are in CONTRIBUTING.md.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Also list files longer than wanted, below the cap
    #[arg(long)]
    verbose: bool,
    /// Break comments that are too wide
    #[arg(long)]
    fix: bool,
}

/// A file of the project, read once for all rules.
pub(crate) struct Source {
    /// Path relative to the root, with `/`.
    pub(crate) path: String,
    /// What it says.
    pub(crate) text: String,
}

impl Source {
    /// Whether the file's name ends in `.` and this.
    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        self.path
            .rsplit_once('.')
            .is_some_and(|(_, found)| found == extension)
    }
}

/// Reads the tree once and applies every rule.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let mut sources = read(project)?;
    if args.fix {
        fix(project, &mut sources)?;
    }
    let metadata = project.metadata()?;
    let mut problems = Vec::new();
    problems.extend(dependencies::check(project, &metadata)?);
    problems.extend(caps::check(&sources)?);
    problems.extend(one_path::check(&sources)?);
    problems.extend(module_names::check(&sources)?);
    problems.extend(clippy_copies::check(&sources));
    problems.extend(manifests::check(&sources));
    problems.extend(fuzz_targets::check(&sources)?);
    problems.extend(commands::check(&sources)?);
    problems.extend(links::check(&sources, &|path| project.path(path).exists()));
    problems.extend(words::check(&sources));
    if args.verbose {
        caps::print_long_files(&sources);
    }
    for problem in &problems {
        println!("{problem}");
    }
    if !problems.is_empty() {
        bail!(
            "tidy found {} problems in {} files",
            problems.len(),
            sources.len()
        );
    }
    println!("tidy: {} files keep the house rules", sources.len());
    Ok(())
}

fn fix(project: &Project, sources: &mut [Source]) -> Result<()> {
    for source in sources {
        if let Some(text) = caps::with_narrow_comments(source) {
            std::fs::write(project.path(&source.path), &text)?;
            println!("{}: broke wide comments", source.path);
            source.text = text;
        }
    }
    Ok(())
}

/// Binary files are left out: no rule has anything to say about them.
fn read(project: &Project) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for path in project.files()? {
        let bytes =
            std::fs::read(project.path(&path)).with_context(|| format!("cannot read {path}"))?;
        if let Ok(text) = String::from_utf8(bytes) {
            sources.push(Source { path, text });
        }
    }
    Ok(sources)
}

/// A Rust file as syntax, or an error that names it.
fn parse(source: &Source) -> Result<syn::File> {
    syn::parse_file(&source.text).with_context(|| format!("{} is not Rust", source.path))
}

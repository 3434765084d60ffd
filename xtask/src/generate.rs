//! `cargo xtask generate`: documents that the binary writes about itself, and the client library
//! and the console that it hands out to browsers.

use anyhow::{Context, Result, bail};

use crate::dashboard;
use crate::process;
use crate::project::Project;
use crate::setup::npm;

/// Write anew what the program makes, docs/config.md (tests hold the others), and what is built of
/// clients/typescript and console for it
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail when a document is not what would be written
    #[arg(long)]
    check: bool,
}

/// A file and where its text comes from.
struct Document {
    path: &'static str,
    source: Source,
}

enum Source {
    /// What the binary prints with these arguments.
    Binary(&'static [&'static str]),
    /// A file that the build of an npm package leaves.
    Built(&'static str),
    /// What a function here makes.
    Made(fn() -> String),
}

const DOCUMENTS: &[Document] = &[
    Document {
        path: "crates/wirehub-cli/assets/wirehub.js",
        source: Source::Built("clients/typescript/dist/wirehub.min.js"),
    },
    console(
        "crates/wirehub-http/assets/console/index.html",
        "console/dist/index.html",
    ),
    console(
        "crates/wirehub-http/assets/console/console.js",
        "console/dist/console.js",
    ),
    console(
        "crates/wirehub-http/assets/console/console.css",
        "console/dist/console.css",
    ),
    console(
        "crates/wirehub-http/assets/console/icon.svg",
        "console/dist/icon.svg",
    ),
    Document {
        path: "docs/config.md",
        source: Source::Binary(&["config", "doc"]),
    },
    Document {
        path: "deploy/grafana/wirehub.json",
        source: Source::Made(dashboard::text),
    },
];

/// A part of the console.
const fn console(path: &'static str, built: &'static str) -> Document {
    Document {
        path,
        source: Source::Built(built),
    }
}

/// Writes the documents, or checks them.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    if args.check {
        return check(project);
    }
    build(project)?;
    for document in DOCUMENTS {
        let text = document.render(project)?;
        std::fs::write(project.path(document.path), text)
            .with_context(|| format!("cannot write {}", document.path))?;
        println!("wrote {}", document.path);
    }
    Ok(())
}

/// Fails when a document in the tree is not what the binary prints.
pub(crate) fn check(project: &Project) -> Result<()> {
    build(project)?;
    let mut stale = Vec::new();
    for document in DOCUMENTS {
        let text = document.render(project)?;
        let kept = std::fs::read_to_string(project.path(document.path)).unwrap_or_default();
        if kept != text {
            stale.push(document.path);
        }
    }
    if !stale.is_empty() {
        bail!(
            "not fresh: {}; run `cargo xtask generate` and commit",
            stale.join(", ")
        );
    }
    println!("{} generated documents are fresh", DOCUMENTS.len());
    Ok(())
}

/// Builds what is built by npm.
fn build(project: &Project) -> Result<()> {
    npm::TYPESCRIPT.run(project, "build")?;
    npm::CONSOLE.run(project, "build")
}

impl Document {
    fn render(&self, project: &Project) -> Result<String> {
        let text = match self.source {
            Source::Binary(arguments) => printed(project, arguments)?,
            Source::Built(path) => {
                let built = project.path(path);
                std::fs::read_to_string(&built)
                    .with_context(|| format!("cannot read {}", built.display()))?
            }
            Source::Made(make) => make(),
        };
        if text.trim().is_empty() {
            bail!("nothing was made for {}", self.path);
        }
        Ok(text)
    }
}

fn printed(project: &Project, arguments: &[&str]) -> Result<String> {
    let mut cargo = project.cargo();
    cargo.args([
        "run",
        "--quiet",
        "--locked",
        "--package",
        "wirehub-cli",
        "--bin",
        "wirehub",
    ]);
    process::capture(cargo.arg("--").args(arguments))
}

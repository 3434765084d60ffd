//! `cargo xtask generate`: documents that the binary writes about itself.

use anyhow::{Context, Result, bail};

use crate::process;
use crate::project::Project;

/// Write anew the document that the program makes: docs/config.md (tests hold the others)
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail when a document is not what would be written
    #[arg(long)]
    check: bool,
}

/// A document and the command of the binary that prints it.
struct Document {
    path: &'static str,
    arguments: &'static [&'static str],
}

const DOCUMENTS: &[Document] = &[Document {
    path: "docs/config.md",
    arguments: &["config", "doc"],
}];

/// Writes the documents, or checks them.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    if args.check {
        return check(project);
    }
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

impl Document {
    fn render(&self, project: &Project) -> Result<String> {
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
        let text = process::capture(cargo.arg("--").args(self.arguments))?;
        if text.trim().is_empty() {
            bail!(
                "`wirehub {}` printed nothing for {}",
                self.arguments.join(" "),
                self.path
            );
        }
        Ok(text)
    }
}

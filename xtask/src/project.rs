//! Where the project's files are.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

/// The checked-out tree this tool works on.
pub(crate) struct Project {
    root: PathBuf,
}

impl Project {
    /// Finds the tree from where Cargo says this package is, so that it works from any folder.
    pub(crate) fn locate() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .parent()
            .context("the xtask folder has no parent")?;
        Ok(Self {
            root: root.to_path_buf(),
        })
    }

    /// An absolute path from one relative to the root.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// A folder under `target/` for what this tool makes, created when absent.
    pub(crate) fn scratch(&self, name: &str) -> Result<PathBuf> {
        let folder = self.root.join("target/xtask").join(name);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(folder)
    }

    /// What Cargo built, by its path below the target folder, which the environment or a
    /// configuration may have put elsewhere.
    pub(crate) fn built(&self, relative: &str) -> Result<PathBuf> {
        let metadata = self.metadata()?;
        let target = metadata["target_directory"].as_str();
        let target = target.context("cargo metadata names no target folder")?;
        Ok(Path::new(target).join(relative))
    }

    /// A command that runs in the root folder.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// The Cargo that runs this tool.
    pub(crate) fn cargo(&self) -> Command {
        self.command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// The commit that is checked out, marked when the tree differs from it.
    pub(crate) fn commit(&self) -> Result<String> {
        let mut git = self.command("git");
        git.args(["describe", "--always", "--dirty", "--abbrev=12"]);
        Ok(process::capture(&mut git)?.trim().to_owned())
    }

    /// Every file that is committed or could be (ignored files left out), relative to the root,
    /// sorted.
    pub(crate) fn files(&self) -> Result<Vec<String>> {
        let mut git = self.command("git");
        git.args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]);
        let listed = process::capture(&mut git)?;
        let mut files: Vec<String> = listed
            .split('\0')
            .filter(|path| !path.is_empty() && self.path(path).is_file())
            .map(str::to_owned)
            .collect();
        files.sort_unstable();
        files.dedup();
        Ok(files)
    }

    /// `cargo metadata` of the workspace members, without the packages they depend on.
    pub(crate) fn metadata(&self) -> Result<Value> {
        let mut cargo = self.cargo();
        cargo.args(["metadata", "--no-deps", "--format-version", "1"]);
        serde_json::from_str(&process::capture(&mut cargo)?).context("cargo metadata is not JSON")
    }
}

#[cfg(test)]
mod tests;

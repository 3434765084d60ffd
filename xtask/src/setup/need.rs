//! One thing that must be on the machine.

use anyhow::Result;

use super::cargo_tool::CargoTool;
use super::debian;
use crate::process;
use crate::project::Project;

/// Something the other commands need, how to see it and how to get it.
pub(crate) struct Need {
    /// What it is.
    pub(crate) name: &'static str,
    /// What it is for.
    pub(crate) why: &'static str,
    /// How to see that it is there.
    pub(crate) sign: Sign,
    /// Where it comes from.
    pub(crate) install: Install,
    /// Whether set-up fails without it.
    pub(crate) required: bool,
}

/// How to see that something is there; must be quick.
pub(crate) enum Sign {
    /// A program of this name is on `PATH`.
    Program(&'static str),
    /// This says so.
    Check(fn(&Project) -> bool),
}

/// Where something comes from.
pub(crate) enum Install {
    /// A Debian package.
    Debian(&'static str),
    /// A Cargo tool, built from source.
    Cargo(CargoTool),
    /// This installs it; the text is what a person does instead.
    With(fn(&Project) -> Result<()>, &'static str),
    /// Only a person can: the text is what to do.
    ByHand(&'static str),
}

/// How a need stands after an attempt to meet it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It is there.
    Met,
    /// It is not, and a line said why.
    Missing,
}

impl Need {
    /// Looks, installs when it is missing, looks again, and prints what happened.
    pub(crate) fn meet(&self, project: &Project) -> State {
        let Self { name, why, .. } = self;
        if self.is_met(project) {
            println!("present   {name}: {why}");
            return State::Met;
        }
        println!("install   {name}: {why}");
        match self.install.run(project) {
            Ok(()) if self.is_met(project) => return State::Met,
            Ok(()) => println!("MISSING   {name}: installed, but still not found"),
            Err(error) => println!("MISSING   {name}: {error:#}"),
        }
        println!("          by hand: {}", self.install.by_hand());
        State::Missing
    }

    fn is_met(&self, project: &Project) -> bool {
        match self.sign {
            Sign::Program(program) => process::is_on_path(program),
            Sign::Check(check) => check(project),
        }
    }
}

impl Install {
    fn run(&self, project: &Project) -> Result<()> {
        match self {
            Self::Debian(package) => debian::install(project, package),
            Self::Cargo(tool) => tool.install(project),
            Self::With(install, _) => install(project),
            Self::ByHand(_) => anyhow::bail!("cannot be installed from here"),
        }
    }

    fn by_hand(&self) -> String {
        match self {
            Self::Debian(package) => format!("apt-get install {package}"),
            Self::Cargo(tool) => format!("cargo install --locked {}", tool.package),
            Self::With(_, text) | Self::ByHand(text) => (*text).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;

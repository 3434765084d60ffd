//! The Python packages of the conformance clients, each in a venv of its own: what one library
//! needs may be too old for another.

use std::path::PathBuf;

use anyhow::Result;

use crate::process;
use crate::project::Project;

/// A venv and what is installed there.
pub(crate) struct Venv {
    /// Its folder, under the scratch folder.
    name: &'static str,
    /// What it holds.
    requirements: &'static str,
}

/// What the client of the native protocol uses, and Centrifugo's server library.
pub(crate) const WEBSOCKETS: Venv = Venv {
    name: "python",
    requirements: "conformance/python-websockets/requirements.txt",
};

/// What Centrifugo's client uses.
pub(crate) const CENTRIFUGE: Venv = Venv {
    name: "python-centrifuge",
    requirements: "conformance/centrifuge-python/requirements.txt",
};

/// What asks the server API.
pub(crate) const SCHEMATHESIS: Venv = Venv {
    name: "python-schemathesis",
    requirements: "conformance/openapi/requirements.txt",
};

/// What holds the files in `deploy/` against their schemas and rules.
pub(crate) const DEPLOY: Venv = Venv {
    name: "python-deploy",
    requirements: "conformance/deploy/requirements.txt",
};

/// NATS, on which hubs meet in tests and which they tell what happens, and which is measured beside
/// the hub.
pub(crate) const NATS: Venv = Venv {
    name: "python-nats",
    requirements: "benchmarks/peers/nats/requirements.txt",
};

/// A server of Kafka's protocol, on which hubs meet in tests.
pub(crate) const KAFKA: Venv = Venv {
    name: "python-kafka",
    requirements: "conformance/kafka/requirements.txt",
};

/// Whether Python is there and can make a venv with pip in it.
pub(crate) fn can_make_venv(project: &Project) -> bool {
    process::succeeds(
        project
            .command("python3")
            .args(["-c", "import ensurepip, venv"]),
    )
}

impl Venv {
    /// The interpreter that has the packages.
    pub(crate) fn interpreter(&self, project: &Project) -> PathBuf {
        self.program(project, "python")
    }

    /// A program that one of the packages brings.
    pub(crate) fn program(&self, project: &Project, name: &str) -> PathBuf {
        self.folder(project).join("bin").join(name)
    }

    /// Whether what is installed came from the requirements as they are.
    pub(crate) fn is_installed(&self, project: &Project) -> bool {
        let pinned = std::fs::read(project.path(self.requirements));
        let installed = std::fs::read(self.stamp(project));
        matches!((pinned, installed), (Ok(pinned), Ok(installed)) if pinned == installed)
    }

    /// Makes the venv anew and installs the requirements.
    pub(crate) fn install(&self, project: &Project) -> Result<()> {
        let venv = project.scratch(self.name)?;
        process::run(
            project
                .command("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&venv),
        )?;
        let mut pip = project.command(self.interpreter(project));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]);
        process::run(pip.args(["--requirement", self.requirements]))?;
        std::fs::copy(project.path(self.requirements), self.stamp(project))?;
        Ok(())
    }

    fn folder(&self, project: &Project) -> PathBuf {
        project.path("target/xtask").join(self.name)
    }

    fn stamp(&self, project: &Project) -> PathBuf {
        self.folder(project).join("installed-from.txt")
    }
}

//! What `wstest` found, and whether that is good enough.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::wstest;
use crate::process;
use crate::project::Project;

/// Verdicts that pass. The suite has three more that it does not call failures: NON-STRICT,
/// UNIMPLEMENTED and UNCLEAN; here they are.
const GOOD: &[&str] = &["OK", "INFORMATIONAL"];

/// Verdicts by case.
#[derive(Default)]
pub(crate) struct Report {
    verdicts: BTreeMap<CaseId, Verdict>,
}

/// A case number such as 12.1.3, which sorts by its numbers.
type CaseId = Vec<u32>;

struct Verdict {
    behavior: String,
    close: String,
}

impl Report {
    /// Reads `index.json` of one run. A run that judged nothing is an error.
    pub(crate) fn read(index: &str) -> Result<Self> {
        let index: Value = serde_json::from_str(index).context("the report is not JSON")?;
        let agents = index.as_object().context("the report is not an object")?;
        let mut verdicts = BTreeMap::new();
        for (case, entry) in agents.values().filter_map(Value::as_object).flatten() {
            let field = |name: &str| entry[name].as_str().unwrap_or("absent").to_owned();
            let verdict = Verdict {
                behavior: field("behavior"),
                close: field("behaviorClose"),
            };
            verdicts.insert(case_id(case)?, verdict);
        }
        if verdicts.is_empty() {
            bail!("the suite judged no case; is the pattern right, and did the server answer?");
        }
        Ok(Self { verdicts })
    }

    /// Both reports in one.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.verdicts.extend(other.verdicts);
        self
    }

    /// How many cases were judged.
    pub(crate) fn cases(&self) -> usize {
        self.verdicts.len()
    }

    /// The cases that fail, with their verdicts.
    pub(crate) fn failures(&self) -> impl Iterator<Item = String> {
        self.verdicts
            .iter()
            .filter(|(_, verdict)| !verdict.is_good())
            .map(|(case, verdict)| {
                let Verdict { behavior, close } = verdict;
                format!("{}: behavior {behavior}, close {close}", dotted(case))
            })
    }

    /// One line of counts, with what passed and failed at its end.
    pub(crate) fn summary(&self, took: Duration) -> String {
        let counts: Vec<_> = self
            .counts()
            .into_iter()
            .map(|(verdict, count)| format!("{count} {verdict}"))
            .collect();
        let failed = self.failures().count();
        let passed = self.cases() - failed;
        let seconds = took.as_secs();
        format!(
            "{} in {seconds} s; {passed} passed, {failed} failed",
            counts.join(", ")
        )
    }

    /// Stores a full run under `benchmarks/`.
    pub(crate) fn write(&self, project: &Project, date: &str, took: Duration) -> Result<()> {
        let rustc = process::capture(project.command("rustc").arg("--version"))?;
        let facts = Facts {
            date,
            commit: project.commit()?,
            rustc: rustc.trim().to_owned(),
            seconds: took.as_secs(),
        };
        std::fs::create_dir_all(project.path("benchmarks"))?;
        std::fs::write(project.path("benchmarks/autobahn.json"), self.json(&facts)?)?;
        std::fs::write(
            project.path("benchmarks/autobahn.md"),
            self.markdown(&facts),
        )?;
        println!("wrote benchmarks/autobahn.json and benchmarks/autobahn.md");
        Ok(())
    }

    fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for verdict in self.verdicts.values() {
            *counts.entry(verdict.worse()).or_insert(0) += 1;
        }
        counts
    }

    fn json(&self, facts: &Facts<'_>) -> Result<String> {
        let results: Vec<_> = self
            .verdicts
            .iter()
            .map(|(case, verdict)| format!("{} {}", dotted(case), verdict.worse()))
            .collect();
        let page = json!({
            "suite": wstest::SUITE,
            "date": facts.date,
            "commit": facts.commit,
            "rustc": facts.rustc,
            "seconds": facts.seconds,
            "cases": self.cases(),
            "counts": self.counts(),
            "results": results,
        });
        Ok(serde_json::to_string_pretty(&page)? + "\n")
    }

    fn markdown(&self, facts: &Facts<'_>) -> String {
        let Facts {
            date,
            commit,
            rustc,
            seconds,
        } = facts;
        let suite = wstest::SUITE;
        let mut page = format!(
            "# Autobahn\n\nWritten by `cargo xtask conform autobahn` on {date}: {suite}, \
             commit {commit}, {rustc}, {seconds} s.\n\
             The verdict of each case is in [autobahn.json](autobahn.json).\n\n\
             | cases | judged | passed | failed |\n|---|--:|--:|--:|\n"
        );
        let mut sections: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
        for (case, verdict) in &self.verdicts {
            let section = sections
                .entry(case.first().copied().unwrap_or(0))
                .or_default();
            section.0 += 1;
            section.1 += usize::from(verdict.is_good());
        }
        sections.insert(
            u32::MAX,
            (self.cases(), self.cases() - self.failures().count()),
        );
        for (section, (judged, passed)) in sections {
            let name = if section == u32::MAX {
                "all".to_owned()
            } else {
                format!("{section}.*")
            };
            // Writing to a string cannot fail.
            let _ = writeln!(
                page,
                "| {name} | {judged} | {passed} | {} |",
                judged - passed
            );
        }
        page
    }
}

/// Where and when a full run was made.
struct Facts<'a> {
    date: &'a str,
    commit: String,
    rustc: String,
    seconds: u64,
}

impl Verdict {
    fn is_good(&self) -> bool {
        GOOD.contains(&self.behavior.as_str()) && GOOD.contains(&self.close.as_str())
    }

    /// The one of the two that decides.
    fn worse(&self) -> &str {
        if GOOD.contains(&self.close.as_str()) {
            &self.behavior
        } else {
            &self.close
        }
    }
}

fn case_id(case: &str) -> Result<CaseId> {
    let number = |part: &str| {
        part.parse()
            .with_context(|| format!("`{case}` is not a case"))
    };
    case.split('.').map(number).collect()
}

fn dotted(case: &CaseId) -> String {
    case.iter()
        .map(u32::to_string)
        .collect::<Vec<_>>()
        .join(".")
}

#[cfg(test)]
mod tests;

//! What is left over, as JSON.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::Serialize;
use wirehub::{Leak, LeakKind};

use crate::admin::Admin;

/// What [`leaks`] answers.
#[derive(Debug, Serialize)]
pub(super) struct Leaks {
    /// How often the hub was looked through.
    checks: u64,
    /// Seconds since the last time; `null` before the first.
    checked: Option<f64>,
    /// What was left over then.
    leaks: Vec<Entry>,
    /// How many were ever found.
    found: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Serialize)]
struct Entry {
    kind: &'static str,
    what: String,
    born: String,
}

/// What nothing should keep.
pub(super) async fn leaks(State(admin): State<Admin>) -> Json<Leaks> {
    let report = admin.hub().leaks();
    let found = |kind: LeakKind| report.found.get(&kind).copied().unwrap_or_default();
    let found = LeakKind::ALL.map(|kind| (kind.name(), found(kind)));
    Json(Leaks {
        checks: report.checks,
        checked: report.checked.map(|ago| ago.as_secs_f64()),
        leaks: report.leaks.into_iter().map(Entry::from).collect(),
        found: BTreeMap::from(found),
    })
}

impl From<Leak> for Entry {
    fn from(leak: Leak) -> Self {
        Self {
            kind: leak.kind.name(),
            what: leak.what,
            born: leak.born,
        }
    }
}

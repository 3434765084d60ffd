//! Every live task as JSON.

use axum::{Json, extract::State};
use serde::Serialize;
use wirehub::TaskInfo;

use crate::admin::Admin;

/// The most tasks of one answer; the oldest are in it.
const TASKS_MAX: usize = 10_000;

/// What [`tasks`] answers.
#[derive(Debug, Serialize)]
pub(super) struct Tasks {
    count: usize,
    /// The oldest first.
    tasks: Vec<Task>,
}

/// One task; times in seconds.
#[derive(Debug, Serialize)]
struct Task {
    kind: &'static str,
    function: &'static str,
    /// Where it was begun.
    place: String,
    state: &'static str,
    age: f64,
    /// For how long it has been in this state.
    since: f64,
    polls: u64,
    busy: f64,
}

/// Who is working, on what and for how long.
pub(super) async fn tasks(State(admin): State<Admin>) -> Json<Tasks> {
    let tasks = admin.hub().tasks();
    Json(Tasks {
        count: tasks.len(),
        tasks: tasks.into_iter().take(TASKS_MAX).map(Task::from).collect(),
    })
}

impl From<TaskInfo> for Task {
    fn from(task: TaskInfo) -> Self {
        Self {
            kind: task.kind,
            function: task.function,
            place: format!("{}:{}", task.file, task.line),
            state: task.state.name(),
            age: task.age.as_secs_f64(),
            since: task.since.as_secs_f64(),
            polls: task.polls,
            busy: task.busy.as_secs_f64(),
        }
    }
}

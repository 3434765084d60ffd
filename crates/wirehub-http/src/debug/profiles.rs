//! Profiles, in the format of `go tool pprof` or as text.

use std::{collections::BTreeMap, fs, time::Duration};

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio::{task, time};
use wirehub::TaskInfo;
use wirehub_model::ErrorCode;
use wirehub_profile::{CpuError, CpuSession, Place, Profile, ValueKind};

use crate::{
    admin::Admin,
    nearest::{nearest, shown},
    problem::Problem,
};

/// How long processor time is sampled when nobody says, as in Go.
const SECONDS_DEFAULT: u64 = 30;
/// The longest it is.
const SECONDS_MAX: u64 = 60;
/// How often samples are collected.
const COLLECT: Duration = Duration::from_millis(100);

type Asked = Result<Query<Vec<(String, String)>>, QueryRejection>;

/// What a request wants of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wish {
    seconds: u64,
    as_text: bool,
}

/// `?seconds=30`: where processor time goes from now on.
pub(super) async fn cpu(State(admin): State<Admin>, asked: Asked) -> Result<Response, Problem> {
    let wish = wish(asked)?;
    let _turn = turn(&admin)?;
    let mut session = CpuSession::start().map_err(refused)?;
    let end = time::Instant::now() + Duration::from_secs(wish.seconds);
    while time::Instant::now() < end {
        time::sleep_until(end.min(time::Instant::now() + COLLECT)).await;
        session.collect();
    }
    answer("cpu", wish, move || Ok(session.finish())).await
}

/// Who has memory.
pub(super) async fn heap(State(admin): State<Admin>, asked: Asked) -> Result<Response, Problem> {
    of_heap(&admin, asked, "heap", wirehub_profile::heap).await
}

/// Who asked for memory.
pub(super) async fn allocs(State(admin): State<Admin>, asked: Asked) -> Result<Response, Problem> {
    of_heap(&admin, asked, "allocs", wirehub_profile::allocs).await
}

async fn of_heap(
    admin: &Admin,
    asked: Asked,
    name: &'static str,
    profile: fn() -> Option<Profile>,
) -> Result<Response, Problem> {
    let wish = wish(asked)?;
    let _turn = turn(admin)?;
    let missing = || {
        let message = "this program does not sample its allocations";
        let problem = Problem::new(ErrorCode::NotEnabled, message);
        problem.hint("have it allocate through `wirehub_profile::SamplingAllocator`")
    };
    answer(name, wish, move || profile().ok_or_else(missing)).await
}

/// Where every thread is.
pub(super) async fn threads(State(admin): State<Admin>, asked: Asked) -> Result<Response, Problem> {
    let wish = wish(asked)?;
    let _turn = turn(&admin)?;
    let profile = || wirehub_profile::threads().map_err(refused);
    answer("threads", wish, profile).await
}

/// Every live task.
pub(super) async fn tasks(State(admin): State<Admin>, asked: Asked) -> Result<Response, Problem> {
    let wish = wish(asked)?;
    let tasks = admin.hub().tasks();
    answer("tasks", wish, move || Ok(of_tasks(&tasks))).await
}

/// The arguments of the process, with a zero byte between two, as in Go.
pub(super) async fn cmdline() -> Response {
    let arguments = fs::read("/proc/self/cmdline").unwrap_or_default();
    let arguments = arguments.strip_suffix(b"\0").unwrap_or(&arguments);
    let text = String::from_utf8_lossy(arguments).into_owned();
    (plain(), text).into_response()
}

/// Tasks of one function, begun at one place and in one state, are one sample: the function, called
/// by what it is for.
fn of_tasks(tasks: &[TaskInfo]) -> Profile {
    let mut groups = BTreeMap::<_, [i64; 4]>::new();
    for task in tasks {
        let group = (
            task.kind,
            task.function,
            task.file,
            task.line,
            task.state.name(),
        );
        let [polls, busy, age, count] = groups.entry(group).or_default();
        *polls += task.polls as i64;
        *busy += task.busy.as_nanos() as i64;
        *age += task.age.as_nanos() as i64;
        *count += 1;
    }
    let mut profile = Profile::new(vec![
        ValueKind::new("polls", "count"),
        ValueKind::new("busy", "nanoseconds"),
        ValueKind::new("age", "nanoseconds"),
        ValueKind::new("tasks", "count"),
    ]);
    for ((kind, function, file, line, state), values) in groups {
        let stack = vec![
            Place::named(function, file, line),
            Place::named(kind, "", 0),
        ];
        profile.sample(stack, values.to_vec(), &[("kind", kind), ("state", state)]);
    }
    profile
}

/// One profile is taken at a time: several would measure each other.
fn turn(admin: &Admin) -> Result<tokio::sync::MutexGuard<'_, ()>, Problem> {
    admin.profiling().try_lock().map_err(|_| busy())
}

fn busy() -> Problem {
    Problem::new(ErrorCode::RateLimited, "a profile is being taken already")
        .hint("one is taken at a time; ask again when that one is done")
}

fn refused(error: CpuError) -> Problem {
    match error {
        CpuError::Busy => busy(),
        error => Problem::new(ErrorCode::NotEnabled, error.to_string())
            .status(StatusCode::NOT_IMPLEMENTED),
    }
}

fn wish(asked: Asked) -> Result<Wish, Problem> {
    let Query(asked) = asked.map_err(|error| Problem::bad(error.body_text()))?;
    let mut wish = Wish {
        seconds: SECONDS_DEFAULT,
        as_text: false,
    };
    for (name, value) in &asked {
        match (name.as_str(), value.parse::<u64>()) {
            ("seconds", Ok(seconds)) if (1..=SECONDS_MAX).contains(&seconds) => {
                wish.seconds = seconds;
            }
            ("seconds", _) => {
                let message = format!("`seconds` must be a number from 1 to {SECONDS_MAX}");
                return Err(Problem::bad(message));
            }
            ("debug", Ok(level)) => wish.as_text = level > 0,
            ("debug", Err(_)) => return Err(Problem::bad("`debug` must be 0 or 1")),
            _ => {
                let problem = Problem::bad(format!("there is no `{}` here", shown(name)));
                return Err(problem.did_you_mean(nearest(name, ["seconds", "debug"])));
            }
        }
    }
    Ok(wish)
}

/// Names what was sampled, which reads megabytes of symbols, where others need not wait for it.
async fn answer(
    name: &'static str,
    wish: Wish,
    profile: impl FnOnce() -> Result<Profile, Problem> + Send + 'static,
) -> Result<Response, Problem> {
    let work = task::spawn_blocking(move || {
        let profile = profile()?;
        Ok(if wish.as_text {
            (plain(), profile.to_text()).into_response()
        } else {
            let file = format!("attachment; filename=\"{name}.pb.gz\"");
            let headers = [
                (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
                (header::CONTENT_DISPOSITION, file),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
            ];
            (headers, profile.to_pprof()).into_response()
        })
    });
    let done = work.await;
    done.unwrap_or_else(|_| Err(Problem::new(ErrorCode::Internal, "the profile failed")))
}

fn plain() -> [(header::HeaderName, &'static str); 2] {
    [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ]
}

#[cfg(test)]
mod tests {
    use wirehub::TaskState;

    use super::*;

    fn task(kind: &'static str, state: TaskState) -> TaskInfo {
        let second = Duration::from_secs(1);
        TaskInfo {
            number: 1,
            kind,
            function: "wirehub::acceptor::run",
            file: "acceptor.rs",
            line: 7,
            age: second,
            state,
            since: second,
            polls: 3,
            busy: second,
        }
    }

    #[test]
    fn tasks_are_grouped_by_function_and_state() {
        let (waiting, running) = (TaskState::Waiting, TaskState::Running);
        let tasks = [
            ("a", waiting),
            ("a", waiting),
            ("a", running),
            ("b", waiting),
        ];
        let profile = of_tasks(&tasks.map(|(kind, state)| task(kind, state)));
        assert_eq!(profile.top(), [("wirehub::acceptor::run".to_owned(), 4)]);
        assert_eq!(profile.under(|function| function == "a"), 3);
        let text = profile.to_text();
        assert!(
            text.contains("\n2 2000000000 2000000000 6 a waiting\n"),
            "{text}"
        );
    }
}

//! Several commands in one request.

use std::sync::{
    LazyLock,
    atomic::{AtomicUsize, Ordering},
};

use axum::extract::Request;
use axum::{
    Extension, Json,
    body::to_bytes,
    extract::State,
    http::{Uri, request::Parts},
    response::{IntoResponse as _, Response},
};
use futures_util::{StreamExt as _, stream};
use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::value::RawValue;
use tower_service::Service as _;
use wirehub::auth::ApiAccess;
use wirehub_model::ErrorCode;

use super::{ENDPOINTS, Endpoint};
use crate::{
    admin::{AT_ONCE, Admin},
    body::{Body, Object, missing},
    keys::{lacking, no_scope},
    problem::Problem,
};

/// The most commands of one batch.
pub(crate) const COMMANDS_MAX: usize = 1_000;
/// The most bytes of answers. What it leaves no room for is not done.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What each command came to, in the order of the commands.
#[derive(Debug, Serialize)]
pub(crate) struct Answers {
    answers: Vec<Answer>,
}

/// `{"publish":{…}}` as the command was named, or `{"error":{…}}`.
#[derive(Debug)]
struct Answer {
    /// `None` for what is an answer by itself.
    name: Option<&'static str>,
    body: Box<RawValue>,
}

/// What may be done in a batch, by the last part of the path: what is posted, but for batches.
pub(crate) fn commands() -> impl Iterator<Item = (&'static str, &'static Endpoint)> {
    let posted = ENDPOINTS.iter().filter(|it| it.methods.contains("POST"));
    let named = posted.filter_map(|it| Some((it.path.strip_prefix("/api/")?, it)));
    named.filter(|(name, _)| *name != "batch")
}

static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| commands().map(|(name, _)| name).collect());

/// `{"commands":[{"publish":{…}},…],"parallel"?}`
pub(crate) async fn batch(
    State(admin): State<Admin>,
    Extension(access): Extension<ApiAccess>,
    head: Parts,
    body: Body,
) -> Result<Json<Answers>, Problem> {
    let object = body.object(&["commands", "parallel"])?;
    let commands = object
        .list("commands")?
        .ok_or_else(|| missing("commands"))?;
    if commands.len() > COMMANDS_MAX {
        let count = commands.len();
        return Err(Problem::bad(format!(
            "`commands` has {count} commands, more than {COMMANDS_MAX}"
        )));
    }
    let at_once = match object.truth("parallel")? {
        Some(true) => AT_ONCE,
        _ => 1,
    };
    let batch = Batch {
        admin,
        access,
        head,
        answered: AtomicUsize::new(0),
    };
    let answers: Vec<_> = commands.into_iter().map(|it| batch.answer(it)).collect();
    let answers = stream::iter(answers).buffered(at_once).collect().await;
    Ok(Json(Answers { answers }))
}

/// What the commands of a batch have in common.
struct Batch {
    admin: Admin,
    access: ApiAccess,
    /// Of the request, which stands for that of each command.
    head: Parts,
    /// How many bytes there are to answer.
    answered: AtomicUsize,
}

impl Batch {
    async fn answer(&self, command: &RawValue) -> Answer {
        let (name, response) = match self.perform(command).await {
            Ok((name, response)) => (name, response),
            Err(problem) => (None, problem.into_response()),
        };
        let name = name.filter(|_| response.status().is_success());
        let body = to_bytes(response.into_body(), usize::MAX).await;
        let body = body.unwrap_or_default();
        self.answered.fetch_add(body.len(), Ordering::Relaxed);
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Answer { name, body }
    }

    /// Has a command answered as if it had come by itself.
    async fn perform(
        &self,
        command: &RawValue,
    ) -> Result<(Option<&'static str>, Response), Problem> {
        let (name, params) = one(command)?;
        let (_, endpoint) = commands()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| missing(name))?;
        if let Some(scope) = lacking(&self.access, endpoint.scope) {
            return Err(no_scope(scope));
        }
        if self.answered.load(Ordering::Relaxed) > ANSWER_BYTES_MAX {
            let message = format!("the answers before have more than {ANSWER_BYTES_MAX} bytes");
            let problem = Problem::new(ErrorCode::LimitReached, message);
            return Err(problem.hint("it was not done; ask for it in another batch"));
        }
        let mut head = self.head.clone();
        head.uri = Uri::from_static(endpoint.path);
        let body = axum::body::Body::from(params.get().to_owned());
        let mut router = (endpoint.answer)().with_state(self.admin.clone());
        let response = router.call(Request::from_parts(head, body)).await;
        Ok((Some(name), response.into_response()))
    }
}

/// The name of a command, and what it is given.
fn one(command: &RawValue) -> Result<(&'static str, &RawValue), Problem> {
    let object = Object::read("the command", command.get(), &NAMES)?;
    object.only().ok_or_else(|| {
        let problem = Problem::bad("the command must have one field, its name");
        problem.hint("each command is an object of its own: `{\"publish\":{…}}`")
    })
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(name) = self.name else {
            return self.body.serialize(serializer);
        };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(name, &self.body)?;
        map.end()
    }
}

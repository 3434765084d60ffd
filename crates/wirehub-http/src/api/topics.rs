//! The list of topics, page by page.

use axum::{Extension, Json, extract::State};
use serde::Serialize;
use wirehub::{TopicInfo, TopicsQuery, auth::ApiAccess};
use wirehub_model::{Topic, TopicFilter};

use super::{LIMIT_MAX, is_false, limit, named};
use crate::{admin::Admin, body::Body, keys::check_topics, problem::Problem};

/// One page of the list.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    topics: Vec<Entry>,
    #[serde(skip_serializing_if = "is_false")]
    more: bool,
    /// Nodes that did not answer, whose subscribers are missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    silent_nodes: Vec<String>,
}

/// A topic that somebody subscribes to.
#[derive(Debug, Serialize)]
struct Entry {
    topic: String,
    subscribers: u64,
}

/// `{"filter"?,"limit"?,"after"?}`, where `after` is the last topic of the page before.
pub(crate) async fn topics(
    State(admin): State<Admin>,
    Extension(access): Extension<ApiAccess>,
    body: Body,
) -> Result<Json<Listed>, Problem> {
    let object = body.object(&["filter", "limit", "after"])?;
    let bad = |error: wirehub_model::TopicError| Problem::bad(error.to_string());
    let filter = match object.text("filter")? {
        Some(text) => TopicFilter::parse(&text).map_err(bad)?,
        None => TopicFilter::everything(),
    };
    check_topics(&access, &filter)?;
    let after = object.text("after")?.map(|name| Topic::parse(&name));
    let query = TopicsQuery {
        filter,
        after: after.transpose().map_err(bad)?,
        limit: limit(&object, 1..=LIMIT_MAX)? as usize,
    };
    let found = admin.ask(admin.hub().topics(&query)).await?;
    let topics = found.list.into_iter();
    let topics = topics.map(|TopicInfo { topic, subscribers }| Entry {
        topic: topic.to_string(),
        subscribers,
    });
    Ok(Json(Listed {
        topics: topics.collect(),
        more: found.more,
        silent_nodes: named(&found.silent),
    }))
}

//! Who is on a channel, and sending users away.

use std::collections::BTreeSet;

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use serde_json::{Value, json};
use wirehub::{
    Recipient,
    pusher::{id_of, kind_of_topic, user_of},
};
use wirehub_model::{CloseReason, ErrorCode, PresenceQuery};

use super::signed::Signed;
use crate::{admin::Admin, problem::Problem};

/// Users in one answer; it has no pages.
const USERS_MAX: usize = 100_000;
/// Members that the hub is asked for at once.
const PAGE: u32 = 1_000;

/// The users on a presence channel.
#[derive(Debug, Serialize)]
pub(super) struct Users {
    users: Vec<User>,
}

#[derive(Debug, Serialize)]
struct User {
    id: String,
}

/// Everybody on a presence channel, each user once.
pub(super) async fn list(
    State(admin): State<Admin>,
    Path((_, channel)): Path<(String, String)>,
    signed: Signed,
) -> Result<Json<Users>, Problem> {
    let topic = signed.topic(&channel)?;
    if !kind_of_topic(&topic).has_members() {
        return Err(Problem::bad("users are known of presence channels alone"));
    }
    let mut users = BTreeSet::new();
    let mut after = None;
    loop {
        let query = PresenceQuery {
            topic: topic.clone(),
            limit: PAGE,
            after,
        };
        let page = match admin.ask(admin.hub().presence(query)).await {
            Ok(page) => page,
            Err(problem) if problem.is(ErrorCode::NotEnabled) => break,
            Err(problem) => return Err(problem),
        };
        after = page.members.last().map(|member| member.connection);
        users.extend(page.members.iter().map(|member| match &member.user {
            Some(user) => id_of(user).to_owned(),
            None => member.connection.to_string(),
        }));
        if users.len() > USERS_MAX {
            return Err(Problem::bad(format!(
                "there are more than {USERS_MAX} users"
            )));
        }
        if !page.more {
            break;
        }
    }
    let users = users.into_iter().map(|id| User { id }).collect();
    Ok(Json(Users { users }))
}

/// Closes all connections on which the user has signed in; their clients stay away.
pub(super) async fn terminate(
    State(admin): State<Admin>,
    Path((_, user)): Path<(String, String)>,
    signed: Signed,
) -> Result<Json<Value>, Problem> {
    send_away(&admin, &signed, &user).await
}

/// The same, as the library for Python asks for it.
pub(super) async fn terminate_by_key(
    State(admin): State<Admin>,
    Path(user): Path<String>,
    signed: Signed,
) -> Result<Json<Value>, Problem> {
    send_away(&admin, &signed, &user).await
}

async fn send_away(admin: &Admin, signed: &Signed, user: &str) -> Result<Json<Value>, Problem> {
    let user = user_of(&signed.app.settings().scope, user)
        .ok_or_else(|| Problem::bad("the path names no user"))?;
    let who = Recipient::User(user);
    let closed = admin.hub().disconnect(who, CloseReason::Disconnected);
    admin.ask(closed).await?;
    Ok(Json(json!({})))
}

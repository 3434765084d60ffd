//! Who is on a topic.

use axum::{Extension, Json, extract::State};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use wirehub::auth::ApiAccess;
use wirehub_model::{ConnectionId, ErrorCode, Member, PresencePage, PresenceQuery};

use super::{LIMIT_MAX, is_false, limit, payload, topic};
use crate::{
    admin::Admin,
    body::{Body, Object},
    problem::Problem,
};

/// A page of the members of a topic, as clients get it.
#[derive(Debug)]
pub(crate) struct Present(PresencePage);

#[derive(Serialize)]
struct Document<'a> {
    connections: u64,
    users: u64,
    members: Vec<Entry<'a>>,
    #[serde(skip_serializing_if = "is_false")]
    more: bool,
}

#[derive(Serialize)]
struct Entry<'a> {
    connection: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    info: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_binary: Option<String>,
}

/// `{"topic","limit"?,"after"?}`, where `after` is the last connection of the page before.
pub(crate) async fn presence(
    State(admin): State<Admin>,
    Extension(access): Extension<ApiAccess>,
    body: Body,
) -> Result<Json<Present>, Problem> {
    let object = body.object(&["topic", "limit", "after"])?;
    let query = PresenceQuery {
        topic: topic(&object, &access)?,
        limit: limit(&object, 0..=LIMIT_MAX)?,
        after: after(&object)?,
    };
    let page = admin.ask(admin.hub().presence(query)).await;
    let page = page.map_err(|problem| {
        let hint = "set `presence` of the topic's namespace";
        problem.hint_for(ErrorCode::NotEnabled, hint)
    })?;
    Ok(Json(Present(page)))
}

fn after(object: &Object<'_>) -> Result<Option<ConnectionId>, Problem> {
    let connection = object.text("after")?.map(|text| {
        text.parse()
            .map_err(|error| Problem::bad(format!("`after` is {error}")))
    });
    connection.transpose()
}

impl Serialize for Present {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let PresencePage {
            occupancy,
            members,
            more,
        } = &self.0;
        let members: Result<Vec<_>, S::Error> = members
            .iter()
            .map(|member| Entry::of::<S>(member))
            .collect();
        Document {
            connections: occupancy.connections,
            users: occupancy.users,
            members: members?,
            more: *more,
        }
        .serialize(serializer)
    }
}

impl<'a> Entry<'a> {
    fn of<S: Serializer>(member: &'a Member) -> Result<Self, S::Error> {
        let info = member.info.as_ref();
        let info = info.map(|info| payload::json::<S::Error>(info.as_bytes()));
        let state = member.state.as_ref().map(payload::parts::<S::Error>);
        let (state, state_binary) = state.transpose()?.unwrap_or_default();
        Ok(Self {
            connection: member.connection.to_string(),
            user: member.user.as_ref().map(|user| user.as_str()),
            info: info.transpose()?,
            state,
            state_binary,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use wirehub_model::{Occupancy, Payload, UserId};

    use super::*;

    #[test]
    fn a_page_has_the_shape_that_clients_get() {
        let (first, second) = (ConnectionId::new(0, 1, 2), ConnectionId::new(0, 2, 3));
        let full = Member {
            connection: first,
            user: Some(UserId::parse("u1").unwrap()),
            info: Some("{\"name\" : \"Ann\"}".into()),
            state: Some(Payload::Json(Bytes::from_static(b"\"typing\""))),
        };
        let bare = Member {
            connection: second,
            user: None,
            info: None,
            state: Some(Payload::Binary(Bytes::from_static(b"\x00\xff"))),
        };
        let page = Present(PresencePage {
            occupancy: Occupancy {
                connections: 3,
                users: 2,
            },
            members: vec![Arc::new(full), Arc::new(bare)],
            more: true,
        });
        let expected = format!(
            r#"{{"connections":3,"users":2,"members":[{{"connection":"{first}","user":"u1","#
        ) + r#""info":{"name" : "Ann"},"state":"typing"},"#
            + &format!(r#"{{"connection":"{second}","state_binary":"AP8="}}],"more":true}}"#);
        assert_eq!(serde_json::to_string(&page).unwrap(), expected);
    }

    #[test]
    fn a_page_of_counts_alone_has_no_members() {
        let page = Present(PresencePage::default());
        let expected = r#"{"connections":0,"users":0,"members":[]}"#;
        assert_eq!(serde_json::to_string(&page).unwrap(), expected);
    }
}

//! What a client asks of channels.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use wirehub_model::{
    Command, ErrorCode, EventName, Grant, Message, Payload, Publish, Refusal, Secret, Subscribe,
    TopicFilter,
};

use super::{
    Asked, Conversation, OPEN_MAX,
    identity::{bounded, identity},
};
use crate::{
    Heard, Proof, Request,
    pusher::{ChannelDoor, ChannelKind, Opening, addressee, decode::Said, topic_of, user_of},
};

/// What the application says about a member of a presence channel.
#[derive(Deserialize)]
struct ChannelData<'a> {
    #[serde(borrow)]
    user_id: &'a RawValue,
    #[serde(borrow)]
    user_info: Option<&'a RawValue>,
}

impl Conversation {
    pub(super) fn understand(&mut self, opening: &Opening, said: Said) -> Option<Heard> {
        if self.open.len() >= OPEN_MAX {
            let refusal = Refusal::new(ErrorCode::Overloaded, "too much waits for an answer");
            return Some(Heard::Refused { id: None, refusal });
        }
        match said {
            Said::Pong => None,
            Said::Ping => Some(self.ask(Asked::Ping, Command::Ping)),
            Said::Subscribe {
                channel,
                auth,
                channel_data,
            } => Some(self.subscribe(opening, channel, auth, channel_data)),
            Said::Unsubscribe { channel } => {
                let topic = topic_of(&opening.scope, &channel).ok()?;
                let filter = TopicFilter::from(&topic);
                Some(self.ask(Asked::Unsubscribe, Command::Unsubscribe { filter }))
            }
            Said::Signin { auth, user_data } => Some(self.sign_in(opening, auth, user_data)),
            Said::ClientEvent {
                channel,
                event,
                payload,
            } => Some(client_event(opening, &channel, event, payload)),
        }
    }

    fn subscribe(
        &mut self,
        opening: &Opening,
        channel: String,
        auth: Option<Secret>,
        channel_data: Option<String>,
    ) -> Heard {
        let kind = ChannelKind::of(&channel);
        if kind.door == ChannelDoor::User {
            return self.own_channel(opening, channel);
        }
        let topic = topic_of(&opening.scope, &channel);
        let grant = match &topic {
            Ok(_) => grant(opening, kind, channel_data.as_deref()),
            Err(error) => Err(Refusal::new(ErrorCode::BadRequest, error.to_string())),
        };
        let mut text = format!("{}:{channel}", self.socket_id);
        let id = Some(self.expect(Asked::Subscribe(channel)));
        let (topic, grant) = match (topic, grant) {
            (Ok(topic), Ok(grant)) => (topic, grant),
            (_, Err(refusal)) => return Heard::Refused { id, refusal },
            (Err(error), Ok(_)) => {
                let refusal = Refusal::new(ErrorCode::BadRequest, error.to_string());
                return Heard::Refused { id, refusal };
            }
        };
        let wish = Subscribe {
            presence: kind.has_members(),
            ..Subscribe::to(TopicFilter::from(&topic))
        };
        if !kind.needs_auth() {
            let command = Command::Subscribe(wish);
            return Heard::Request(Request { id, command });
        }
        let Some(auth) = auth else {
            let refusal = Refusal::new(
                ErrorCode::Unauthorized,
                "the channel needs a signature in `auth`",
            );
            return Heard::Refused { id, refusal };
        };
        if let Some(data) = channel_data {
            text.push(':');
            text.push_str(&data);
        }
        Heard::Proven {
            id,
            wish: Box::new(wish),
            proof: Proof::Signature {
                text,
                auth,
                grant: Box::new(grant),
            },
        }
    }

    /// The channel of a user's own is no topic: whoever signed in hears it, asked or not.
    fn own_channel(&mut self, opening: &Opening, channel: String) -> Heard {
        let named = addressee(&channel).and_then(|id| user_of(&opening.scope, id));
        if named.is_some() && named == self.user {
            return self.ask(Asked::OwnChannel(channel), Command::Ping);
        }
        let id = Some(self.expect(Asked::Subscribe(channel)));
        let refusal = Refusal::new(
            ErrorCode::PermissionDenied,
            "the connection has not signed in as this user",
        );
        Heard::Refused { id, refusal }
    }
}

/// What a signature over a channel opens.
fn grant(
    opening: &Opening,
    kind: ChannelKind,
    channel_data: Option<&str>,
) -> Result<Grant, Refusal> {
    let grant = Grant {
        publish: opening.client_events && kind.takes_client_events(),
        ..Grant::default()
    };
    if !kind.has_members() {
        return Ok(grant);
    }
    let data = channel_data.and_then(|data| serde_json::from_str::<ChannelData<'_>>(data).ok());
    let named = data.and_then(|data| {
        let user = user_of(&opening.scope, &identity(data.user_id)?)?;
        Some((user, data.user_info.map(|info| Arc::from(info.get()))))
    });
    let (user, info) = named.ok_or_else(|| {
        Refusal::new(
            ErrorCode::BadRequest,
            "a presence channel needs `channel_data`, an object with the user's `user_id`",
        )
    })?;
    Ok(Grant {
        presence: true,
        user: Some(user),
        info: bounded(info)?,
        ..grant
    })
}

fn client_event(opening: &Opening, channel: &str, event: EventName, payload: Payload) -> Heard {
    let declined = |code, message: &'static str| Heard::Refused {
        id: None,
        refusal: Refusal::new(code, message),
    };
    if !opening.client_events {
        return declined(
            ErrorCode::PermissionDenied,
            "client events are not enabled for this app",
        );
    }
    if !ChannelKind::of(channel).takes_client_events() {
        return declined(
            ErrorCode::PermissionDenied,
            "client events are for private and presence channels",
        );
    }
    let Ok(topic) = topic_of(&opening.scope, channel) else {
        return declined(ErrorCode::BadRequest, "`channel` names no channel");
    };
    if payload.bytes().len() > opening.payload_bytes {
        return declined(ErrorCode::TooLarge, "`data` is larger than the app allows");
    }
    let message = Message {
        event: Some(event),
        ..Message::of(payload)
    };
    let publish = Publish {
        echo: false,
        ..Publish::to(topic, message)
    };
    Heard::Request(Request {
        id: None,
        command: Command::Publish(publish),
    })
}

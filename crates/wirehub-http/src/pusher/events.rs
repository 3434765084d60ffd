//! Saying something on channels, and to users.

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use wirehub::pusher::{addressee, connection_of, payload_of, user_of};
use wirehub_model::{ConnectionId, ErrorCode, EventName, Message, Publish, Topic, UserId};

use super::{info::Wanted, signed::Signed};
use crate::{admin::Admin, nearest::shown, problem::Problem};

/// Bytes of the longest name of an event.
const NAME_BYTES_MAX: usize = 200;
/// Channels of one event.
const CHANNELS_MAX: usize = 100;
/// Events of one batch.
const BATCH_MAX: usize = 10;

/// What is said, and where.
#[derive(Debug, Deserialize)]
struct Event {
    name: String,
    data: String,
    channel: Option<String>,
    #[serde(default)]
    channels: Vec<String>,
    socket_id: Option<String>,
    info: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Batch {
    batch: Vec<Event>,
}

/// An event that was checked and can be said.
struct Checked {
    message: Message,
    places: Vec<(String, Place)>,
    /// Who caused it and does not hear it.
    cause: Option<ConnectionId>,
    wanted: Wanted,
}

enum Place {
    Topic(Topic),
    User(UserId),
}

/// `{"name","data","channels"|"channel","socket_id"?,"info"?}`
pub(super) async fn publish(
    State(admin): State<Admin>,
    signed: Signed,
) -> Result<Json<Value>, Problem> {
    let event = check(&signed, signed.object()?)?;
    let told = say(&admin, &event).await?;
    if event.wanted == Wanted::default() {
        return Ok(Json(json!({})));
    }
    let mut channels = Map::new();
    for (channel, attributes) in told {
        channels.insert(channel, attributes);
    }
    Ok(Json(json!({ "channels": channels })))
}

/// `{"batch":[{"name","data","channel","socket_id"?,"info"?},…]}`
pub(super) async fn publish_batch(
    State(admin): State<Admin>,
    signed: Signed,
) -> Result<Json<Value>, Problem> {
    let Batch { batch } = signed.object()?;
    if batch.len() > BATCH_MAX {
        return Err(Problem::bad(format!(
            "the batch has {} events; {BATCH_MAX} are allowed",
            batch.len()
        )));
    }
    // Nothing is said before everything was looked at.
    let events = batch.into_iter().map(|event| check(&signed, event));
    let events: Vec<_> = events.collect::<Result<_, _>>()?;
    let mut answers = Vec::new();
    for event in &events {
        let told = say(&admin, event).await?;
        answers.extend(told.into_iter().map(|(_, attributes)| attributes));
    }
    if events.iter().all(|event| event.wanted == Wanted::default()) {
        return Ok(Json(json!({})));
    }
    Ok(Json(json!({ "batch": answers })))
}

fn check(signed: &Signed, event: Event) -> Result<Checked, Problem> {
    let name = EventName::parse(&event.name)
        .filter(|name| name.as_str().len() <= NAME_BYTES_MAX)
        .ok_or_else(|| {
            Problem::bad(format!(
                "`name` must have 1 to {NAME_BYTES_MAX} bytes and no control character"
            ))
        })?;
    if name.as_str().starts_with("pusher:") || name.as_str().starts_with("pusher_internal:") {
        return Err(Problem::bad("`name` must not begin as those of Pusher do"));
    }
    let (bytes, most) = (event.data.len(), signed.app.settings().payload_bytes);
    if bytes > most {
        let message = format!("`data` has {bytes} bytes; {most} are allowed");
        return Err(Problem::new(ErrorCode::TooLarge, message));
    }
    let payload = payload_of(&event.data).map_err(Problem::from)?;
    let mut channels = event.channels;
    channels.extend(event.channel);
    if !(1..=CHANNELS_MAX).contains(&channels.len()) {
        return Err(Problem::bad(format!(
            "an event goes to 1 to {CHANNELS_MAX} channels"
        )));
    }
    let wanted = Wanted::read(event.info.as_deref())?;
    let places = channels.into_iter().map(|channel| {
        let place = place(signed, &channel, wanted)?;
        Ok((channel, place))
    });
    let cause = event.socket_id.as_deref().map(|id| {
        connection_of(id).ok_or_else(|| Problem::bad(format!("`{}` is no socket id", shown(id))))
    });
    Ok(Checked {
        message: Message {
            event: Some(name),
            ..Message::of(payload)
        },
        places: places.collect::<Result<_, Problem>>()?,
        cause: cause.transpose()?,
        wanted,
    })
}

fn place(signed: &Signed, channel: &str, wanted: Wanted) -> Result<Place, Problem> {
    if let Some(user) = addressee(channel) {
        let user = user_of(&signed.app.settings().scope, user);
        let user = user.ok_or_else(|| Problem::bad("the channel names no user"))?;
        return Ok(Place::User(user));
    }
    let topic = signed.topic(channel)?;
    wanted.check(&topic)?;
    Ok(Place::Topic(topic))
}

/// Says an event everywhere it goes, and answers what is wanted of each channel.
async fn say(admin: &Admin, event: &Checked) -> Result<Vec<(String, Value)>, Problem> {
    let mut told = Vec::new();
    let hub = admin.hub();
    for (channel, place) in &event.places {
        let message = event.message.clone();
        let attributes = match place {
            Place::User(user) => {
                admin.ask(hub.send_to_user(user.clone(), message)).await?;
                json!({})
            }
            Place::Topic(topic) => {
                let publish = Publish {
                    echo: false,
                    ..Publish::to(topic.clone(), message)
                };
                match event.cause {
                    Some(cause) => admin.ask(hub.publish_for(cause, publish)).await?,
                    None => admin.ask(hub.publish(publish)).await?,
                };
                let attributes = event.wanted.of(admin, topic).await?;
                serde_json::to_value(attributes).unwrap_or_default()
            }
        };
        told.push((channel.clone(), attributes));
    }
    Ok(told)
}

//! What an app's servers are told by webhooks, in Pusher's words:
//! <https://pusher.com/docs/channels/server_api/webhooks/>.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use wirehub_core::{Occurrence, OccurrenceKind, OccurrenceKinds};
use wirehub_events::{EventSink, Occurred, Receiver, SinkError, WebhookError};
use wirehub_model::{Message, PresenceChange, PresenceKind, Publisher, Topic};
use wirehub_protocol::pusher::{
    Scope, channel_of, id_of, kind_of_topic, socket_id, text_of, topic_of,
};

use self::counts::Counts;
use super::Apps;

mod counts;

/// A webhook of an app.
#[derive(Debug)]
pub struct AppWebhook {
    apps: Apps,
    app: String,
    receiver: Receiver,
    counts: Counts,
}

impl AppWebhook {
    /// The events that apps are told of, each with the kind of occurrences behind it.
    pub const EVENTS: [(&'static str, OccurrenceKind); 7] = [
        ("channel_occupied", OccurrenceKind::Occupied),
        ("channel_vacated", OccurrenceKind::Vacated),
        ("member_added", OccurrenceKind::Joined),
        ("member_removed", OccurrenceKind::Left),
        ("client_event", OccurrenceKind::Published),
        ("cache_miss", OccurrenceKind::FoundEmpty),
        ("subscription_count", OccurrenceKind::Counted),
    ];

    /// Tells the servers of an app at an address. It signs with the secret that the app has then.
    ///
    /// # Errors
    /// When the address does not fit, see [`Receiver::new`].
    pub fn new(
        apps: Apps,
        app: String,
        url: &str,
        timeout: Duration,
        plain_http: bool,
    ) -> Result<Self, WebhookError> {
        let receiver = Receiver::new(url, timeout, plain_http)?;
        Ok(Self {
            apps,
            app,
            receiver,
            counts: Counts::default(),
        })
    }

    /// The kinds behind names of events; the first that is none is the error.
    pub fn kinds<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<OccurrenceKinds, &'a str> {
        let kind = |name: &'a str| {
            let mut known = Self::EVENTS.into_iter();
            known.find(|(event, _)| *event == name).ok_or(name)
        };
        let kinds = names
            .into_iter()
            .map(|name| kind(name).map(|(_, kind)| kind));
        kinds.collect()
    }

    async fn tell(&self, occurrences: &[Arc<Occurred>]) -> Result<(), SinkError> {
        let Some(app) = self.apps.by_id(&self.app) else {
            return Err(SinkError::Never(format!("there is no app {:?}", self.app)));
        };
        let scope = &app.settings().scope;
        let events = occurrences
            .iter()
            .filter_map(|one| event(one.occurrence(), scope));
        let counted = self.counts.take(occurrences).into_iter();
        let counted = counted.filter_map(|(topic, count)| counted_in(&topic, count, scope));
        let events: Vec<Value> = events.chain(counted).collect();
        let Some(last) = occurrences.last().filter(|_| !events.is_empty()) else {
            return Ok(());
        };
        let time = last.at().duration_since(UNIX_EPOCH).unwrap_or_default();
        let body = json!({"time_ms": time.as_millis() as u64, "events": events}).to_string();
        let headers = [
            ("x-pusher-key", app.settings().key.clone()),
            ("x-pusher-signature", app.sign(body.as_bytes())),
        ];
        self.receiver.post("application/json", &headers, body).await
    }
}

impl EventSink for AppWebhook {
    fn bring<'a>(
        &'a self,
        occurrences: &'a [Arc<Occurred>],
    ) -> BoxFuture<'a, Result<(), SinkError>> {
        Box::pin(self.tell(occurrences))
    }
}

/// What an app is told of an occurrence, if it concerns one of its channels.
fn event(occurrence: &Occurrence, scope: &Scope) -> Option<Value> {
    match occurrence {
        Occurrence::Occupied(topic) => {
            let channel = channel_in(topic, scope)?;
            Some(json!({"name": "channel_occupied", "channel": channel}))
        }
        Occurrence::Vacated(topic) => {
            let channel = channel_in(topic, scope)?;
            Some(json!({"name": "channel_vacated", "channel": channel}))
        }
        Occurrence::FoundEmpty(topic) => {
            let channel = channel_in(topic, scope)?;
            let is_cache = kind_of_topic(topic).cache;
            is_cache.then(|| json!({"name": "cache_miss", "channel": channel}))
        }
        Occurrence::Presence(change) => member(change, scope),
        Occurrence::Published {
            from,
            topic,
            message,
        } => client_event(from, topic, message, scope),
        _ => None,
    }
}

/// The name of a channel of this scope.
fn channel_in(topic: &Topic, scope: &Scope) -> Option<String> {
    let channel = channel_of(topic)?;
    let here = topic_of(scope, &channel);
    here.is_ok_and(|here| here == *topic).then_some(channel)
}

/// How many subscribe to a channel. Of presence channels the members are told instead.
fn counted_in(topic: &Topic, count: u64, scope: &Scope) -> Option<Value> {
    let channel = channel_in(topic, scope)?;
    let told = !kind_of_topic(topic).has_members();
    told.then(
        || json!({"name": "subscription_count", "channel": channel, "subscription_count": count}),
    )
}

/// Users come with their first connection and go with their last; who is nobody is not told of.
fn member(change: &PresenceChange, scope: &Scope) -> Option<Value> {
    let name = match change.kind {
        PresenceKind::Joined => "member_added",
        PresenceKind::Left => "member_removed",
        PresenceKind::Changed => return None,
    };
    let channel = channel_in(&change.topic, scope)?;
    let user = change.member.user.as_ref()?;
    let told = change.edge && kind_of_topic(&change.topic).has_members();
    told.then(|| json!({"name": name, "channel": channel, "user_id": id_of(user)}))
}

fn client_event(
    from: &Publisher,
    topic: &Topic,
    message: &Message,
    scope: &Scope,
) -> Option<Value> {
    let channel = channel_in(topic, scope)?;
    let name = message.event.as_ref()?.as_str();
    let kind = kind_of_topic(topic);
    if !name.starts_with("client-") || !kind.takes_client_events() {
        return None;
    }
    let mut event = json!({
        "name": "client_event",
        "channel": channel,
        "event": name,
        "data": text_of(&message.payload),
        "socket_id": socket_id(from.connection),
    });
    if let Some(user) = from.user.as_ref().filter(|_| kind.has_members()) {
        event["user_id"] = id_of(user).into();
    }
    Some(event)
}

#[cfg(test)]
mod tests;

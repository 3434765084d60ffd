//! What was said on one connection of a client of Pusher.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use wirehub_model::{
    CloseReason, Command, ErrorCode, Event, EventName, Grant, Message, Payload, Publish, Refusal,
    Reply, Secret, Subscribe, Subscribed, TopicFilter, UserId, Welcome,
};

use super::{
    ChannelDoor, ChannelKind, Opening, Rejection, addressee, channel_of, codes,
    decode::{Said, decode},
    encode::{encode, json, presence, say},
    socket_id, topic_of, user_of,
};
use crate::{Frame, Goodbye, Heard, Proof, Request};

/// Questions of one client that wait for their answers.
const OPEN_MAX: usize = 256;
/// Users on one watchlist, as in Pusher.
const WATCHLIST_MAX: usize = 100;
/// Bytes of what a signature says about a user for others to see.
const INFO_BYTES_MAX: usize = 2 * 1024;

/// A connection of a client of Pusher. Requests have no numbers in this protocol, so it gives them
/// some and remembers what each was about.
#[derive(Debug)]
pub(crate) struct Conversation {
    opening: Result<Opening, Rejection>,
    /// The connection's name, from the welcome on.
    socket_id: String,
    /// The user it signed in as, once that is known.
    user: Option<UserId>,
    next: u64,
    open: Vec<(u64, Asked)>,
    /// Channels that have nothing cached, which is yet to be told.
    missed: Vec<String>,
}

/// What a client asked.
#[derive(Debug)]
enum Asked {
    Subscribe(String),
    /// The channel of the user's own, which is open as long as the user is signed in.
    OwnChannel(String),
    /// What was signed about the user, word for word, and which one it is.
    Signin(String, UserId),
    /// To watch more users than it may.
    Watchlist,
    Unsubscribe,
    Ping,
}

/// What the application says about a member of a presence channel.
#[derive(Deserialize)]
struct ChannelData<'a> {
    #[serde(borrow)]
    user_id: &'a RawValue,
    #[serde(borrow)]
    user_info: Option<&'a RawValue>,
}

/// What the application says about a user that signs in.
#[derive(Deserialize)]
struct UserData<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    user_info: Option<&'a RawValue>,
    #[serde(borrow, default)]
    watchlist: Vec<&'a RawValue>,
}

#[derive(Serialize)]
struct Established<'a> {
    socket_id: &'a str,
    activity_timeout: u64,
}

#[derive(Serialize)]
struct SubscriptionError<'a> {
    r#type: &'a str,
    error: &'a str,
    status: u16,
}

#[derive(Serialize)]
struct Wrong<'a> {
    code: u16,
    message: &'a str,
}

#[derive(Serialize)]
struct SignedIn<'a> {
    user_data: &'a str,
}

impl Conversation {
    /// Begins with what an app allows, or with why the client is not let in.
    pub(crate) const fn begin(opening: Result<Opening, Rejection>) -> Self {
        Self {
            opening,
            socket_id: String::new(),
            user: None,
            next: 0,
            open: Vec::new(),
            missed: Vec::new(),
        }
    }

    pub(crate) fn hear(&mut self, frame: Frame<'_>, heard: &mut Vec<Heard>) {
        let Frame::Text(text) = frame else {
            return heard.push(Heard::Violation(CloseReason::UnsupportedData));
        };
        let Ok(opening) = self.opening.clone() else {
            return;
        };
        match decode(text) {
            Ok(said) => heard.extend(self.understand(&opening, said)),
            Err(refusal) => heard.push(Heard::Malformed(refusal)),
        }
    }

    fn understand(&mut self, opening: &Opening, said: Said) -> Option<Heard> {
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

    fn sign_in(&mut self, opening: &Opening, auth: Secret, user_data: String) -> Heard {
        let read = serde_json::from_str::<UserData<'_>>(&user_data);
        let named = read.ok().and_then(|data| {
            let user_of = |id| user_of(&opening.scope, &identity(id)?);
            let info = data.user_info.map(|info| Arc::from(info.get()));
            let watchlist = data.watchlist.into_iter().map(user_of);
            Some((
                user_of(data.id)?,
                info,
                watchlist.collect::<Option<Vec<_>>>()?,
            ))
        });
        let Some((user, info, watchlist)) = named else {
            let refusal = Refusal::new(
                ErrorCode::BadRequest,
                "`user_data` must be an object with the user's `id`, and with a `watchlist` of ids or \
                 none",
            );
            return Heard::Refused { id: None, refusal };
        };
        if watchlist.len() > WATCHLIST_MAX {
            let refusal = Refusal::new(
                ErrorCode::LimitReached,
                format!("a `watchlist` has at most {WATCHLIST_MAX} users"),
            );
            let id = Some(self.expect(Asked::Watchlist));
            return Heard::Refused { id, refusal };
        }
        let info = match bounded(info) {
            Ok(info) => info,
            Err(refusal) => return Heard::Refused { id: None, refusal },
        };
        let text = format!("{}::user::{user_data}", self.socket_id);
        let id = Some(self.expect(Asked::Signin(user_data, user.clone())));
        let grant = Grant {
            user: Some(user),
            info,
            ..Grant::default()
        };
        Heard::SignIn {
            id,
            proof: Proof::Signature {
                text,
                auth,
                grant: Box::new(grant),
            },
            watchlist,
        }
    }

    fn ask(&mut self, asked: Asked, command: Command) -> Heard {
        let id = Some(self.expect(asked));
        Heard::Request(Request { id, command })
    }

    /// Remembers what a request is about, and gives it a number.
    fn expect(&mut self, asked: Asked) -> u64 {
        self.next += 1;
        self.open.push((self.next, asked));
        self.next
    }

    /// What the request with a number was about; it is answered.
    fn answered(&mut self, id: Option<u64>) -> Option<Asked> {
        let place = self.open.iter().position(|(known, _)| Some(*known) == id)?;
        Some(self.open.remove(place).1)
    }

    pub(crate) fn tell(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> bool {
        match event {
            Event::Welcome { welcome, .. } => self.established(welcome, out),
            Event::Reply { id, reply } => self.reply(*id, reply, out),
            Event::Refused { id, refusal } => self.refused(*id, refusal, out),
            Event::Pong => self.pong(out),
            Event::Subscribed { filter, subscribed } => {
                let topic = filter.as_topic();
                let Some(channel) = topic.and_then(|topic| channel_of(&topic)) else {
                    return false;
                };
                self.begun(channel, subscribed, out);
                true
            }
            Event::Unsubscribed { filter, refusal } => {
                let topic = filter.as_topic();
                let Some(channel) = topic.and_then(|topic| channel_of(&topic)) else {
                    return false;
                };
                not_begun(&channel, refusal, out);
                true
            }
            _ => encode(event, out),
        }
    }

    /// Says what else follows from what was told last, message by message.
    pub(crate) fn tell_more(&mut self, out: &mut Vec<u8>) -> bool {
        let Some(channel) = self.missed.pop() else {
            return false;
        };
        say("pusher:cache_miss", Some(&channel), "{}", None, out);
        true
    }

    pub(crate) fn goodbye(&self, reason: CloseReason) -> Goodbye {
        match self.opening {
            Err(rejection) => Goodbye {
                code: rejection.code(),
                reason: rejection.message(),
            },
            Ok(_) => codes::goodbye(reason),
        }
    }

    fn established(&mut self, welcome: &Welcome, out: &mut Vec<u8>) -> bool {
        self.socket_id = socket_id(welcome.connection);
        self.user.clone_from(&welcome.user);
        let Ok(opening) = &self.opening else {
            return false;
        };
        let data = Established {
            socket_id: &self.socket_id,
            activity_timeout: opening.activity_timeout.as_secs(),
        };
        say(
            "pusher:connection_established",
            None,
            &json(&data),
            None,
            out,
        );
        true
    }

    fn reply(&mut self, id: u64, reply: &Reply, out: &mut Vec<u8>) -> bool {
        match (self.answered(Some(id)), reply) {
            (Some(Asked::Subscribe(channel)), Reply::Subscribed(subscribed)) => {
                self.begun(channel, subscribed, out);
            }
            (Some(Asked::Signin(user_data, user)), _) => {
                self.user = Some(user);
                let data = SignedIn {
                    user_data: &user_data,
                };
                say("pusher:signin_success", None, &json(&data), None, out);
            }
            // Nobody is told that it hears a channel no longer.
            _ => return false,
        }
        true
    }

    fn begun(&mut self, channel: String, subscribed: &Subscribed, out: &mut Vec<u8>) {
        let kind = ChannelKind::of(&channel);
        let page = subscribed.presence.as_ref().filter(|_| kind.has_members());
        let data = page.map_or_else(|| "{}".to_owned(), presence);
        let event = "pusher_internal:subscription_succeeded";
        say(event, Some(&channel), &data, None, out);
        if kind.cache && !subscribed.has_values {
            self.missed.push(channel);
        }
    }

    fn refused(&mut self, id: Option<u64>, refusal: &Refusal, out: &mut Vec<u8>) -> bool {
        if let Err(rejection) = self.opening {
            wrong(rejection.code(), rejection.message(), out);
            return true;
        }
        match self.answered(id) {
            Some(Asked::Subscribe(channel)) if refusal.code != ErrorCode::AlreadySubscribed => {
                not_begun(&channel, refusal, out);
            }
            Some(Asked::OwnChannel(channel)) => not_begun(&channel, refusal, out),
            Some(Asked::Watchlist) => wrong(codes::WATCHLIST_LIMIT, &refusal.message, out),
            // It hears the channel no longer, which is what it wanted.
            Some(Asked::Unsubscribe) if refusal.code == ErrorCode::NotSubscribed => return false,
            _ => wrong(codes::error_code(refusal.code), &refusal.message, out),
        }
        true
    }

    /// Answers come in the order of the questions.
    fn pong(&mut self, out: &mut Vec<u8>) -> bool {
        let asked = self.open.iter().find_map(|(id, asked)| match asked {
            Asked::Ping | Asked::OwnChannel(_) => Some(*id),
            Asked::Subscribe(_) | Asked::Signin(..) | Asked::Watchlist | Asked::Unsubscribe => None,
        });
        match self.answered(asked) {
            Some(Asked::OwnChannel(channel)) => {
                let event = "pusher_internal:subscription_succeeded";
                say(event, Some(&channel), "{}", None, out);
                true
            }
            _ => encode(&Event::Pong, out),
        }
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

/// The identity of a user, which some applications write as a number.
fn identity(value: &RawValue) -> Option<String> {
    let text = value.get();
    if text.starts_with('"') {
        return serde_json::from_str(text).ok();
    }
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.to_owned())
}

fn bounded(info: Option<Arc<str>>) -> Result<Option<Arc<str>>, Refusal> {
    let bytes = info.as_ref().map_or(0, |info| info.len());
    if bytes > INFO_BYTES_MAX {
        return Err(Refusal::new(
            ErrorCode::TooLarge,
            format!("`user_info` has {bytes} bytes; {INFO_BYTES_MAX} are allowed"),
        ));
    }
    Ok(info)
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

fn not_begun(channel: &str, refusal: &Refusal, out: &mut Vec<u8>) {
    let kind = match refusal.code {
        ErrorCode::Unauthorized | ErrorCode::PermissionDenied | ErrorCode::TokenExpired => {
            "AuthError"
        }
        ErrorCode::LimitReached | ErrorCode::RateLimited => "LimitReached",
        _ => "SubscriptionError",
    };
    let data = SubscriptionError {
        r#type: kind,
        error: &refusal.message,
        status: codes::subscription_status(refusal.code),
    };
    say(
        "pusher:subscription_error",
        Some(channel),
        &json(&data),
        None,
        out,
    );
}

fn wrong(code: u16, message: &str, out: &mut Vec<u8>) {
    say(
        "pusher:error",
        None,
        &json(&Wrong { code, message }),
        None,
        out,
    );
}

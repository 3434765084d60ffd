//! What a client is told.

use serde::Serialize;
use wirehub_model::{ErrorCode, Event, Refusal, Reply, Subscribed, Welcome};

use super::{Asked, Conversation};
use crate::pusher::{
    ChannelKind, channel_of, codes,
    encode::{encode, json, presence, say},
    socket_id,
};

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

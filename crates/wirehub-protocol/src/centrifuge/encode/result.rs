//! What clients are told because they asked.

use std::{collections::BTreeMap, time::Duration};

use wirehub_model::{
    ErrorCode, PresencePage, Recovery, Refusal, Reply as Said, Subscribed, Welcome,
};

use super::{
    Codec,
    push::{info, payload, publication},
};
use crate::centrifuge::{codes, proto, question::Question, wish::SubscribeWish};

/// What clients see as the server's version.
const VERSION: &str = concat!("Wirehub ", env!("CARGO_PKG_VERSION"));

/// The connection is open, with these subscriptions.
pub(in crate::centrifuge) fn connect(
    welcome: &Welcome,
    subs: BTreeMap<String, proto::SubscribeResult>,
) -> proto::ConnectResult {
    let (expires, ttl) = expiry(welcome.expires_in);
    proto::ConnectResult {
        client: welcome.connection.to_string(),
        version: VERSION.to_owned(),
        expires,
        ttl,
        subs,
        ping: seconds(welcome.heartbeat.interval),
        ..proto::ConnectResult::default()
    }
}

/// A question was answered, other than by a subscription.
pub(in crate::centrifuge) fn reply(
    codec: Codec,
    question: Question,
    id: u32,
    said: &Said,
) -> proto::Reply {
    let mut reply = proto::Reply {
        id,
        ..question.done()
    };
    match said {
        Said::Refreshed { expires_in } => {
            let (expires, ttl) = expiry(*expires_in);
            if let Some(refresh) = &mut reply.refresh {
                VERSION.clone_into(&mut refresh.version);
                (refresh.expires, refresh.ttl) = (expires, ttl);
            }
            if let Some(refresh) = &mut reply.sub_refresh {
                (refresh.expires, refresh.ttl) = (expires, ttl);
            }
        }
        Said::Called(answer) => {
            let data = payload(codec, answer);
            reply.rpc = Some(proto::RpcResult { data });
        }
        Said::Presence(page) => who(codec, page, &mut reply),
        Said::History(history) => {
            let publications = history.publications.iter();
            let mut publications: Vec<_> =
                publications.map(|said| publication(codec, said)).collect();
            if question == Question::HistoryReversed {
                publications.reverse();
            }
            reply.history = Some(proto::HistoryResult {
                publications,
                epoch: history.position.epoch.to_string(),
                offset: history.position.offset.0,
            });
        }
        Said::Done | Said::Subscribed(_) | Said::Published(_) | Said::Resumed { .. } => {}
    }
    reply
}

fn who(codec: Codec, page: &PresencePage, reply: &mut proto::Reply) {
    if let Some(stats) = &mut reply.presence_stats {
        let count = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        stats.num_clients = count(page.occupancy.connections);
        stats.num_users = count(page.occupancy.users);
    }
    if let Some(presence) = &mut reply.presence {
        let members = page.members.iter();
        presence.presence = members
            .map(|member| (member.connection.to_string(), info(codec, member)))
            .collect();
    }
}

/// How a subscription stands that began.
///
/// What it missed follows in pushes of its own, and each moves the client's offset: until then it
/// stands where the client said.
pub(in crate::centrifuge) fn subscribed(
    wish: Option<&SubscribeWish>,
    subscribed: &Subscribed,
) -> proto::SubscribeResult {
    let (expires, ttl) = expiry(subscribed.expires_in);
    let since = wish.and_then(|wish| wish.since);
    // Where only the last publication is kept, a client that is given it has all there is.
    let is_cached = since.is_some() && !subscribed.keeps_history && subscribed.has_values;
    let recovered = is_cached || subscribed.recovery == Some(Recovery::Complete);
    let asked = wish.is_some_and(|wish| wish.recoverable);
    let position = subscribed
        .position
        .filter(|_| asked || subscribed.keeps_history);
    proto::SubscribeResult {
        expires,
        ttl,
        recoverable: position.is_some(),
        positioned: position.is_some(),
        epoch: position
            .map(|position| position.epoch.to_string())
            .unwrap_or_default(),
        offset: since
            .filter(|_| recovered)
            .or(position.map(|position| position.offset.0))
            .unwrap_or_default(),
        recovered,
        was_recovering: since.is_some(),
        delta: subscribed.deltas,
    }
}

/// A question was refused.
pub(in crate::centrifuge) fn error(question: Question, id: u32, refusal: &Refusal) -> proto::Reply {
    let codes::ErrorNumber {
        mut code,
        mut temporary,
    } = codes::error(refusal.code);
    match (question, refusal.code) {
        // Of a client that renews a token and brings one that is too old, only a temporary error
        // makes it fetch another; any else would end its connection or subscription for good.
        (Question::Refresh | Question::SubRefresh, ErrorCode::TokenExpired) => temporary = true,
        // All that can be wrong with a question about history here is its place.
        (Question::History | Question::HistoryReversed, ErrorCode::BadRequest) => code = 112,
        _ => {}
    }
    proto::Reply {
        id,
        error: Some(proto::Error {
            code,
            message: refusal.message.to_string(),
            temporary,
        }),
        ..proto::Reply::default()
    }
}

/// Whether something expires, and in how many seconds: at least one, so that no client renews
/// without end.
pub(super) fn expiry(expires_in: Option<Duration>) -> (bool, u32) {
    match expires_in {
        Some(span) => (true, seconds(span)),
        None => (false, 0),
    }
}

fn seconds(span: Duration) -> u32 {
    u32::try_from(span.as_secs()).unwrap_or(u32::MAX).max(1)
}

//! From events to text, written straight into the buffer.

use std::time::Duration;

use wirehub_model::{
    Batch, BatchEntry, Direct, Event, Occupancy, PresenceChange, Publication, ReconnectAdvice,
    Recovery, Refusal, Reply, Subscribed, Topic, TopicFilter, Welcome,
};

use super::writer::Writer;

/// Room for everything in a publication that is not its topic, event or payload, so that the buffer
/// grows once.
const ENVELOPE_BYTES: usize = 160;

/// Appends the message for an event; `false` when it is the transport's to say.
pub(crate) fn encode(event: &Event<'_>, out: &mut Vec<u8>) -> bool {
    match event {
        Event::Publication(publication) | Event::Delta { publication, .. } => {
            write_publication(publication, false, out);
        }
        Event::Retained(publication) => write_publication(publication, true, out),
        Event::Batch(batch) => write_batch(batch, out),
        Event::Direct(direct) => write_direct(direct, out),
        Event::Reply { id, reply } => write_reply(*id, reply, out),
        Event::Refused { id, refusal } => write_refusal(*id, refusal, out),
        Event::Welcome { id, welcome } => write_welcome(*id, welcome, out),
        Event::Subscribed { filter, subscribed } => write_subscribed(filter, subscribed, out),
        Event::Unsubscribed { filter, refusal } => write_unsubscribed(filter, refusal, out),
        Event::Pong => Writer::open("pong", out).close(),
        Event::Reconnect(advice) => write_reconnect(advice, out),
        Event::Spread(within) => write_spread(*within, out),
        Event::Presence(change) => write_presence(change, out),
        Event::Occupancy { topic, occupancy } => write_occupancy(topic, *occupancy, out),
        // A client that renews its token does so in time all the same, and none has a watchlist.
        Event::Heartbeat
        | Event::HeartbeatReply(_)
        | Event::Close(_)
        | Event::Renewed { .. }
        | Event::Watchlist { .. } => {
            return false;
        }
    }
    true
}

fn write_publication(publication: &Publication, retained: bool, out: &mut Vec<u8>) {
    let Publication { topic, message, .. } = publication;
    out.reserve(topic.as_str().len() + message.payload.bytes().len() + ENVELOPE_BYTES);
    Writer::open("message", out)
        .value("topic", topic.as_str())
        .publication(publication)
        .flag("retained", retained)
        .close();
}

fn write_batch(batch: &Batch, out: &mut Vec<u8>) {
    let payload = |entry: &BatchEntry| entry.publication.message.payload.bytes().len();
    let bytes: usize = batch.entries.iter().map(payload).sum();
    out.reserve(bytes + ENVELOPE_BYTES * (batch.entries.len() + 1));
    let around = batch.filter.as_str();
    Writer::open("messages", out)
        .value("topic", around)
        .list("messages", &batch.entries, |object, entry| {
            let topic = Some(entry.publication.topic.as_str());
            let count = Some(entry.count).filter(|count| *count > 1);
            object
                .optional("topic", topic.filter(|topic| *topic != around))
                .publication(&entry.publication)
                .optional("count", count.as_ref())
        })
        .close();
}

fn write_direct(direct: &Direct, out: &mut Vec<u8>) {
    out.reserve(direct.message.payload.bytes().len() + ENVELOPE_BYTES);
    Writer::open("message", out)
        .value("to", direct.to.name())
        .message(&direct.message)
        .from(direct.from.as_ref())
        .close();
}

fn write_reply(id: u64, reply: &Reply, out: &mut Vec<u8>) {
    let ok = Writer::open("ok", out).value("id", &id);
    match reply {
        Reply::Done => ok,
        Reply::Subscribed(subscribed) => write_standing(ok, subscribed),
        Reply::Published(published) => ok
            .position(Some(&published.position))
            .flag("duplicate", published.duplicate),
        Reply::Resumed { lost } => {
            let lost = Some(lost).filter(|lost| **lost > 0);
            ok.value("resumed", &true).optional("lost", lost)
        }
        Reply::Refreshed { expires_in } => ok.seconds("expires_in", *expires_in),
        Reply::Called(payload) => ok.payload(payload),
        Reply::Presence(page) => ok.presence(page),
        Reply::History(history) => ok
            .position(Some(&history.position))
            .list("messages", &history.publications, |object, publication| {
                object.publication(publication)
            })
            .flag("more", history.more),
    }
    .close();
}

/// How a subscription stands, in the answer to `subscribe` and in `subscribed`.
fn write_standing<'a>(object: Writer<'a>, subscribed: &Subscribed) -> Writer<'a> {
    let object = object.position(subscribed.position.as_ref());
    let object = match subscribed.recovery {
        None => object,
        Some(Recovery::Complete) => object.value("recovered", &true),
        Some(Recovery::Incomplete(gap)) => object
            .value("recovered", &false)
            .value("reason", gap.name()),
    };
    match &subscribed.presence {
        None => object,
        Some(page) => object.object("presence").presence(page).end_object(),
    }
}

fn write_refusal(id: Option<u64>, refusal: &Refusal, out: &mut Vec<u8>) {
    Writer::open("error", out)
        .optional("id", id.as_ref())
        .value("code", refusal.code.name())
        .value("message", &*refusal.message)
        .value("retry", &refusal.code.retry())
        .close();
}

fn write_welcome(id: Option<u64>, welcome: &Welcome, out: &mut Vec<u8>) {
    let user = welcome.user.as_ref().map(|user| user.as_str());
    let heartbeat = welcome.heartbeat;
    Writer::open("welcome", out)
        .optional("id", id.as_ref())
        .display("connection", &welcome.connection)
        .optional("user", user)
        .object("heartbeat")
        .seconds("interval", Some(heartbeat.interval))
        .seconds("timeout", Some(heartbeat.timeout))
        .end_object()
        .seconds("expires_in", welcome.expires_in)
        .session(welcome.session.as_ref())
        .seconds("spread", welcome.spread)
        .close();
}

fn write_subscribed(filter: &TopicFilter, subscribed: &Subscribed, out: &mut Vec<u8>) {
    let object = Writer::open("subscribed", out).value("topic", filter.as_str());
    write_standing(object, subscribed).close();
}

fn write_unsubscribed(filter: &TopicFilter, refusal: &Refusal, out: &mut Vec<u8>) {
    Writer::open("unsubscribed", out)
        .value("topic", filter.as_str())
        .value("reason", refusal.code.name())
        .value("message", &*refusal.message)
        .close();
}

fn write_presence(change: &PresenceChange, out: &mut Vec<u8>) {
    let object = Writer::open(change.kind.name(), out)
        .value("topic", change.topic.as_str())
        .object("member")
        .member(&change.member)
        .end_object()
        .flag("edge", change.edge);
    match &change.was {
        Some(was) => object.display("was", was),
        None => object,
    }
    .close();
}

fn write_occupancy(topic: &Topic, occupancy: Occupancy, out: &mut Vec<u8>) {
    Writer::open("occupancy", out)
        .value("topic", topic.as_str())
        .occupancy(occupancy)
        .close();
}

fn write_reconnect(advice: &ReconnectAdvice, out: &mut Vec<u8>) {
    Writer::open("reconnect", out)
        .value("reason", advice.reason)
        .seconds("within", Some(advice.within))
        .close();
}

fn write_spread(within: Duration, out: &mut Vec<u8>) {
    Writer::open("spread", out)
        .seconds("within", Some(within))
        .close();
}

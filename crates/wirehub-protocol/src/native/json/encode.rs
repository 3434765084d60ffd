//! From events to text, written straight into the buffer.

use wirehub_model::{
    Direct, Event, Publication, ReconnectAdvice, Recovery, Refusal, Reply, TopicFilter, Welcome,
};

use super::writer::Writer;

/// Room for everything in a publication that is not its topic, event or payload, so that the buffer
/// grows once.
const ENVELOPE_BYTES: usize = 160;

/// Appends the message for an event; `false` when it is the transport's to say.
pub(crate) fn encode(event: &Event<'_>, out: &mut Vec<u8>) -> bool {
    match event {
        Event::Publication(publication) => write_publication(publication, out),
        Event::Direct(direct) => write_direct(direct, out),
        Event::Reply { id, reply } => write_reply(*id, reply, out),
        Event::Refused { id, refusal } => write_refusal(*id, refusal, out),
        Event::Welcome { id, welcome } => write_welcome(*id, welcome, out),
        Event::Unsubscribed { filter, refusal } => write_unsubscribed(filter, refusal, out),
        Event::Pong => Writer::open("pong", out).close(),
        Event::Reconnect(advice) => write_reconnect(advice, out),
        Event::Retained(_)
        | Event::Batch(_)
        | Event::Subscribed { .. }
        | Event::Presence(_)
        | Event::Occupancy { .. } => return false,
        Event::Heartbeat | Event::HeartbeatReply(_) | Event::Close(_) => return false,
    }
    true
}

fn write_publication(publication: &Publication, out: &mut Vec<u8>) {
    let Publication { topic, message, .. } = publication;
    out.reserve(topic.as_str().len() + message.payload.bytes().len() + ENVELOPE_BYTES);
    Writer::open("message", out)
        .value("topic", topic.as_str())
        .message(message)
        .value("offset", &publication.position.offset.0)
        .from(publication.from.as_ref())
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
        Reply::Subscribed(subscribed) => {
            let recovered = subscribed.recovery.map(|found| found == Recovery::Complete);
            ok.position(subscribed.position.as_ref())
                .optional("recovered", recovered.as_ref())
        }
        Reply::Published(published) => ok.position(Some(&published.position)),
        Reply::Refreshed { expires_in } => ok.seconds("expires_in", *expires_in),
        Reply::Called(payload) => ok.payload(payload),
        Reply::Resumed { .. } | Reply::Presence(_) | Reply::History(_) => ok,
    }
    .close();
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
        .close();
}

fn write_unsubscribed(filter: &TopicFilter, refusal: &Refusal, out: &mut Vec<u8>) {
    Writer::open("unsubscribed", out)
        .value("topic", filter.as_str())
        .value("reason", refusal.code.name())
        .value("message", &*refusal.message)
        .close();
}

fn write_reconnect(advice: &ReconnectAdvice, out: &mut Vec<u8>) {
    Writer::open("reconnect", out)
        .value("reason", advice.reason)
        .seconds("within", Some(advice.within))
        .close();
}

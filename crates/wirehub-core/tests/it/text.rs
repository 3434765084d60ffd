//! A wire format for the eye: one line for each event.

use wirehub_core::{Encode, Flavour};
use wirehub_model::{Event, Payload, Reply};

/// The flavour that has no way to tell pongs, heartbeats and goodbyes, like a plain HTTP stream.
pub(crate) const MUTE: u8 = 1;

/// Writes every event as a line, such as `message orders/1 at 3: paid`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Text;

impl Encode for Text {
    fn encode(&mut self, flavour: Flavour, event: &Event<'_>, out: &mut Vec<u8>) {
        let transport = matches!(
            event,
            Event::Pong | Event::Heartbeat | Event::HeartbeatReply(_) | Event::Close(_)
        );
        if transport && flavour.index() == usize::from(MUTE) {
            return;
        }
        out.extend(line(event).bytes());
        out.push(b'\n');
    }
}

fn line(event: &Event<'_>) -> String {
    match event {
        Event::Welcome { id, welcome } => {
            let user = welcome.user.as_ref().map_or("nobody", |user| user.as_str());
            format!("welcome{} {user}", number(*id))
        }
        Event::Reply { id, reply } => format!("{} #{id}{}", verb(reply), detail(reply)),
        Event::Refused { id, refusal } => {
            format!("refused{} {}", number(*id), refusal.code.name())
        }
        Event::Publication(publication) => {
            let offset = publication.position.offset;
            let text = text(&publication.message.payload);
            format!("message {} at {offset}: {text}", publication.topic)
        }
        Event::Direct(direct) => {
            let to = direct.to.name();
            format!("direct to {to}: {}", text(&direct.message.payload))
        }
        Event::Unsubscribed { filter, refusal } => {
            format!("unsubscribed {filter} {}", refusal.code.name())
        }
        Event::Pong => "pong".to_owned(),
        Event::Reconnect(advice) => {
            format!("reconnect {} within {:?}", advice.reason, advice.within)
        }
        Event::Heartbeat => "heartbeat".to_owned(),
        Event::HeartbeatReply(payload) => {
            format!("heartbeat reply {}", String::from_utf8_lossy(payload))
        }
        Event::Close(reason) => format!("close {}", reason.name()),
    }
}

fn verb(reply: &Reply) -> &'static str {
    match reply {
        Reply::Done => "done",
        Reply::Subscribed { .. } => "subscribed",
        Reply::Published(_) => "published",
        Reply::Refreshed { .. } => "refreshed",
        Reply::Called(_) => "called",
    }
}

fn detail(reply: &Reply) -> String {
    match reply {
        Reply::Done => String::new(),
        Reply::Subscribed {
            position,
            recovered,
        } => {
            let at = position.map(|place| format!(" at {}", place.offset));
            let missed = recovered.map(|fine| if fine { " recovered" } else { " missed some" });
            at.unwrap_or_default() + missed.unwrap_or_default()
        }
        Reply::Published(place) => format!(" at {}", place.offset),
        Reply::Refreshed { expires_in } => match expires_in {
            Some(span) => format!(" for {span:?}"),
            None => String::new(),
        },
        Reply::Called(payload) => format!(": {}", text(payload)),
    }
}

fn number(id: Option<u64>) -> String {
    id.map(|id| format!(" #{id}")).unwrap_or_default()
}

fn text(payload: &Payload) -> String {
    String::from_utf8_lossy(payload.bytes()).into_owned()
}

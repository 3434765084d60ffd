//! A wire format for the eye: one line for each event.

use wirehub_core::{AfterGap, Encode, Flavour};
use wirehub_model::{
    Batch, Event, Member, Occupancy, Payload, PresencePage, Publication, Recovery, Reply,
    Subscribed, UserId,
};

/// The flavour that has no way to tell pongs, heartbeats and goodbyes.
pub(crate) const MUTE: u8 = 1;
/// The flavour whose clients hear a goodbye and do not answer it, like an HTTP stream.
pub(crate) const ONE_WAY: u8 = 2;
/// The flavour whose welcome comes behind the subscriptions of the token, and is sent first.
pub(crate) const GATHERING: u8 = 3;
/// The flavour whose clients cannot answer a heartbeat.
pub(crate) const HEARING: u8 = 4;

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

    fn welcomes_with_subscriptions(&self, flavour: Flavour) -> bool {
        flavour.index() == usize::from(GATHERING)
    }

    fn resumes(&self, flavour: Flavour) -> bool {
        flavour.index() != usize::from(GATHERING)
    }

    fn after_gap(&self, flavour: Flavour) -> AfterGap {
        match u8::try_from(flavour.index()).unwrap() {
            GATHERING => AfterGap::BeginsAnew,
            MUTE => AfterGap::KnowsNothing,
            _ => AfterGap::GoesOn,
        }
    }

    fn answers_heartbeat(&self, flavour: Flavour) -> bool {
        flavour.index() != usize::from(HEARING)
    }

    fn answers_goodbye(&self, flavour: Flavour) -> bool {
        flavour.index() != usize::from(ONE_WAY)
    }
}

fn line(event: &Event<'_>) -> String {
    match event {
        Event::Welcome { id, welcome } => {
            let user = welcome.user.as_ref().map_or("nobody", |user| user.as_str());
            let spread = welcome.spread.map(|span| format!(" spread {span:?}"));
            let spread = spread.unwrap_or_default();
            format!("welcome{} {user}{spread}", number(*id))
        }
        Event::Reply { id, reply } => format!("{} #{id}{}", verb(reply), detail(reply)),
        Event::Refused { id, refusal } => {
            format!("refused{} {}", number(*id), refusal.code.name())
        }
        Event::Publication(publication) => {
            format!("message {} {}", publication.topic, said(publication))
        }
        Event::Retained(publication) => {
            format!("retained {} {}", publication.topic, said(publication))
        }
        Event::Delta {
            publication,
            before,
        } => {
            let since = before.map(|before| format!(" since {}", before.position.offset));
            let (topic, said) = (&publication.topic, said(publication));
            format!("delta {topic} {said}{}", since.unwrap_or_default())
        }
        Event::Batch(batch) => together(batch),
        Event::Subscribed { filter, subscribed } => {
            format!("subscribed {filter}{}", standing(subscribed))
        }
        Event::Presence(change) => {
            let edge = if change.edge { " edge" } else { "" };
            let was = if change.was.is_some() { " again" } else { "" };
            let (kind, member) = (change.kind.name(), named(&change.member));
            format!("{kind} {} {member}{edge}{was}", change.topic)
        }
        Event::Occupancy { topic, occupancy } => format!("occupancy {topic} {}", many(*occupancy)),
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
        Event::Spread(within) => format!("spread {within:?}"),
        Event::Renewed { expires_in } => format!("renewed {expires_in:?}"),
        Event::Watchlist { online, offline } => {
            let names = |users: &[UserId]| {
                let names: Vec<_> = users.iter().map(UserId::as_str).collect();
                names.join(" ")
            };
            format!("online [{}] offline [{}]", names(online), names(offline))
        }
        Event::Heartbeat => "heartbeat".to_owned(),
        Event::HeartbeatReply(payload) => {
            format!("heartbeat reply {}", String::from_utf8_lossy(payload))
        }
        Event::Close(reason) => format!("close {}", reason.name()),
    }
}

/// Publications that came together, with how many each stands for.
fn together(batch: &Batch) -> String {
    let entries = batch.entries.iter().map(|entry| {
        let count = entry.count;
        let times = if count > 1 {
            format!(" x{count}")
        } else {
            String::new()
        };
        let topic = &entry.publication.topic;
        format!("{topic} {}{times}", said(&entry.publication))
    });
    let entries: Vec<_> = entries.collect();
    format!("batch {}: {}", batch.filter, entries.join(", "))
}

fn verb(reply: &Reply) -> &'static str {
    match reply {
        Reply::Done => "done",
        Reply::Subscribed(_) => "subscribed",
        Reply::Published(_) => "published",
        Reply::Refreshed { .. } => "refreshed",
        Reply::Called(_) => "called",
        Reply::Resumed { .. } => "resumed",
        Reply::Presence(_) => "presence",
        Reply::History(_) => "history",
    }
}

fn detail(reply: &Reply) -> String {
    match reply {
        Reply::Done => String::new(),
        Reply::Subscribed(subscribed) => standing(subscribed),
        Reply::Published(published) => {
            let before = if published.duplicate { " before" } else { "" };
            format!(" at {}{before}", published.position.offset)
        }
        Reply::Refreshed { expires_in } => match expires_in {
            Some(span) => format!(" for {span:?}"),
            None => String::new(),
        },
        Reply::Called(payload) => format!(": {}", text(payload)),
        Reply::Resumed { lost } => format!(" lost {lost}"),
        Reply::Presence(page) => page_of(page),
        Reply::History(history) => {
            let said = history
                .publications
                .iter()
                .map(|publication| said(publication));
            let more = if history.more { " more" } else { "" };
            let said = said.collect::<Vec<_>>().join(", ");
            format!(" at {}{more}: {said}", history.position.offset)
        }
    }
}

/// How a subscription stands when it begins.
fn standing(subscribed: &Subscribed) -> String {
    let at = subscribed
        .position
        .map(|place| format!(" at {}", place.offset));
    let missed = match subscribed.recovery {
        None => String::new(),
        Some(Recovery::Complete) => " recovered".to_owned(),
        Some(Recovery::Incomplete(gap)) => format!(" missed some: {}", gap.name()),
    };
    let presence = subscribed.presence.as_ref().map(page_of);
    let deltas = if subscribed.deltas {
        " with deltas"
    } else {
        ""
    };
    at.unwrap_or_default() + &missed + &presence.unwrap_or_default() + deltas
}

/// What a publication says, as `at 3: paid`.
fn said(publication: &Publication) -> String {
    let offset = publication.position.offset;
    format!("at {offset}: {}", text(&publication.message.payload))
}

/// Members of a topic, as ` 2/1 [ann, bob=away] more`.
fn page_of(page: &PresencePage) -> String {
    let members: Vec<_> = page.members.iter().map(|member| named(member)).collect();
    let more = if page.more { " more" } else { "" };
    format!(" {} [{}]{more}", many(page.occupancy), members.join(", "))
}

/// Connections and users, as `2/1`.
fn many(occupancy: Occupancy) -> String {
    format!("{}/{}", occupancy.connections, occupancy.users)
}

/// A member by its user and state, as `ann=away`.
fn named(member: &Member) -> String {
    let user = member.user.as_ref().map_or("nobody", |user| user.as_str());
    let state = member
        .state
        .as_ref()
        .map(|state| format!("={}", text(state)));
    format!("{user}{}", state.unwrap_or_default())
}

fn number(id: Option<u64>) -> String {
    id.map(|id| format!(" #{id}")).unwrap_or_default()
}

fn text(payload: &Payload) -> String {
    String::from_utf8_lossy(payload.bytes()).into_owned()
}

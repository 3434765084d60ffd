//! Events of every kind.

use std::sync::Arc;

use proptest::{option, prelude::*};
use wirehub_model::{
    Audience, Batch, BatchEntry, Direct, DirectId, ErrorCode, Gap, Heartbeat, History, Member,
    Moment, Occupancy, PresenceChange, PresenceKind, PresencePage, Publication, Published,
    Publisher, ReconnectAdvice, Recovery, Refusal, Reply, SessionOffer, Subscribed, TopicFilter,
    Welcome,
};

use super::{
    NUMBER_MAX, connection, filter, json, key, message, payload, position, session, span, topic,
    user,
};
use crate::said::Said;

pub(crate) fn said() -> impl Strategy<Value = Said> {
    let id = || option::of(0..=NUMBER_MAX);
    prop_oneof![
        (id(), welcome()).prop_map(|(id, welcome)| Said::Welcome(id, welcome)),
        (0..=NUMBER_MAX, reply()).prop_map(|(id, reply)| Said::Reply(id, reply)),
        (id(), refusal()).prop_map(|(id, refusal)| Said::Refused(id, refusal)),
        publication().prop_map(Said::Publication),
        publication().prop_map(Said::Retained),
        (publication(), option::of(publication()))
            .prop_map(|(now, before)| Said::Delta(now, before.map(Box::new))),
        batch().prop_map(Said::Batch),
        direct().prop_map(Said::Direct),
        (filter(), subscribed()).prop_map(|(filter, begun)| Said::Subscribed(filter, begun)),
        change().prop_map(Said::Presence),
        (topic(), occupancy()).prop_map(|(topic, occupancy)| Said::Occupancy(topic, occupancy)),
        (filter(), refusal()).prop_map(|(filter, why)| Said::Unsubscribed(filter, why)),
        Just(Said::Pong),
        span().prop_map(|within| Said::Reconnect(ReconnectAdvice {
            reason: "drain",
            within
        })),
        span().prop_map(Said::Spread),
    ]
}

fn welcome() -> impl Strategy<Value = Welcome> {
    let heartbeat =
        (span(), span()).prop_map(|(interval, timeout)| Heartbeat { interval, timeout });
    let session = (session(), span()).prop_map(|(token, within)| SessionOffer { token, within });
    (
        connection(),
        option::of(user()),
        heartbeat,
        option::of(span()),
        option::of(session),
        option::of(span()),
    )
        .prop_map(
            |(connection, user, heartbeat, expires_in, session, spread)| Welcome {
                connection,
                user,
                heartbeat,
                expires_in,
                session,
                spread,
            },
        )
}

fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        Just(Reply::Done),
        subscribed().prop_map(Reply::Subscribed),
        (position(), any::<bool>()).prop_map(|(position, duplicate)| {
            Reply::Published(Published {
                position,
                duplicate,
            })
        }),
        prop_oneof![Just(0), any::<u64>()].prop_map(|lost| Reply::Resumed { lost }),
        option::of(span()).prop_map(|expires_in| Reply::Refreshed { expires_in }),
        payload().prop_map(Reply::Called),
        members().prop_map(Reply::Presence),
        history().prop_map(Reply::History),
    ]
}

/// Only a topic has a place, and only a topic has presence.
fn subscribed() -> impl Strategy<Value = Subscribed> {
    let recovery = || {
        option::of(prop_oneof![
            Just(Recovery::Complete),
            prop::sample::select(&Gap::ALL).prop_map(Recovery::Incomplete),
        ])
    };
    let topic = (position(), recovery(), option::of(members()));
    prop_oneof![
        recovery().prop_map(|recovery| Subscribed {
            recovery,
            ..Subscribed::default()
        }),
        topic.prop_map(|(position, recovery, presence)| Subscribed {
            position: Some(position),
            recovery,
            presence,
            ..Subscribed::default()
        }),
    ]
}

fn history() -> impl Strategy<Value = History> {
    let publications = prop::collection::vec(publication().prop_map(Arc::new), 0..4);
    (position(), publications, any::<bool>()).prop_map(|(position, publications, more)| History {
        position,
        publications,
        more,
    })
}

fn batch() -> impl Strategy<Value = Batch> {
    let count = prop_oneof![Just(1), 2..=u32::MAX];
    let entry = (publication(), count).prop_map(|(publication, count)| BatchEntry {
        publication: Arc::new(publication),
        count,
    });
    let entries = prop::collection::vec(entry, 0..4);
    // Half of them are of the topic of their first publication.
    (filter(), entries, any::<bool>()).prop_map(|(filter, entries, narrow)| {
        let topic = entries.first().map(|entry| &entry.publication.topic);
        let topic = topic.filter(|_| narrow).cloned();
        Batch {
            filter: topic.map_or(filter, |topic| TopicFilter::parse(topic.as_str()).unwrap()),
            entries,
        }
    })
}

fn occupancy() -> impl Strategy<Value = Occupancy> {
    (0..=NUMBER_MAX, 0..=NUMBER_MAX)
        .prop_map(|(connections, users)| Occupancy { connections, users })
}

fn members() -> impl Strategy<Value = PresencePage> {
    let members = prop::collection::vec(member(), 0..4);
    (occupancy(), members, any::<bool>()).prop_map(|(occupancy, members, more)| PresencePage {
        occupancy,
        members,
        more,
    })
}

fn member() -> impl Strategy<Value = Arc<Member>> {
    let info = option::of(json().prop_map(Arc::from));
    (
        connection(),
        option::of(user()),
        info,
        option::of(payload()),
    )
        .prop_map(|(connection, user, info, state)| {
            Arc::new(Member {
                connection,
                user,
                info,
                state,
            })
        })
}

fn change() -> impl Strategy<Value = PresenceChange> {
    let kind = prop::sample::select(&PresenceKind::ALL);
    let was = option::of(connection());
    (topic(), kind, member(), any::<bool>(), was).prop_map(|(topic, kind, member, edge, was)| {
        PresenceChange {
            topic,
            kind,
            member,
            edge,
            was,
        }
    })
}

fn publication() -> impl Strategy<Value = Publication> {
    let (key, from) = (option::of(key()), option::of(publisher()));
    (topic(), message(), key, position(), from).prop_map(|(topic, message, key, position, from)| {
        Publication {
            topic,
            message,
            key,
            position,
            from,
            accepted_at: Moment::ZERO,
            expires_at: None,
            trace: None,
        }
    })
}

fn direct() -> impl Strategy<Value = Direct> {
    let to = prop_oneof![
        Just(Audience::Everyone),
        Just(Audience::User),
        Just(Audience::Connection)
    ];
    (to, message(), option::of(publisher())).prop_map(|(to, message, from)| Direct {
        id: DirectId(1),
        to,
        user: None,
        message,
        from,
    })
}

fn refusal() -> impl Strategy<Value = Refusal> {
    (prop::sample::select(&ErrorCode::ALL), any::<String>())
        .prop_map(|(code, message)| Refusal::new(code, message))
}

fn publisher() -> impl Strategy<Value = Publisher> {
    (option::of(user()), connection()).prop_map(|(user, connection)| Publisher {
        user,
        connection,
        info: None,
    })
}

//! Who is on topics.

use std::time::Duration;

use bytes::Bytes;
use wirehub_model::{Payload, PresenceKind, Topic};

use super::{
    Inbox, Subject,
    scene::{NOTHING, Node, member, named, node, node_with, topic},
};
use crate::{BrokerError, Delivery, Members, MembersQuery};

const LEASE: Duration = Duration::from_secs(10);

/// The next news of members: node, kind, edge, version.
async fn news(node: &Node) -> (String, PresenceKind, bool, u64) {
    match node.inbox.next_but_nodes().await {
        Delivery::Presence {
            node,
            change,
            version,
        } => (node.to_string(), change.kind, change.edge, version),
        other => panic!("unexpected: {other:?}"),
    }
}

async fn members(node: &Node, topic: &Topic) -> Members {
    let query = MembersQuery {
        topic: topic.clone(),
        limit: 100,
        after: None,
    };
    node.link.members(query).await.unwrap()
}

/// Whoever opened a topic is told of members in order, and a list says what it includes.
pub async fn members_come_change_and_go(subject: &impl Subject) {
    let (a, b) = (node(subject, "a").await, node(subject, "b").await);
    let there = topic("presence/plain");
    b.link.open(there.clone(), NOTHING).await.unwrap();
    let mut one = member(1, Some("anna"));
    a.link.enter(there.clone(), one.clone()).await.unwrap();
    // Entering as before is no news.
    a.link.enter(there.clone(), one.clone()).await.unwrap();
    one.state = Some(Payload::Json(Bytes::from_static(b"\"typing\"")));
    a.link.enter(there.clone(), one.clone()).await.unwrap();
    let (from, kind, edge, joined) = news(&b).await;
    assert_eq!(
        (from.as_str(), kind, edge),
        ("a", PresenceKind::Joined, true)
    );
    let (_, kind, _, changed) = news(&b).await;
    assert_eq!(kind, PresenceKind::Changed);
    let list = members(&b, &there).await;
    assert_eq!(list.members.len(), 1);
    assert_eq!(
        (&list.members[0].0, &*list.members[0].1),
        (&named("a"), &one)
    );
    assert!(joined < changed && changed <= list.version);
    a.link.leave(there.clone(), one.connection).await.unwrap();
    a.link.leave(there.clone(), one.connection).await.unwrap();
    let (_, kind, edge, left) = news(&b).await;
    assert_eq!((kind, edge), (PresenceKind::Left, true));
    assert!(left > list.version);
    let list = members(&b, &there).await;
    assert_eq!((list.occupancy.connections, list.members.len()), (0, 0));
    // Nobody is told who has the topic closed.
    b.link.close(there.clone()).await.unwrap();
    a.link.enter(there, one).await.unwrap();
    a.link.tell(named("b"), Bytes::new()).await.unwrap();
    let next = b.inbox.next_but_nodes().await;
    assert!(matches!(next, Delivery::Control { .. }), "{next:?}");
}

/// A user's first connection and last one are told apart from others, over all nodes.
pub async fn edges_are_those_of_all_nodes(subject: &impl Subject) {
    let (a, b) = (node(subject, "a").await, node(subject, "b").await);
    let there = topic("presence/edges");
    a.link.open(there.clone(), NOTHING).await.unwrap();
    // The names of connections are the same: they are unique on their node only.
    let one = member(1, Some("anna"));
    a.link.enter(there.clone(), one.clone()).await.unwrap();
    b.link.enter(there.clone(), one.clone()).await.unwrap();
    b.link.enter(there.clone(), member(2, None)).await.unwrap();
    let list = members(&a, &there).await;
    assert_eq!((list.occupancy.connections, list.occupancy.users), (3, 1));
    a.link.leave(there.clone(), one.connection).await.unwrap();
    b.link.leave(there.clone(), one.connection).await.unwrap();
    let mut edges = Vec::new();
    for _ in 0..5 {
        let (_, kind, edge, _) = news(&a).await;
        edges.push((kind, edge));
    }
    use PresenceKind::{Joined, Left};
    let expected = [
        (Joined, true),
        (Joined, false),
        (Joined, true),
        (Left, false),
        (Left, true),
    ];
    assert_eq!(edges, expected);
}

/// Lists come in pages that do not overlap, and count everybody.
pub async fn members_are_listed_in_pages(subject: &impl Subject) {
    let (a, b) = (node(subject, "a").await, node(subject, "b").await);
    let there = topic("presence/pages");
    for number in 0..10 {
        let node = if number % 2 == 0 { &a } else { &b };
        let one = member(number / 2, Some(&format!("u{number}")));
        node.link.enter(there.clone(), one).await.unwrap();
    }
    let (mut after, mut seen, mut more) = (None, Vec::new(), true);
    while more {
        let query = MembersQuery {
            topic: there.clone(),
            limit: 3,
            after,
        };
        let page = a.link.members(query).await.unwrap();
        assert_eq!(page.occupancy.connections, 10);
        seen.extend(page.members);
        more = page.more;
        after = seen
            .last()
            .map(|(node, member)| (member.connection, node.clone()));
    }
    assert_eq!(seen.len(), 10);
    assert!(seen.is_sorted_by_key(|(node, member)| (member.connection, node.clone())));
    let query = MembersQuery {
        topic: there,
        limit: 0,
        after: None,
    };
    let counts = a.link.members(query).await.unwrap();
    assert_eq!(
        (counts.members.len(), counts.more, counts.occupancy.users),
        (0, true, 10)
    );
}

/// When a lease runs out the node's members are gone, the others are told, and the node learns it.
pub async fn a_lost_lease_takes_the_members_along(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let b = node_with(subject, "b", LEASE, Inbox::new()).await;
    let there = topic("presence/lease");
    a.link.open(there.clone(), NOTHING).await.unwrap();
    b.link
        .enter(there.clone(), member(1, Some("bert")))
        .await
        .unwrap();
    a.link
        .enter(there.clone(), member(1, Some("anna")))
        .await
        .unwrap();
    assert_eq!(
        (news(&a).await.1, news(&a).await.1),
        (PresenceKind::Joined, PresenceKind::Joined)
    );
    subject.advance(LEASE).await;
    let (from, kind, edge, _) = news(&a).await;
    assert_eq!((from.as_str(), kind, edge), ("b", PresenceKind::Left, true));
    assert_eq!(members(&a, &there).await.members.len(), 1);
    assert_eq!(a.link.nodes().await.unwrap(), [named("a")]);
    let late = b.link.enter(there.clone(), member(2, None)).await;
    assert_eq!(late, Err(BrokerError::LeaseExpired));
    assert_eq!(b.link.renew().await, Err(BrokerError::LeaseExpired));
    // It has a new lease, and may enter again.
    b.link
        .enter(there.clone(), member(1, Some("bert")))
        .await
        .unwrap();
    assert_eq!(members(&a, &there).await.members.len(), 2);
    assert_eq!(a.link.nodes().await.unwrap(), [named("a"), named("b")]);
}

/// A node that renews in time keeps its members.
pub async fn a_renewed_lease_lasts(subject: &impl Subject) {
    let b = node_with(subject, "b", LEASE, Inbox::new()).await;
    let there = topic("presence/renewed");
    b.link.enter(there.clone(), member(1, None)).await.unwrap();
    for _ in 0..5 {
        subject.advance(LEASE * 2 / 3).await;
        b.link.renew().await.unwrap();
    }
    assert_eq!(members(&b, &there).await.members.len(), 1);
}

/// A node that detaches takes its members along at once.
pub async fn a_node_that_detaches_takes_its_members_along(subject: &impl Subject) {
    let (a, b) = (node(subject, "a").await, node(subject, "b").await);
    let there = topic("presence/detach");
    a.link.open(there.clone(), NOTHING).await.unwrap();
    b.link.enter(there.clone(), member(1, None)).await.unwrap();
    b.link.detach().await.unwrap();
    assert_eq!(news(&a).await.1, PresenceKind::Joined);
    assert_eq!(news(&a).await.1, PresenceKind::Left);
    assert!(members(&a, &there).await.members.is_empty());
    let c = node(subject, "c").await;
    c.link.enter(there.clone(), member(1, None)).await.unwrap();
    drop(c);
    assert_eq!(news(&a).await.1, PresenceKind::Joined);
    assert_eq!(news(&a).await.1, PresenceKind::Left);
}

use bytes::Bytes;
use wirehub_model::{ConnectionId, EventName, Member, Payload, UserId};

use super::*;

fn topic(name: &str) -> Topic {
    Topic::parse(name).unwrap()
}

fn shop() -> Scope {
    Scope::named("shop").unwrap()
}

fn presence(name: &str, kind: PresenceKind, user: Option<&str>, edge: bool) -> Occurrence {
    let member = Member {
        connection: ConnectionId::new(0, 1, 2),
        user: user.map(|user| UserId::parse(user).unwrap()),
        info: None,
        state: None,
    };
    Occurrence::Presence(Arc::new(PresenceChange {
        topic: topic(name),
        kind,
        member: Arc::new(member),
        edge,
        was: None,
    }))
}

fn published(name: &str, event: &str) -> Occurrence {
    Occurrence::Published {
        from: Publisher {
            user: UserId::parse("~shop/7").ok(),
            connection: ConnectionId::new(0, 1, 2),
            info: None,
        },
        topic: topic(name),
        message: Message {
            event: EventName::parse(event),
            ..Message::of(Payload::Json(Bytes::from_static(b"{\"x\":1}")))
        },
    }
}

#[test]
fn channels_are_told_of_by_the_names_they_have_in_their_app() {
    let occupied = Occurrence::Occupied(topic("~shop/orders/42"));
    let expected = json!({"name": "channel_occupied", "channel": "orders.42"});
    assert_eq!(event(&occupied, &shop()), Some(expected));
    assert_eq!(event(&occupied, &Scope::default()), None, "another app's");
    let vacated = Occurrence::Vacated(topic("news"));
    let expected = json!({"name": "channel_vacated", "channel": "news"});
    assert_eq!(event(&vacated, &Scope::default()), Some(expected));
    assert_eq!(event(&vacated, &shop()), None);
    let hidden = Occurrence::Occupied(topic("$users/7"));
    assert_eq!(event(&hidden, &Scope::default()), None);
}

#[test]
fn users_are_told_of_with_their_first_and_last_connection() {
    let room = "~shop/presence-room";
    let told = |kind, user, edge| event(&presence(room, kind, user, edge), &shop());
    let ann = Some("~shop/ann");
    let added = json!({"name": "member_added", "channel": "presence-room", "user_id": "ann"});
    assert_eq!(told(PresenceKind::Joined, ann, true), Some(added));
    let removed = json!({"name": "member_removed", "channel": "presence-room", "user_id": "ann"});
    assert_eq!(told(PresenceKind::Left, ann, true), Some(removed));
    assert_eq!(
        told(PresenceKind::Joined, ann, false),
        None,
        "not the first"
    );
    assert_eq!(told(PresenceKind::Changed, ann, true), None);
    assert_eq!(told(PresenceKind::Joined, None, true), None, "nobody");
    let elsewhere = presence("~shop/room", PresenceKind::Joined, ann, true);
    assert_eq!(event(&elsewhere, &shop()), None, "no presence channel");
}

#[test]
fn what_clients_say_to_each_other_is_told() {
    let said = event(&published("~shop/presence-room", "client-typing"), &shop()).unwrap();
    let expected = json!({
        "name": "client_event",
        "channel": "presence-room",
        "event": "client-typing",
        "data": "{\"x\":1}",
        "socket_id": socket_id(ConnectionId::new(0, 1, 2)),
        "user_id": "7",
    });
    assert_eq!(said, expected);
    let said = event(&published("~shop/private-room", "client-typing"), &shop()).unwrap();
    assert_eq!(
        said.get("user_id"),
        None,
        "users are known on presence channels"
    );
    for (name, word) in [
        ("~shop/private-room", "typing"),
        ("~shop/room", "client-typing"),
    ] {
        assert_eq!(event(&published(name, word), &shop()), None);
    }
}

#[test]
fn events_are_chosen_by_their_names() {
    let kinds = AppWebhook::kinds(["member_added", "channel_vacated"]).unwrap();
    let expected = [OccurrenceKind::Joined, OccurrenceKind::Vacated];
    assert_eq!(kinds, OccurrenceKinds::from_iter(expected));
    assert_eq!(
        AppWebhook::kinds(["member_added", "nothing"]),
        Err("nothing")
    );
}

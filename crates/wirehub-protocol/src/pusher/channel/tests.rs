use proptest::prelude::*;

use super::*;

fn topic(channel: &str) -> String {
    topic_of(&Scope::default(), channel).unwrap().to_string()
}

fn channel(topic: &str) -> Option<String> {
    channel_of(&Topic::parse(topic).unwrap())
}

#[test]
fn each_channel_is_the_topic_that_one_expects() {
    for (ours, theirs) in [
        ("chat/room1", "chat.room1"),
        ("private-orders/42", "private-orders.42"),
        ("presence-a@b,c;d", "presence-a@b,c;d"),
        ("v1.2/x", "v1=2E2.x"),
        ("a:b", "a=3Ab"),
        ("größe/é", "gr=C3=B6=C3=9Fe.=C3=A9"),
        ("price/$", "price.=24"),
        ("//", ".."),
        ("100%", "100=25"),
    ] {
        assert_eq!(topic(theirs), ours, "{theirs}");
        assert_eq!(channel(ours).as_deref(), Some(theirs), "{ours}");
    }
}

#[test]
fn an_equals_sign_is_itself_where_nothing_else_is_read() {
    for same in [
        "a=b", "a=41", "=", "==", "=3a-", "=23", "=2B", "=0A", "=24sys", "=C3", "=C3=41", "=2F",
        "=2", "=3D", "=3D41",
    ] {
        assert_eq!(topic(same), same);
        assert_eq!(channel(same).as_deref(), Some(same));
    }
    for (ours, theirs) in [
        ("=2E", "=3D2E"),
        ("=3D2E", "=3D3D2E"),
        ("=C3=A9", "=3DC3=A9"),
        ("=3A=3A", "=3D3A=3D3A"),
        ("==2E", "==3D2E"),
    ] {
        assert_eq!(topic(theirs), ours, "{theirs}");
        assert_eq!(channel(ours).as_deref(), Some(theirs), "{ours}");
    }
}

#[test]
fn what_has_no_name_on_the_other_side_is_said() {
    let hub = Scope::default();
    assert_eq!(channel("$sys/load"), None);
    assert_eq!(topic_of(&hub, ""), Err(ChannelError::Empty));
    let long = "x".repeat(201);
    assert_eq!(topic_of(&hub, &long), Err(ChannelError::TooLong(201)));
    for bad in ["a b", "a/b", "a:b", "#x", "é", "a\n", "my-channel!", "$x"] {
        assert_eq!(topic_of(&hub, bad), Err(ChannelError::Character), "{bad}");
    }
}

#[test]
fn apps_of_different_scopes_do_not_meet() {
    let shop = Scope::named("shop").unwrap();
    let found = topic_of(&shop, "private-x.1").unwrap();
    assert_eq!(found.as_str(), "~shop/private-x/1");
    assert_eq!(channel_of(&found).as_deref(), Some("private-x.1"));
    assert_eq!(kind_of_topic(&found), ChannelKind::of("private-x.1"));
    // Spelled with escapes, the hub's own scope reaches no other.
    let hub = Scope::default();
    let sly = topic_of(&hub, "=7Eshop.private-x.1");
    assert_eq!(sly, Err(ChannelError::Elsewhere));
    assert_eq!(topic("=7Eshop"), "~shop");
    let full = Scope::named(&"s".repeat(Scope::BYTES_MAX)).unwrap();
    assert!(topic_of(&full, &"x".repeat(BYTES_MAX)).is_ok());
    for bad in ["", "a/b", "a.b", "~", "ä", &"s".repeat(41)] {
        assert_eq!(Scope::named(bad), None, "{bad}");
    }
}

#[test]
fn kinds_follow_from_how_names_begin() {
    let kind = |door, cache| ChannelKind { door, cache };
    for (name, expected) in [
        ("news", kind(ChannelDoor::Public, false)),
        ("cache-news", kind(ChannelDoor::Public, true)),
        ("private-x", kind(ChannelDoor::Private, false)),
        ("private-cache-x", kind(ChannelDoor::Private, true)),
        ("private-encrypted-x", kind(ChannelDoor::Encrypted, false)),
        (
            "private-encrypted-cache-x",
            kind(ChannelDoor::Encrypted, true),
        ),
        ("presence-x", kind(ChannelDoor::Presence, false)),
        ("presence-cache-x", kind(ChannelDoor::Presence, true)),
        ("#server-to-user-7", kind(ChannelDoor::User, false)),
        ("xprivate-", kind(ChannelDoor::Public, false)),
        ("Private-x", kind(ChannelDoor::Public, false)),
    ] {
        assert_eq!(ChannelKind::of(name), expected, "{name}");
    }
    assert!(!ChannelKind::of("private-encrypted-x").takes_client_events());
}

/// Names made of what is special, so that escapes meet each other often.
fn special() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "=",
            "3D",
            "2E",
            "2F",
            "24",
            "3A",
            "C3",
            "C3=",
            "A9",
            "=A9",
            "E2=82",
            "=AC",
            "7E",
            ".",
            "/",
            "~",
            "a",
            "F",
            "f",
            "é",
            "€",
            "$",
            ":",
            "\u{1f600}",
            "41",
            "private-",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 1..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    #[test]
    fn a_channel_comes_back_from_its_topic(name in special()) {
        let name: String = name.chars().filter(|c| is_in_channel(*c)).collect();
        match topic_of(&Scope::default(), &name) {
            Ok(topic) => prop_assert_eq!(channel_of(&topic), Some(name)),
            Err(error) => prop_assert!(error != ChannelError::Character, "{}", name),
        }
    }

    #[test]
    fn a_topic_comes_back_from_its_channel(name in special()) {
        let name: String = name.chars().filter(|c| !c.is_control()).collect();
        let name = name.replace(['#', '+'], "=23");
        let Ok(topic) = Topic::parse(&name) else { return Ok(()) };
        let Some(channel) = channel_of(&topic) else {
            prop_assert!(within_scope(&name).starts_with('$') || within_scope(&name).is_empty());
            return Ok(());
        };
        let scope = scope_of(&name).and_then(|(scope, _)| Scope::named(scope));
        if channel.len() <= BYTES_MAX {
            prop_assert_eq!(topic_of(&scope.unwrap_or_default(), &channel), Ok(topic.clone()));
        }
        prop_assert_eq!(kind_of_topic(&topic), ChannelKind::of(&channel));
    }
}

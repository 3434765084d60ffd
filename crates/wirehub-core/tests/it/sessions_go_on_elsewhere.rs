use wirehub_model::{
    CloseCause, CloseReason, Command, ConnectionId, Gap, HistoryRules, Namespace, Namespaces,
    Offset, Recovery, Resume, SessionToken, Subscribe, TopicFilter,
};

use crate::{
    cluster::{Client, Cluster, Rules},
    history_recovers_what_was_missed::stands,
    words::{
        able, connect, filter, publish, seconds, send_to_connection, send_to_user, subscribe,
        topic, unsubscribe, user,
    },
};

/// Sessions wait half a minute; topics under `kept/` have history.
fn rules() -> Rules {
    let kept = Namespace {
        history: HistoryRules {
            size: 5,
            ttl: seconds(600),
            bytes: 1_000,
        },
        ..Namespace::new(filter("kept/#"))
    };
    Rules {
        namespaces: Namespaces::new(vec![kept], Namespace::new(TopicFilter::everything())),
        resume_within: seconds(30),
        ..Rules::default()
    }
}

/// Clusters of one and of three shards, a client at the first, and a topic at the last.
fn each(test: impl Fn(&mut Cluster, u16, &str)) {
    for shards in [1, 3] {
        let mut cluster = Cluster::with(shards, rules());
        let name = cluster.topic_at(shards - 1, "kept");
        test(&mut cluster, shards - 1, &name);
    }
}

/// The wish to go on with a client's session, as that client would say it.
pub(crate) fn resume(
    cluster: &Cluster,
    old: Client,
    received: u64,
    offsets: &[(&str, u64)],
) -> Command {
    let offsets = offsets.iter();
    let offsets = offsets.map(|(name, offset)| (topic(name), Offset(*offset)));
    Command::Resume(Box::new(Resume {
        session: cluster.session(old),
        received,
        offsets: offsets.collect(),
    }))
}

fn subscribe_ack(name: &str) -> Command {
    Command::Subscribe(Subscribe {
        ack: true,
        ..Subscribe::to(filter(name))
    })
}

fn ack(name: &str, offset: u64) -> Command {
    Command::Ack {
        topic: topic(name),
        offset: Offset(offset),
    }
}

#[test]
fn what_was_said_while_a_client_was_away_comes_after_it_is_back() {
    each(|cluster, last, name| {
        let publisher = cluster.join(last, user("pub"));
        let old = cluster.join(0, user("ann"));
        cluster.ask(old, 1, subscribe(name));
        cluster.ask(publisher, None, publish(name, "1"));
        cluster.vanish(old);
        cluster.ask(publisher, None, publish(name, "2"));
        cluster.ask(publisher, None, send_to_user("ann", "letter"));

        let new = cluster.join(last, user("ann"));
        let wish = resume(cluster, old, 0, &[(name, 1)]);
        let heard = cluster.ask(new, 7, wish);
        let expected = [
            "resumed #7 lost 0".to_owned(),
            "direct to user: letter".to_owned(),
            format!("subscribed {name} at 2 recovered"),
            format!("message {name} at 2: 2"),
        ];
        assert_eq!(heard, expected);
        cluster.ask(publisher, None, publish(name, "3"));
        assert_eq!(cluster.hear(new), [format!("message {name} at 3: 3")]);
        let stats = cluster.stats();
        assert_eq!(
            (stats.sessions_parked, stats.sessions_ended),
            (0, [1, 0, 0])
        );
    });
}

/// A connection that was lost before its `subscribe` was answered: what the client named there
/// counts, since it cannot know more.
#[test]
fn who_was_not_told_yet_where_a_topic_stands_goes_on_from_where_it_said() {
    for acks in [false, true] {
        let mut cluster = Cluster::with(2, rules());
        let name = cluster.topic_at(1, "kept");
        let publisher = cluster.join(1, user("pub"));
        cluster.ask(publisher, None, publish(&name, "1"));
        let since = stands(&mut cluster, &name);
        cluster.ask(publisher, None, publish(&name, "2"));
        let mut old = cluster.join(0, user("ann"));
        let wish = Subscribe {
            since: Some(since),
            ack: acks,
            ..Subscribe::to(filter(&name))
        };
        cluster.say(old, 1, Command::Subscribe(wish));
        // Nor is it told when it comes back for the first time.
        for _ in 0..2 {
            cluster.vanish(old);
            let new = cluster.join(0, user("ann"));
            let wish = resume(&cluster, old, 0, &[(&name, 1)]);
            cluster.say(new, 7, wish);
            assert_eq!(cluster.hear(new), ["resumed #7 lost 0"]);
            old = new;
        }
        cluster.settle();
        let expected = [
            format!("subscribed {name} at 2 recovered"),
            format!("message {name} at 2: 2"),
        ];
        assert_eq!(cluster.hear(old), expected);
        let answer = if acks {
            "done #8"
        } else {
            "refused #8 not_subscribed"
        };
        assert_eq!(cluster.ask(old, 8, ack(&name, 2)), [answer]);
    }
}

#[test]
fn a_half_open_connection_is_fenced_off() {
    each(|cluster, last, name| {
        let old = cluster.join(0, user("ann"));
        cluster.ask(old, 1, subscribe(name));
        let new = cluster.join(last, user("ann"));
        let wish = resume(cluster, old, 0, &[(name, 0)]);
        let heard = cluster.ask(new, 7, wish);
        assert_eq!(heard[0], "resumed #7 lost 0");
        cluster.assert_closed(old, CloseReason::Resumed);
        let heard = cluster.ask(new, None, publish(name, "1"));
        assert_eq!(heard, [format!("message {name} at 1: 1")]);
        assert_eq!(cluster.hear(old), Vec::<String>::new());
    });
}

#[test]
fn nobody_goes_on_with_a_session_that_is_not_his() {
    each(|cluster, last, name| {
        let old = cluster.join(0, user("ann"));
        cluster.ask(old, 1, subscribe(name));
        let (ann, bob) = (
            cluster.join(last, user("ann")),
            cluster.join(last, user("bob")),
        );
        let refused = ["refused #1 not_resumable"];
        let forged = |connection: ConnectionId, secret| {
            Command::Resume(Box::new(Resume {
                session: SessionToken::new(connection, secret),
                received: 0,
                offsets: Vec::new(),
            }))
        };
        let id = cluster.id(old);
        for parked in [false, true] {
            // Another user's, with a secret that was guessed, of nobody, from a shard there is not.
            let foreign = resume(cluster, old, 0, &[]);
            assert_eq!(cluster.ask(bob, 1, foreign), refused);
            assert_eq!(cluster.ask(ann, 1, forged(id, 1)), refused);
            let nobody = ConnectionId::new(0, 99, 99);
            assert_eq!(cluster.ask(ann, 1, forged(nobody, 1)), refused);
            let nowhere = ConnectionId::new(60, 0, 0);
            assert_eq!(cluster.ask(ann, 1, forged(nowhere, 1)), refused);
            let own = resume(cluster, ann, 0, &[]);
            assert_eq!(cluster.ask(ann, 1, own), refused);
            if !parked {
                assert!(cluster.is_connected(old));
                cluster.vanish(old);
            }
        }
        // And the one whose it is goes on undisturbed.
        let wish = resume(cluster, old, 0, &[(name, 0)]);
        assert_eq!(cluster.ask(ann, 2, wish)[0], "resumed #2 lost 0");
        // Once only.
        let wish = resume(cluster, old, 0, &[]);
        assert_eq!(cluster.ask(ann, 1, wish), refused);
    });
}

#[test]
fn a_session_waits_so_long_and_no_longer() {
    each(|cluster, last, name| {
        let old = cluster.join(0, user("ann"));
        cluster.ask(old, 1, subscribe(name));
        cluster.vanish(old);
        assert_eq!(cluster.stats().sessions_parked, 1);
        cluster.pass(seconds(31));
        let stats = cluster.stats();
        assert_eq!(
            (stats.sessions_parked, stats.sessions_ended),
            (0, [0, 1, 0])
        );
        let new = cluster.join(last, user("ann"));
        let wish = resume(cluster, old, 0, &[]);
        assert_eq!(cluster.ask(new, 1, wish), ["refused #1 not_resumable"]);
    });
}

#[test]
fn whoever_said_goodbye_does_not_come_back() {
    each(|cluster, last, _| {
        let old = cluster.join(0, user("ann"));
        cluster.say_goodbye(old);
        cluster.settle();
        let new = cluster.join(last, user("ann"));
        let wish = resume(cluster, old, 0, &[]);
        assert_eq!(cluster.ask(new, 1, wish), ["refused #1 not_resumable"]);
        assert_eq!(cluster.stats().sessions_parked, 0);
    });
}

/// A client library that cannot read a frame answers with a close frame by itself, as RFC 6455
/// section 7.1.7 says; its direct messages were lost with the session.
#[test]
fn whoever_gave_up_a_broken_connection_comes_back() {
    each(|cluster, last, _| {
        let old = cluster.join(0, user("ann"));
        cluster.close(old, CloseCause::Failed);
        cluster.settle();
        let new = cluster.join(last, user("ann"));
        let wish = resume(cluster, old, 0, &[]);
        assert_eq!(cluster.ask(new, 1, wish), ["resumed #1 lost 0"]);
    });
}

#[test]
fn the_session_that_was_lost_first_makes_room() {
    let mut rules = rules();
    rules.limits.sessions = 2;
    let mut cluster = Cluster::with(1, rules);
    let lost: Vec<_> = (0..3).map(|_| cluster.join(0, user("ann"))).collect();
    for client in &lost {
        cluster.vanish(*client);
    }
    let stats = cluster.stats();
    assert_eq!(
        (stats.sessions_parked, stats.sessions_ended),
        (2, [0, 0, 1])
    );
    for (client, word) in lost.into_iter().zip(["refused", "resumed", "resumed"]) {
        let new = cluster.join(0, user("ann"));
        let wish = resume(&cluster, client, 0, &[]);
        assert!(cluster.ask(new, 1, wish)[0].starts_with(word));
    }
}

#[test]
fn direct_messages_come_once_whatever_the_way() {
    each(|cluster, last, _| {
        let sender = cluster.join(0, user("bob"));
        let old = cluster.join(0, user("ann"));
        let id = cluster.id(old);
        cluster.ask(sender, None, send_to_user("ann", "1"));
        cluster.ask(sender, None, send_to_connection(id, "2"));
        assert_eq!(cluster.hear(old).len(), 2);
        cluster.vanish(old);
        let done = ["done #9"];
        let to_connection = send_to_connection(id, "3");
        assert_eq!(cluster.ask(sender, 9, to_connection), done);
        let new = cluster.join(last, user("ann"));
        // This one reaches the new connection, and the old one's session too.
        cluster.ask(sender, None, send_to_user("ann", "4"));
        assert_eq!(cluster.hear(new), ["direct to user: 4"]);
        // The second was on its way when the connection was lost.
        let wish = resume(cluster, old, 1, &[]);
        let heard = cluster.ask(new, 1, wish);
        // What came before the answer was put aside, and comes again.
        let missed = [
            "direct to connection: 2",
            "direct to connection: 3",
            "direct to user: 4",
        ];
        assert_eq!(heard[0], "resumed #1 lost 0");
        assert_eq!(heard[1..], missed);
        // The count goes on: one before, three that were missed; the last of them is again.
        cluster.vanish(new);
        let again = cluster.join(0, user("ann"));
        let wish = resume(cluster, new, 3, &[]);
        let heard = cluster.ask(again, 1, wish);
        assert_eq!(heard[1..], missed[2..]);
    });
}

#[test]
fn what_is_not_kept_any_more_is_counted() {
    let mut rules = rules();
    rules.limits.session_messages = 2;
    let mut cluster = Cluster::with(1, rules);
    let sender = cluster.join(0, user("bob"));
    let old = cluster.join(0, user("ann"));
    cluster.vanish(old);
    for text in ["1", "2", "3", "4", "5"] {
        cluster.ask(sender, None, send_to_user("ann", text));
    }
    let new = cluster.join(0, user("ann"));
    let wish = resume(&cluster, old, 0, &[]);
    let heard = cluster.ask(new, 1, wish);
    assert_eq!(
        heard,
        [
            "resumed #1 lost 3",
            "direct to user: 4",
            "direct to user: 5"
        ]
    );
}

#[test]
fn what_was_not_acknowledged_comes_again() {
    each(|cluster, last, name| {
        let publisher = cluster.join(last, user("pub"));
        let old = cluster.join(0, user("ann"));
        cluster.ask(old, 1, subscribe_ack(name));
        for text in ["1", "2", "3"] {
            cluster.ask(publisher, None, publish(name, text));
        }
        assert_eq!(cluster.ask(old, 2, ack(name, 1)).last().unwrap(), "done #2");
        cluster.vanish(old);
        let new = cluster.join(last, user("ann"));
        // The client says it has seen all three, but it has dealt with one.
        let wish = resume(cluster, old, 0, &[(name, 3)]);
        let heard = cluster.ask(new, 1, wish);
        let again = [2, 3].map(|offset| format!("message {name} at {offset}: {offset}"));
        assert_eq!(heard[1], format!("subscribed {name} at 3 recovered"));
        assert_eq!(heard[2..], again);
        // Acknowledging goes on with the session.
        assert_eq!(cluster.ask(new, 2, ack(name, 3)), ["done #2"]);
        cluster.ask(new, None, unsubscribe(name));
        assert_eq!(
            cluster.ask(new, 3, ack(name, 3)),
            ["refused #3 not_subscribed"]
        );
    });
}

#[test]
fn acknowledgements_need_history() {
    let mut cluster = Cluster::with(1, rules());
    let client = cluster.join(0, user("ann"));
    let refused = ["refused #1 not_enabled"];
    assert_eq!(cluster.ask(client, 1, subscribe_ack("other")), refused);
    let refused = ["refused #2 bad_request"];
    assert_eq!(cluster.ask(client, 2, subscribe_ack("kept/+")), refused);
}

#[test]
fn a_topic_the_client_does_not_name_is_not_claimed_to_be_recovered() {
    each(|cluster, last, name| {
        let old = cluster.join(0, user("ann"));
        cluster.ask(old, 1, subscribe(name));
        cluster.ask(old, 2, subscribe("kept/#"));
        cluster.vanish(old);
        let new = cluster.join(last, user("ann"));
        let wish = resume(cluster, old, 0, &[]);
        let mut heard = cluster.ask(new, 1, wish);
        heard.sort();
        let mut expected = vec![
            "resumed #1 lost 0".to_owned(),
            format!("subscribed {name} at 0 missed some: no_position"),
            "subscribed kept/# missed some: no_position".to_owned(),
        ];
        expected.sort();
        assert_eq!(heard, expected);
        let unnamed = Recovery::Incomplete(Gap::NoPosition);
        assert_eq!(cluster.stats().recovered[unnamed.index()], 2);
    });
}

#[test]
fn what_the_new_token_does_not_allow_is_not_restored() {
    each(|cluster, last, name| {
        let old = cluster.join(0, user("ann"));
        cluster.ask(old, 1, subscribe(name));
        cluster.vanish(old);
        let new = cluster.join(last, able("ann", &[], &[]));
        let wish = resume(cluster, old, 0, &[(name, 0)]);
        let heard = cluster.ask(new, 1, wish);
        let expected = [
            "resumed #1 lost 0".to_owned(),
            format!("unsubscribed {name} permission_denied"),
        ];
        assert_eq!(heard, expected);
    });
}

#[test]
fn the_session_can_come_with_the_credentials() {
    each(|cluster, last, name| {
        let old = cluster.join(0, user("ann"));
        cluster.ask(old, 1, subscribe(name));
        cluster.ask(old, None, publish(name, "1"));
        cluster.vanish(old);
        let new = cluster.open(last, None);
        let Command::Connect { token, .. } = connect() else {
            panic!("connect connects")
        };
        let Command::Resume(wish) = resume(cluster, old, 0, &[(name, 0)]) else {
            panic!("resume resumes")
        };
        let connect = Command::Connect {
            token,
            resume: Some(wish),
            since: Vec::new(),
            subscribe: Vec::new(),
        };
        cluster.say(new, 1, connect);
        // The token asks for the topic as well: it is restored first, and not subscribed again.
        let principal = wirehub_model::Principal {
            auto_subscribe: [filter(name), filter("also/this")].into(),
            ..user("ann")
        };
        cluster.authenticate(new, Some(1), Ok(principal));
        cluster.settle();
        let heard = cluster.hear(new);
        assert_eq!(heard[..2], ["welcome #1 ann", "resumed #1 lost 0"]);
        let restored = format!("subscribed {name} at 1 recovered");
        let place = heard.iter().position(|line| *line == restored).unwrap();
        assert_eq!(heard[place + 1], format!("message {name} at 1: 1"));
        let all = heard.iter().filter(|line| line.starts_with("subscribed"));
        assert_eq!(all.count(), 2, "{heard:?}");
    });
}

#[test]
fn a_session_whose_new_connection_is_gone_goes_back() {
    let mut cluster = Cluster::with(2, rules());
    let old = cluster.join(0, user("ann"));
    cluster.ask(old, 1, subscribe("kept/a"));
    cluster.vanish(old);
    let new = cluster.join(1, user("ann"));
    let wish = resume(&cluster, old, 0, &[("kept/a", 0)]);
    cluster.say(new, 1, wish.clone());
    cluster.say_goodbye(new);
    cluster.settle();
    assert_eq!(cluster.stats().sessions_parked, 1);
    let again = cluster.join(1, user("ann"));
    assert_eq!(cluster.ask(again, 2, wish)[0], "resumed #2 lost 0");
}

/// The session is between two shards when it is asked for again.
#[test]
fn a_session_that_is_on_its_way_to_a_lost_connection_is_waited_for() {
    for shard_of_next in 0..3 {
        let mut cluster = Cluster::with(3, rules());
        let old = cluster.join(0, user("ann"));
        cluster.ask(old, 1, subscribe("kept/a"));
        cluster.vanish(old);
        let lost = cluster.join(1, user("ann"));
        let next = cluster.join(shard_of_next, user("ann"));
        cluster.settle();
        let wish = resume(&cluster, old, 0, &[("kept/a", 0)]);
        cluster.say(lost, 1, wish.clone());
        cluster.flush();
        cluster.carry(1, 0);
        cluster.flush();
        assert_eq!(cluster.on_the_way(0, 1), 1, "the session is on its way");
        cluster.say_goodbye(lost);
        cluster.say(next, 2, wish);
        cluster.flush();
        // Everything else is faster than what carries the session.
        while let Some((from, to)) = cluster.busy_pairs().into_iter().find(|way| *way != (0, 1)) {
            cluster.carry(from, to);
            cluster.flush();
        }
        cluster.settle();
        assert_eq!(cluster.hear(next)[..1], ["resumed #2 lost 0"]);
    }
}

/// The answers to the connections in between were lost, and so the client knows nothing of them.
#[test]
fn an_old_token_leads_to_where_the_session_went() {
    each(|cluster, last, name| {
        let sender = cluster.join(last, user("pub"));
        let old = cluster.join(0, user("ann"));
        cluster.ask(old, 1, subscribe(name));
        cluster.vanish(old);
        let wish = resume(cluster, old, 0, &[(name, 0)]);
        for (request, shard) in [(1, last), (2, 0), (3, last), (4, last)] {
            let next = cluster.join(shard, user("ann"));
            cluster.ask(sender, None, send_to_user("ann", &request.to_string()));
            let heard = cluster.ask(next, request, wish.clone());
            let resumed = format!("resumed #{request} lost 0");
            let place = heard.iter().position(|line| *line == resumed);
            // What came before the answer comes again after it.
            let after = &heard[place.unwrap()..];
            let letters = after.iter().filter(|line| line.starts_with("direct"));
            assert_eq!(letters.count() as u64, request, "{heard:?}");
            if request % 2 == 0 {
                cluster.vanish(next);
            }
        }
        // It proves nothing to anybody else, and is not good twice on one connection.
        let other = cluster.join(last, user("bob"));
        assert_eq!(
            cluster.ask(other, 5, wish.clone()),
            ["refused #5 not_resumable"]
        );
        cluster.pass(seconds(31));
        let late = cluster.join(last, user("ann"));
        assert_eq!(cluster.ask(late, 6, wish), ["refused #6 not_resumable"]);
    });
}

/// Its client could not tell it from the session that it asked for.
#[test]
fn a_connection_that_waits_for_a_session_leaves_none_behind() {
    each(|cluster, last, name| {
        let old = cluster.join(0, user("ann"));
        cluster.say_goodbye(old);
        cluster.settle();
        let (lost, used) = (cluster.join(0, user("ann")), cluster.join(0, user("ann")));
        for client in [lost, used] {
            let wish = resume(cluster, old, 0, &[]);
            assert_eq!(cluster.ask(client, 1, wish), ["refused #1 not_resumable"]);
        }
        cluster.ask(used, 2, subscribe(name));
        cluster.vanish(lost);
        cluster.vanish(used);
        let new = cluster.join(last, user("ann"));
        let wish = resume(cluster, lost, 0, &[]);
        assert_eq!(cluster.ask(new, 1, wish), ["refused #1 not_resumable"]);
        let wish = resume(cluster, used, 0, &[(name, 0)]);
        assert_eq!(cluster.ask(new, 2, wish)[0], "resumed #2 lost 0");
    });
}

#[test]
fn nothing_is_left_of_sessions_that_ended() {
    let mut cluster = Cluster::with(2, rules());
    for round in 0..3 {
        let old = cluster.join(0, user("ann"));
        cluster.ask(old, 1, subscribe("kept/a"));
        cluster.ask(old, None, send_to_user("ann", "x"));
        cluster.vanish(old);
        if round == 1 {
            let new = cluster.join(1, user("ann"));
            let wish = resume(&cluster, old, 1, &[]);
            cluster.ask(new, 1, wish);
            cluster.vanish(new);
        }
    }
    cluster.pass(seconds(3_000));
    let stats = cluster.stats();
    assert_eq!(
        (stats.sessions_parked, stats.subscriptions, stats.topics),
        (0, 0, 0)
    );
    for shard in 0..2 {
        assert_eq!(cluster.next_timeout(shard), None);
    }
}

use wirehub_core::{Input, Request};
use wirehub_model::{
    CloseReason, DirectId, ErrorCode, Limits, Namespace, Namespaces, Overflow, Refusal,
};

use crate::{
    cluster::{Client, Cluster, Rules},
    words::{connect, filter, message, publish, publish_about, subscribe, user},
};

/// `keep/#` closes who reads too slowly, `drop/#` lets go of what is oldest, `latest/#` of what has
/// a newer one with the same key.
fn cluster(outbox_bytes: usize) -> Cluster {
    let dropping = Namespace {
        overflow: Overflow::DropOldest,
        ..Namespace::new(filter("drop/#"))
    };
    let latest = Namespace {
        overflow: Overflow::Latest,
        ..Namespace::new(filter("latest/#"))
    };
    Cluster::with(
        1,
        Rules {
            limits: Limits {
                outbox_bytes,
                ..Limits::default()
            },
            namespaces: Namespaces::new(vec![dropping, latest], Namespace::new(filter("#"))),
            ..Rules::default()
        },
    )
}

/// A client that subscribes to everything and whose socket takes `room` bytes more.
fn slow(cluster: &mut Cluster, room: usize) -> Client {
    let client = cluster.join(0, user("slow"));
    cluster.ask(client, None, subscribe("#"));
    cluster.set_room(client, room);
    client
}

fn publish_all(cluster: &mut Cluster, publisher: Client, name: &str, count: u64) {
    for number in 1..=count {
        cluster.say(publisher, None, publish(name, &format!("{number:02}")));
    }
}

fn wake(cluster: &mut Cluster, client: Client) -> Vec<String> {
    cluster.set_room(client, usize::MAX);
    cluster.flush();
    cluster.hear(client)
}

#[test]
fn they_are_closed_after_the_frame_that_was_begun() {
    let mut cluster = cluster(100);
    let publisher = cluster.join(0, user("ann"));
    let reader = slow(&mut cluster, 7);
    publish_all(&mut cluster, publisher, "keep/1", 10);
    assert_eq!(cluster.heard_in_part(reader), b"message");
    assert_eq!(
        wake(&mut cluster, reader),
        ["message keep/1 at 1: 01", "close slow_consumer"]
    );
    cluster.say_goodbye(reader);
    let cause = wirehub_model::CloseCause::Server(CloseReason::SlowConsumer);
    assert_eq!(cluster.hung_up(reader), Some(cause));
    assert_eq!(cluster.stats().waiting_bytes, 0);
}

#[test]
fn or_lose_the_oldest_frames_but_never_a_part_of_one() {
    let mut cluster = cluster(100);
    let publisher = cluster.join(0, user("ann"));
    let reader = slow(&mut cluster, 7);
    publish_all(&mut cluster, publisher, "drop/1", 20);
    let heard = wake(&mut cluster, reader);
    assert_eq!(heard.first().unwrap(), "message drop/1 at 1: 01");
    assert_eq!(heard.last().unwrap(), "message drop/1 at 20: 20");
    assert_eq!(heard.len() as u64 + cluster.stats().dropped, 20);
    assert!(heard.len() >= 3, "{heard:?}");
}

#[test]
fn or_are_spared_what_a_newer_one_stands_for() {
    // Room for some twelve lines; there are four things to be told of.
    let mut cluster = cluster(360);
    let publisher = cluster.join(0, user("ann"));
    let reader = slow(&mut cluster, 7);
    for number in 1..=24 {
        for name in ["latest/1", "latest/2"] {
            cluster.say(
                publisher,
                None,
                publish_about(name, "a", &format!("a{number}")),
            );
            cluster.say(publisher, None, publish(name, &format!("-{number}")));
        }
    }
    let heard = wake(&mut cluster, reader);
    // The frame that was begun is ended, though a newer one stands for it.
    assert_eq!(heard.first().unwrap(), "message latest/1 at 1: a1");
    let newest = [
        "message latest/1 at 47: a24",
        "message latest/1 at 48: -24",
        "message latest/2 at 47: a24",
        "message latest/2 at 48: -24",
    ];
    assert_eq!(heard[heard.len() - 4..], newest);
    let stats = cluster.stats();
    assert_eq!(stats.dropped, 0);
    assert_eq!(heard.len() as u64 + stats.conflated, 96);
}

#[test]
fn what_may_be_dropped_never_closes_anybody() {
    // Not even one such frame fits.
    let mut cluster = cluster(20);
    let publisher = cluster.join(0, user("ann"));
    let reader = slow(&mut cluster, 0);
    publish_all(&mut cluster, publisher, "drop/1", 3);
    assert!(wake(&mut cluster, reader).is_empty());
    assert_eq!(cluster.stats().dropped, 3);
    publish_all(&mut cluster, publisher, "drop/1", 1);
    assert_eq!(cluster.hear(reader), ["message drop/1 at 4: 01"]);
}

#[test]
fn what_must_stay_pushes_out_what_may_go() {
    let mut cluster = cluster(100);
    let publisher = cluster.join(0, user("ann"));
    let reader = slow(&mut cluster, 0);
    publish_all(&mut cluster, publisher, "drop/1", 2);
    publish_all(&mut cluster, publisher, "keep/1", 3);
    let heard = wake(&mut cluster, reader);
    let kept = heard.iter().filter(|line| line.contains("keep/1")).count();
    assert_eq!(kept, 3, "{heard:?}");
    assert!(cluster.is_connected(reader));
}

#[test]
fn the_rest_of_the_room_notices_nothing() {
    let mut cluster = cluster(100);
    let publisher = cluster.join(0, user("ann"));
    let reader = slow(&mut cluster, 30);
    let good = cluster.join(0, user("bob"));
    cluster.ask(good, None, subscribe("keep/1"));
    publish_all(&mut cluster, publisher, "keep/1", 10);
    assert_eq!(cluster.hear(good).len(), 10);
    assert_eq!(
        wake(&mut cluster, reader).last().unwrap(),
        "close slow_consumer"
    );
}

#[test]
fn a_goodbye_that_finds_no_room_is_said_all_the_same() {
    let mut cluster = cluster(30);
    let publisher = cluster.join(0, user("ann"));
    let reader = slow(&mut cluster, 7);
    publish_all(&mut cluster, publisher, "keep/1", 2);
    let connection = cluster.id(reader);
    let reason = CloseReason::TooLarge;
    cluster.input(0, Input::Violation { connection, reason });
    let heard = wake(&mut cluster, reader);
    assert_eq!(heard, ["message keep/1 at 1: 01", "close slow_consumer"]);

    let reader = slow(&mut cluster, 7);
    publish_all(&mut cluster, publisher, "keep/1", 1);
    let connection = cluster.id(reader);
    cluster.input(0, Input::Violation { connection, reason });
    let heard = wake(&mut cluster, reader);
    assert_eq!(heard, ["message keep/1 at 3: 01", "close too_large"]);
}

#[test]
fn a_goodbye_after_an_answer_that_found_no_room_is_the_last_thing_said() {
    let mut cluster = cluster(10);
    let reader = cluster.open(0, None);
    cluster.set_room(reader, 0);
    cluster.say(reader, 1, connect());
    let refusal = Refusal::new(ErrorCode::Unauthorized, "no");
    cluster.authenticate(reader, Some(1), Err(refusal));
    let heard = wake(&mut cluster, reader);
    assert_eq!(heard, ["close unauthorized"]);
    cluster.say_goodbye(reader);
    assert!(!cluster.is_connected(reader));
}

#[test]
fn a_slot_that_overflowed_and_was_left_does_not_close_its_next_tenant() {
    let mut cluster = cluster(10);
    let reader = cluster.join(0, user("slow"));
    cluster.set_room(reader, 0);
    let message = message("far too long for the outbox");
    let to = wirehub_core::Recipient::Everyone;
    cluster.request(0, Request::tell(to, message, DirectId(1)));
    cluster.vanish(reader);
    let next = cluster.join(0, user("next"));
    assert_eq!(cluster.id(next).slot(), cluster.id(reader).slot());
    assert!(
        cluster
            .ask(next, 1, subscribe("a"))
            .contains(&"subscribed #1 at 0".to_owned())
    );
}

#[test]
fn waiting_bytes_are_what_waits() {
    let mut cluster = cluster(1_000);
    let publisher = cluster.join(0, user("ann"));
    let readers = [0, 5, 24].map(|room| slow(&mut cluster, room));
    publish_all(&mut cluster, publisher, "keep/1", 2);
    let line = "message keep/1 at 1: 01\n".len() as u64;
    assert_eq!(
        cluster.stats().waiting_bytes,
        2 * line + (2 * line - 5) + line
    );
    cluster.vanish(readers[0]);
    assert_eq!(wake(&mut cluster, readers[1]).len(), 2);
    assert_eq!(cluster.stats().waiting_bytes, line);
}

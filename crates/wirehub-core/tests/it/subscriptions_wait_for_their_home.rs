use crate::{
    cluster::Cluster,
    words::{publish, subscribe, unsubscribe, user},
};

/// Shard 0 with two clients, and a topic whose home is shard 1, where a publisher sits.
fn scene() -> (Cluster, [crate::cluster::Client; 3], String) {
    let mut cluster = Cluster::new(2);
    let name = cluster.topic_at(1, "a");
    let clients = [
        cluster.join(0, user("ann")),
        cluster.join(0, user("bob")),
        cluster.join(1, user("eve")),
    ];
    (cluster, clients, name)
}

#[test]
fn whose_position_covers_what_was_published_meanwhile() {
    let (mut cluster, [ann, _, eve], name) = scene();
    cluster.say(ann, 1, subscribe(&name));
    cluster.say(eve, None, publish(&name, "before"));
    cluster.carry(0, 1);
    cluster.say(eve, None, publish(&name, "after"));
    assert!(cluster.hear(ann).is_empty());
    cluster.settle();
    let message = format!("message {name} at 2: after");
    assert_eq!(cluster.hear(ann), ["subscribed #1 at 1", message.as_str()]);
}

#[test]
fn all_who_wait_are_answered_together() {
    let (mut cluster, [ann, bob, _], name) = scene();
    cluster.say(ann, 1, subscribe(&name));
    cluster.say(bob, 2, subscribe(&name));
    assert_eq!(cluster.on_the_way(0, 1), 1, "one question is enough");
    cluster.settle();
    assert_eq!(cluster.hear(ann), ["subscribed #1 at 0"]);
    assert_eq!(cluster.hear(bob), ["subscribed #2 at 0"]);
}

#[test]
fn who_leaves_meanwhile_gets_an_end_to_every_request() {
    let (mut cluster, [ann, bob, eve], name) = scene();
    cluster.say(ann, 1, subscribe(&name));
    cluster.say(bob, 2, subscribe(&name));
    cluster.say(ann, 3, unsubscribe(&name));
    assert_eq!(cluster.hear(ann), ["refused #1 not_subscribed", "done #3"]);
    cluster.settle();
    assert!(cluster.hear(ann).is_empty());
    assert_eq!(cluster.hear(bob), ["subscribed #2 at 0"]);
    cluster.ask(eve, None, publish(&name, "x"));
    assert!(cluster.hear(ann).is_empty());
}

#[test]
fn who_leaves_and_comes_back_is_answered_once_for_each_request() {
    let (mut cluster, [ann, bob, _], name) = scene();
    cluster.say(bob, 9, subscribe(&name));
    cluster.say(ann, 1, subscribe(&name));
    cluster.say(ann, 2, unsubscribe(&name));
    cluster.say(ann, 3, subscribe(&name));
    cluster.settle();
    assert_eq!(
        cluster.hear(ann),
        ["refused #1 not_subscribed", "done #2", "subscribed #3 at 0"]
    );
}

#[test]
fn who_vanishes_meanwhile_leaves_nothing_behind() {
    let (mut cluster, [ann, _, eve], name) = scene();
    cluster.say(ann, 1, subscribe(&name));
    cluster.say(ann, None, subscribe("a/+"));
    cluster.vanish(ann);
    cluster.settle();
    let stats = cluster.stats();
    assert_eq!((stats.subscriptions, stats.feeds), (0, 0));
    // The home knows as well: it sends nothing.
    cluster.say(eve, None, publish(&name, "x"));
    assert_eq!(cluster.on_the_way(1, 0), 0);
}

#[test]
fn a_feed_that_ended_and_began_again_takes_no_stale_answer() {
    let (mut cluster, [ann, bob, eve], name) = scene();
    cluster.say(ann, 1, subscribe(&name));
    cluster.carry(0, 1);
    // The answer to the first question is on its way, and so is a publication.
    cluster.say(eve, None, publish(&name, "one"));
    cluster.say(ann, 2, unsubscribe(&name));
    cluster.say(bob, 3, subscribe(&name));
    assert_eq!(cluster.on_the_way(1, 0), 2);
    cluster.carry(1, 0);
    assert!(
        cluster.hear(bob).is_empty(),
        "the answer is to another question"
    );
    cluster.carry(1, 0);
    assert!(
        cluster.hear(bob).is_empty(),
        "the publication belongs to the earlier feed"
    );

    cluster.say(eve, None, publish(&name, "two"));
    cluster.settle();
    // The home had not heard of the end when it sent "two": it is covered by the position.
    assert_eq!(cluster.hear(bob), ["subscribed #3 at 2"]);
    assert_eq!(cluster.hear(ann), ["refused #1 not_subscribed", "done #2"]);
    cluster.ask(eve, None, publish(&name, "three"));
    assert_eq!(cluster.hear(bob), [format!("message {name} at 3: three")]);
}

#[test]
fn a_filter_waits_for_the_homes_of_all_topics() {
    let mut cluster = Cluster::new(3);
    let ann = cluster.join(0, user("ann"));
    let near = cluster.topic_at(0, "a");
    let far = cluster.topic_at(1, "a");
    let publisher = cluster.join(1, user("eve"));
    cluster.say(ann, 1, subscribe("a/+"));
    cluster.carry(0, 1);
    cluster.carry(1, 0);
    cluster.say(ann, None, publish(&near, "near"));
    cluster.say(publisher, None, publish(&far, "far"));
    cluster.carry(1, 0);
    assert!(cluster.hear(ann).is_empty(), "shard 2 has not answered");
    cluster.settle();
    assert_eq!(cluster.hear(ann), ["subscribed #1"]);
    cluster.ask(publisher, None, publish(&far, "x"));
    assert_eq!(cluster.hear(ann), [format!("message {far} at 2: x")]);
}

#[test]
fn an_exact_subscription_does_not_hide_behind_a_filter() {
    let (mut cluster, [ann, bob, eve], name) = scene();
    cluster.ask(ann, None, subscribe("a/+"));
    cluster.say(bob, 1, subscribe(&name));
    cluster.say(eve, None, publish(&name, "one"));
    cluster.carry(1, 0);
    assert_eq!(cluster.hear(ann), [format!("message {name} at 1: one")]);
    assert!(cluster.hear(bob).is_empty());
    cluster.settle();
    assert_eq!(cluster.hear(bob), ["subscribed #1 at 1"]);
    cluster.ask(eve, None, publish(&name, "two"));
    let two = format!("message {name} at 2: two");
    assert_eq!(cluster.hear(ann), [two.as_str()]);
    assert_eq!(cluster.hear(bob), [two.as_str()]);
}

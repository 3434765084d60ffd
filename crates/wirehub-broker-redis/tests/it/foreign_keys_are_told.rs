use wirehub_broker::{BrokerError, Delivery};
use wirehub_model::HistoryPage;

use crate::scene::{KEEP, OnServer, text, topic};

/// Says something to the server that no hub says.
fn say(subject: &OnServer, words: &[&str]) {
    let _: redis::Value = subject.server.lock().unwrap().ask(words).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_stands_under_a_topic_is_named_and_does_not_hurt_others() {
    let subject = OnServer::fresh();
    let (a, _) = subject.attach("a").await;
    for (name, words) in [
        ("row", &["SET", "wirehub:topic:{row}:row", "x"][..]),
        ("hash", &["HSET", "wirehub:topic:{hash}:row", "x", "y"]),
        (
            "numbers",
            &[
                "HSET",
                "wirehub:topic:{numbers}:row",
                "epoch",
                "1",
                "offset",
                "x",
                "bytes",
                "0",
            ],
        ),
        ("stream", &["SET", "wirehub:topic:{stream}:history", "x"]),
        ("values", &["SET", "wirehub:topic:{values}:values", "x"]),
        ("names", &["SET", "wirehub:topic:{names}:names", "x"]),
    ] {
        say(&subject, words);
        let there = topic(name);
        let one = subject.append(&there, "1");
        let answer = a.append(vec![one.clone()]).await.unwrap().remove(0);
        assert!(
            matches!(answer, Err(BrokerError::Damaged { .. })),
            "{name}: {answer:?}"
        );
        let answer = a.open(there.clone(), KEEP).await;
        assert!(
            matches!(answer, Err(BrokerError::Damaged { .. })),
            "{name}: {answer:?}"
        );
        let answer = a.read(there, HistoryPage::Newest, 5).await;
        assert!(
            matches!(answer, Err(BrokerError::Damaged { .. })),
            "{name}: {answer:?}"
        );
        let good = subject.append(&topic("good"), "1");
        a.append(vec![one, good]).await.unwrap().remove(1).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_of_somebody_else_are_damage() {
    let subject = OnServer::fresh();
    let (a, _) = subject.attach("a").await;
    let there = topic("entry");
    let one = subject.append(&there, "1");
    let place = a
        .append(vec![one.clone()])
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    assert_eq!(place.position.offset.0, 1);
    say(
        &subject,
        &["XADD", "wirehub:topic:{entry}:history", "99-0", "it", "x"],
    );
    // The offset is not given away, since the next entry does not fit.
    for _ in 0..2 {
        let answer = a.append(vec![one.clone()]).await.unwrap().remove(0);
        assert!(
            matches!(answer, Err(BrokerError::Damaged { .. })),
            "{answer:?}"
        );
    }
    let answer = a.open(there, KEEP).await;
    assert!(
        matches!(answer, Err(BrokerError::Damaged { .. })),
        "{answer:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_say_in_our_channels_is_passed_over() {
    let subject = OnServer::fresh();
    let (a, inbox) = subject.attach("a").await;
    let there = topic("news");
    a.open(there.clone(), KEEP).await.unwrap();
    for channel in [
        "wirehub:topic:{news}:news",
        "wirehub:hub:{nodes}:inbox:a",
        "wirehub:hub:{nodes}:everyone",
    ] {
        for said in [
            "",
            "x",
            "P",
            "P1 2 a \u{9}",
            "F1 2",
            "M1 x a b",
            "Qa x y",
            "J",
            "L a b",
        ] {
            say(&subject, &["SPUBLISH", channel, said]);
        }
    }
    let one = subject.append(&there, "1");
    a.append(vec![one]).await.unwrap().remove(0).unwrap();
    match inbox.next_but_nodes().await {
        Delivery::Publication(record) => assert_eq!(text(&record), "1"),
        other => panic!("unexpected: {other:?}"),
    }
}

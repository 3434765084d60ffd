use std::time::Duration;

use rdkafka::{
    ClientConfig,
    producer::{BaseProducer, BaseRecord, Producer as _},
};

use crate::scene::{KEEP, OnCluster, append, attach, text, topic};

/// Somebody else writes into the topics of the hubs.
fn scribble(subject: &OnCluster) {
    let stranger: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", &subject.cluster.servers)
        .create()
        .unwrap();
    // A word of ours in a partition where its topic does not belong is nobody's either.
    let ours = b"\x01\x03\x01\x01\x01";
    for value in [
        &b""[..],
        b"hello",
        b"\x01",
        b"\x01\x00\x00",
        b"\x02anything",
        ours,
    ] {
        for partition in 0..4 {
            for key in ["good", "a b", "#", ""] {
                let record = BaseRecord::<_, _>::to("wirehub.publications").partition(partition);
                let is_at_home = value == ours && key == "good";
                if !is_at_home {
                    stranger.send(record.key(key).payload(value)).unwrap();
                }
            }
        }
        let record = BaseRecord::<str, _>::to("wirehub.cluster").partition(0);
        stranger.send(record.payload(value)).unwrap();
    }
    stranger.flush(Duration::from_secs(10)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_stands_in_the_topics_does_not_hurt() {
    let subject = OnCluster::fresh();
    let (a, inbox) = attach(&subject.kafka(), "a").await;
    let there = topic("good");
    a.open(there.clone(), KEEP).await.unwrap();
    for (offset, said) in [(1, "before"), (2, "after")] {
        let one = append(&subject, &there, said);
        let appended = a.append(vec![one]).await.unwrap().remove(0).unwrap();
        assert_eq!(appended.position.offset.0, offset);
        assert_eq!(text(&*inbox.next_record().await), said);
        scribble(&subject);
    }
    assert_eq!(a.nodes().await.unwrap().len(), 1);
    // Whoever reads it all later passes it over, too.
    let later = subject.another();
    let (b, _) = attach(&later, "b").await;
    let opened = b.open(there.clone(), KEEP).await.unwrap();
    assert_eq!(opened, a.open(there, KEEP).await.unwrap());
}

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::future::join;
use wirehub_broker::{Append, Broker as _, Link};
use wirehub_broker_nats::{ConnectError, NatsBroker, NatsSettings};

use crate::{
    nats_server::NatsServer,
    scene::{KEEP, append_at, attach, text, topic},
};

const EACH: usize = 100;

/// Three servers need a moment to agree on who leads; until then they say so.
fn connect(urls: &str) -> NatsBroker {
    let mut settings = NatsSettings::new(urls);
    settings.replicas = 3;
    loop {
        match NatsBroker::connect(settings.clone()) {
            Ok(broker) => return broker,
            Err(ConnectError::Stream(..) | ConnectError::Unreachable(_)) => {}
            Err(ConnectError::NoJetStream(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

fn publication(text: &str) -> Append {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    append_at(now, &topic("cluster/a"), text, KEEP)
}

/// Publishes texts; what is refused is published again, as long as that does no harm.
async fn publish(link: &dyn Link, name: &str) -> Vec<String> {
    let mut published = Vec::new();
    for number in 0..EACH {
        let text = format!("{name}{number}");
        loop {
            let answer = link.append(vec![publication(&text)]).await;
            match answer.map(|mut answers| answers.remove(0)) {
                Ok(Ok(_)) => break,
                Ok(Err(error)) | Err(error) => {
                    assert!(error.is_worth_a_retry(), "{error}");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
        published.push(text);
    }
    published
}

/// Hubs on different servers of a cluster share one order, and go on when a server is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hubs_on_servers_of_a_cluster_share_one_order() {
    let mut servers = NatsServer::cluster(3);
    let urls: Vec<String> = servers.iter().map(NatsServer::url).collect();
    let one = connect(&urls.join(","));
    let other = connect(&[&urls[1][..], &urls[2], &urls[0]].join(","));
    let (a, inbox_of_a) = attach(&one, "a").await;
    let (b, inbox_of_b) = attach(&other, "b").await;
    for link in [&a, &b] {
        link.open(topic("cluster/a"), KEEP).await.unwrap();
    }
    let mut heard = 0;
    for round in 0..2 {
        let publishing = async {
            let (a, b) = (&*a, &*b);
            let names = [format!("a{round}-"), format!("b{round}-")];
            join(publish(a, &names[0]), publish(b, &names[1])).await
        };
        let killing = async {
            if round == 1 {
                // The first hub is on it, and half of what is published now was published before.
                servers[0].kill();
            }
        };
        let ((of_a, of_b), ()) = join(publishing, killing).await;
        let mut missing: Vec<String> = [of_a, of_b].concat();
        // A publication whose answer was cut off may have its place already.
        while !missing.is_empty() {
            let (record, same) = (
                inbox_of_a.next_record().await,
                inbox_of_b.next_record().await,
            );
            heard += 1;
            assert_eq!(
                (record.position.offset.0, text(&record)),
                (heard, text(&same))
            );
            assert_eq!(record.position, same.position);
            missing.retain(|one| *one != text(&record));
        }
    }
    for broker in [one, other] {
        // The servers that are left have to agree on who leads.
        while broker.check().await.is_err() {}
        broker.shutdown().await.unwrap();
    }
}

use std::sync::mpsc::sync_channel;

use bytes::Bytes;
use tokio::runtime::Handle;
use wirehub_broker::{NodeName, conformance::Inbox, meeting::Ahead, stored::encode_entry};
use wirehub_model::{Epoch, Message, Offset, Payload};

use super::*;
use crate::{
    RedisSettings, command::Phrases, connector::Connector, keys::Keys, lane::Lane,
    surveyor::Surveyor, wire::Office,
};

const CHANNEL_EPOCH: u64 = 7;

/// A server that is never asked anything: the queues of its lanes are full.
fn overloaded() -> Arc<Server> {
    let mut settings = RedisSettings::new("redis://127.0.0.1:1");
    settings.bounds.queue = 1;
    let keys = Keys::new(&settings.prefix).unwrap();
    let connector = Arc::new(Connector::new(&settings).unwrap());
    let (_, layout) = Surveyor::new(Arc::clone(&connector));
    let office = Arc::new(Office {
        connector: Arc::clone(&connector),
        phrases: Phrases::new(&settings, &keys, Ahead::default()),
        is_cluster: false,
        replicas: 0,
        patience: settings.bounds.answer_timeout,
    });
    let lane = || {
        let (lane, dispatcher) = Lane::begin(Arc::clone(&office), Arc::clone(&layout), 1, 1);
        // It is not driven, and this one waits in it for ever.
        drop(lane.ask(Vec::new(), 0));
        (lane, dispatcher)
    };
    let ((topics, first), (nodes, second)) = (lane(), lane());
    // Whoever is gone answers with another error.
    Handle::current().spawn(async move {
        std::future::pending::<()>().await;
        drop((first, second));
    });
    let ahead = Ahead::default();
    Arc::new(Server::new(
        settings,
        keys,
        (connector, layout),
        (topics, nodes),
        ahead,
    ))
}

fn topic() -> Topic {
    Topic::parse("a").unwrap()
}

fn at(offset: u64) -> Position {
    Position {
        epoch: Epoch::new(CHANNEL_EPOCH),
        offset: Offset(offset),
    }
}

fn push(kind: PushKind, name: &str, said: Vec<u8>) -> Heard {
    let data = [name.as_bytes().to_vec(), said];
    let data = data.into_iter().map(Value::BulkString).collect();
    Heard::Push(PushInfo { kind, data })
}

/// What the server pushes of a publication.
fn publication(channel: &str, offset: u64) -> Heard {
    let mut said = format!("P{CHANNEL_EPOCH} {offset} other ").into_bytes();
    let record = Record {
        topic: topic(),
        position: at(offset),
        message: Message::of(Payload::Binary(Bytes::from_static(b"x"))),
        key: None,
        from: None,
        accepted_at: std::time::Duration::ZERO,
        expires_at: None,
        echo: true,
    };
    let entry = Entry {
        record: Arc::new(record),
        name: None,
    };
    encode_entry(&entry, &mut said);
    push(PushKind::SMessage, channel, said)
}

/// What was missed can often not be read yet when the server is there again: the connection for
/// that waits for longer than the one that hears. What comes meanwhile must not take its place.
#[tokio::test]
async fn what_follows_something_that_cannot_be_read_yet_waits_for_it() {
    let server = overloaded();
    let channel = server.keys.channel(&topic());
    let inbox = Inbox::new();
    let (sink, node) = (Arc::clone(&inbox), NodeName::parse("here").unwrap());
    let hearing = Hearing::new(server, Guest::new(node, sink, 1));
    let unread = Arc::clone(&hearing.unread);
    let (heard, pushes) = sync_channel(16);
    for said in [
        push(PushKind::SSubscribe, &channel, Vec::new()),
        Heard::Stands(topic(), at(4)),
        publication(&channel, 5),
        // The connection is lost and found; six and seven were published meanwhile.
        Heard::Lost(HashSet::from([Want::Channel(channel.clone())])),
        push(PushKind::SSubscribe, &channel, Vec::new()),
        publication(&channel, 8),
        publication(&channel, 9),
    ] {
        heard.send(said).unwrap();
    }
    drop(heard);
    hearing.run(&pushes);
    assert_eq!(inbox.next_record().await.position, at(5));
    assert!(inbox.take().is_none(), "something took the place of six");
    assert_eq!(unread.take(), HashSet::from([channel]));
}

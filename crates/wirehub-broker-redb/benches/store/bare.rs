//! The bare loop.

use std::{
    path::Path,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::JoinHandle,
};

use futures_util::future::BoxFuture;
use redb::{Database, TableDefinition};
use tokio::sync::oneshot;

use crate::{PAYLOAD, Subject, TOPICS};

const TABLE: TableDefinition<'_, (u64, u64), &[u8]> = TableDefinition::new("bytes");

/// Bytes that a stored publication has around its payload, as the store encodes it here.
const AROUND: usize = 14;

/// What the store takes at once, and so does the loop.
const GROUP: usize = 8_192;

/// The same cache as the store has.
const CACHE: usize = 64 * 1024 * 1024;

/// Bytes for a topic, and who waits for them to be safe.
type Bytes = (u64, Vec<u8>, oneshot::Sender<()>);

/// A thread that commits whatever waits.
pub(crate) struct Bare {
    sender: SyncSender<Bytes>,
    thread: JoinHandle<()>,
}

impl Bare {
    pub(crate) fn open(path: &Path) -> Self {
        let database = Database::builder()
            .set_cache_size(CACHE)
            .create(path)
            .unwrap();
        let (sender, receiver) = sync_channel(2 * GROUP);
        let thread = std::thread::spawn(move || work(&database, &receiver));
        Self { sender, thread }
    }
}

fn work(database: &Database, receiver: &Receiver<Bytes>) {
    let mut offsets = [0u64; TOPICS as usize];
    let mut waiting = Vec::new();
    while let Ok(first) = receiver.recv() {
        let transaction = database.begin_write().unwrap();
        {
            let mut table = transaction.open_table(TABLE).unwrap();
            let mut next = Some(first);
            while let Some((topic, bytes, reply)) = next {
                let offset = &mut offsets[topic as usize];
                *offset += 1;
                table.insert((topic, *offset), bytes.as_slice()).unwrap();
                waiting.push(reply);
                next = match waiting.len() {
                    GROUP => None,
                    _ => receiver.try_recv().ok(),
                };
            }
        }
        transaction.commit().unwrap();
        for reply in waiting.drain(..) {
            _ = reply.send(());
        }
    }
}

impl Subject for Bare {
    fn publish(&self, publisher: usize) -> BoxFuture<'static, ()> {
        let (reply, done) = oneshot::channel();
        let bytes = vec![publisher as u8; PAYLOAD + AROUND];
        let topic = publisher as u64 % TOPICS;
        self.sender.try_send((topic, bytes, reply)).unwrap();
        Box::pin(async { done.await.unwrap() })
    }

    fn end(self: Box<Self>) -> BoxFuture<'static, ()> {
        drop(self.sender);
        self.thread.join().unwrap();
        Box::pin(std::future::ready(()))
    }
}

use std::{fs, path::Path, sync::Arc};

use redb::{Database, TableDefinition};
use wirehub_broker::{
    Broker, BrokerError, ManualClock,
    conformance::{Ending, Subject},
};
use wirehub_broker_redb::{Disk, OpenError, RedbBroker, RedbSettings};

use crate::scene::{KEEP, OnDisk, topic};

fn open(path: &Path) -> Result<RedbBroker, OpenError> {
    RedbBroker::open(&RedbSettings::new(path))
}

/// The sentence that says why a path cannot be opened.
fn refusal(path: &Path) -> String {
    open(path).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn paths_that_lead_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let said = refusal(&folder.path().join("missing/store"));
    assert!(
        said.contains("directory") && said.contains("does not exist"),
        "{said}"
    );
    let said = refusal(folder.path());
    assert!(said.contains("is a directory"), "{said}");
    // Nothing is made where nothing can be opened.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn files_of_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let text = "not a store, but something that somebody needs\n".repeat(500);
    fs::write(&path, &text).unwrap();
    let said = refusal(&path);
    assert!(said.contains("is not a store of Wirehub"), "{said}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text, "it is left alone");

    let other = folder.path().join("other");
    let table: TableDefinition<'_, &str, &str> = TableDefinition::new("somebody");
    let database = Database::create(&other).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction
        .open_table(table)
        .unwrap()
        .insert("a", "b")
        .unwrap();
    transaction.commit().unwrap();
    drop(database);
    let said = refusal(&other);
    assert!(said.contains("is not a store of Wirehub"), "{said}");
}

#[test]
fn a_file_of_another_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let meta: TableDefinition<'_, &str, u64> = TableDefinition::new("wirehub.meta");
    for (format, words) in [
        (99, "format 99, and this Wirehub knows formats up to 2"),
        (1, "early"),
    ] {
        let database = Database::create(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        let mut table = transaction.open_table(meta).unwrap();
        table.insert("format", format).unwrap();
        drop(table);
        transaction.commit().unwrap();
        drop(database);
        let said = refusal(&path);
        assert!(said.contains(words), "{said}");
    }
}

#[tokio::test]
async fn a_file_that_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let first = open(&path).unwrap();
    let said = refusal(&path);
    assert!(said.contains("in use by another program"), "{said}");
    first.shutdown().await.unwrap();
    open(&path).unwrap();
}

/// Files cut off at any length, or with bytes changed: an error or what was stored, never a panic.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torn_file() {
    let subject = OnDisk::with(1, |settings| settings.check_on_open = true);
    let (link, _inbox) = subject.node("a").await;
    let there = topic("torn");
    for number in 0..20 {
        subject
            .publish(&link, &there, &number.to_string())
            .await
            .unwrap();
    }
    subject.restart(Ending::Orderly).await;
    subject.redb().shutdown().await.unwrap();
    let mut whole = Vec::new();
    subject.disk.scribble(|bytes| whole.clone_from(bytes));
    let open = || {
        let disk: Box<dyn Disk> = Box::new(subject.disk.clone());
        let clock = Arc::new(ManualClock::at(subject.wall()));
        RedbBroker::open_on(&subject.settings, disk, clock)
    };
    for part in 1..8 {
        subject
            .disk
            .scribble(|bytes| bytes.truncate(whole.len() * part / 8));
        let said = open().map(|_| ()).unwrap_err().to_string();
        assert!(said.contains("is damaged"), "{said}");
    }
    for seed in 0..whole.len() / 4096 {
        subject.disk.scribble(|bytes| {
            bytes.clone_from(&whole);
            let place = seed * 4096 + seed * 131 % 4096;
            bytes[place] ^= 0x55;
            bytes[place / 2] ^= 0xaa;
        });
        if let Ok(broker) = open() {
            broker.shutdown().await.unwrap();
        }
    }
}

/// One publication that cannot be read is an error of its topic; others go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_topic_is_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let broker = Arc::new(open(&path).unwrap());
    let (bad, good) = (topic("bad"), topic("good"));
    let subject = OnDisk::fresh();
    let name = || wirehub_broker::NodeName::parse("a").unwrap();
    let lease = std::time::Duration::from_secs(60);
    let sink = || wirehub_broker::conformance::Inbox::new();
    let link = broker.attach(name(), lease, sink()).await.unwrap();
    for there in [&bad, &good] {
        subject_publish(&subject, &link, there).await.unwrap();
    }
    broker.shutdown().await.unwrap();
    let records: TableDefinition<'_, (u64, u64), &[u8]> = TableDefinition::new("wirehub.records");
    let database = Database::create(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction
        .open_table(records)
        .unwrap()
        .insert((1, 1), [9u8, 9].as_slice())
        .unwrap();
    transaction.commit().unwrap();
    drop(database);
    let broker = open(&path).unwrap();
    let link = broker.attach(name(), lease, sink()).await.unwrap();
    let opened = link.open(bad.clone(), KEEP).await;
    assert!(matches!(&opened, Err(BrokerError::Damaged { topic, .. }) if *topic == bad));
    let answer = subject_publish(&subject, &link, &bad).await;
    let said = answer.unwrap_err().to_string();
    assert!(said.contains("its version 9 is not known"), "{said}");
    subject_publish(&subject, &link, &good).await.unwrap();
    assert_eq!(link.open(good, KEEP).await.unwrap().position.offset.0, 2);
}

/// Publishes with the time of the machine.
async fn subject_publish(
    subject: &OnDisk,
    link: &Arc<dyn wirehub_broker::Link>,
    there: &wirehub_model::Topic,
) -> Result<wirehub_broker::Appended, BrokerError> {
    let mut one = subject.append(there, "text");
    one.accepted_at = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    link.append(vec![one]).await.unwrap().remove(0)
}

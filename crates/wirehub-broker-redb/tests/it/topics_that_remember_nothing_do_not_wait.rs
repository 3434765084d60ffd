use wirehub_broker::{Broker, BrokerError, Retention};

use crate::scene::{KEEP, OnDisk, text, topic};

/// A topic that remembers nothing is neither written nor held up by those that are, and the end of
/// the disk does not concern it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_that_remember_nothing_do_not_wait() {
    let subject = OnDisk::fresh();
    let (link, inbox) = subject.node("a").await;
    let (fleeting, kept) = (topic("fleeting"), topic("kept"));
    let mut nothing: Retention = KEEP;
    nothing.history.size = 0;
    link.open(fleeting.clone(), nothing).await.unwrap();
    let mut word = subject.append(&fleeting, "1");
    word.retention = nothing;
    link.append(vec![word.clone()])
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    assert_eq!(subject.stats().await.commits, 0);

    subject.disk.fail(Some(std::io::ErrorKind::StorageFull));
    let batch = vec![subject.append(&kept, "2"), word];
    let answers = link.append(batch).await.unwrap();
    assert!(matches!(answers[0], Err(BrokerError::NotStored { .. })));
    assert_eq!(answers[1].as_ref().unwrap().position.offset.0, 2);
    assert!(subject.redb().check().await.is_err());
    assert_eq!(text(&*inbox.next_record().await), "1");
    let second = inbox.next_record().await;
    let opened = link.open(fleeting, nothing).await.unwrap();
    assert_eq!(second.position, opened.position, "its epoch stays");
}

//! Reading a topic's history.

use wirehub_model::{Epoch, Gap, HistoryPage, Position};

use super::{
    Subject,
    scene::{history, node, offset, offsets, publish_numbers, topic},
};

/// Pages follow each other without a gap in both directions.
pub async fn pages_go_both_ways(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("pages/ways");
    publish_numbers(subject, &a.link, &there, 1..=10, history(7)).await;
    let read = |page, limit| a.link.read(there.clone(), page, limit);

    let newest = read(HistoryPage::Newest, 3).await.unwrap();
    assert_eq!(
        (offsets(&newest.records), newest.more),
        (vec![8, 9, 10], true)
    );
    assert_eq!((newest.position.offset, newest.gap), (offset(10), None));
    let at = |number| Position {
        epoch: newest.position.epoch,
        offset: offset(number),
    };

    let before = read(HistoryPage::Before(at(8)), 3).await.unwrap();
    assert_eq!(
        (offsets(&before.records), before.more),
        (vec![5, 6, 7], true)
    );
    let before = read(HistoryPage::Before(at(5)), 3).await.unwrap();
    assert_eq!((offsets(&before.records), before.more), (vec![4], false));
    let before = read(HistoryPage::Before(at(4)), 3).await.unwrap();
    assert_eq!((offsets(&before.records), before.more), (vec![], false));
    let before = read(HistoryPage::Before(at(11)), 2).await.unwrap();
    assert_eq!((offsets(&before.records), before.more), (vec![9, 10], true));

    let after = read(HistoryPage::After(at(3)), 4).await.unwrap();
    assert_eq!(
        (offsets(&after.records), after.more),
        (vec![4, 5, 6, 7], true)
    );
    let after = read(HistoryPage::After(at(7)), 4).await.unwrap();
    assert_eq!(
        (offsets(&after.records), after.more),
        (vec![8, 9, 10], false)
    );
    let after = read(HistoryPage::After(at(10)), 4).await.unwrap();
    assert_eq!(
        (offsets(&after.records), after.more, after.gap),
        (vec![], false, None)
    );
    let none = read(HistoryPage::Newest, 0).await.unwrap();
    assert_eq!((offsets(&none.records), none.more), (vec![], true));
}

/// A position that does not fit is answered with the reason.
pub async fn positions_that_do_not_fit_say_why(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("pages/gaps");
    publish_numbers(subject, &a.link, &there, 1..=10, history(3)).await;
    let read = |page| a.link.read(there.clone(), page, 100);
    let epoch = read(HistoryPage::Newest).await.unwrap().position.epoch;
    let at = |number| Position {
        epoch,
        offset: offset(number),
    };

    let expired = read(HistoryPage::After(at(6))).await.unwrap();
    assert_eq!(expired.gap, Some(Gap::Expired));
    assert_eq!(offsets(&expired.records), [8, 9, 10]);
    for number in [11, u64::MAX] {
        let future = read(HistoryPage::After(at(number))).await.unwrap();
        assert_eq!(future.gap, Some(Gap::Future));
        assert!(future.records.is_empty() && !future.more);
    }
    let future = read(HistoryPage::Before(at(u64::MAX))).await.unwrap();
    assert_eq!(future.gap, Some(Gap::Future));
    let elsewhere = Position {
        epoch: Epoch::new(epoch.number() ^ 1),
        offset: offset(9),
    };
    for page in [
        HistoryPage::After(elsewhere),
        HistoryPage::Before(elsewhere),
    ] {
        let unknown = read(page).await.unwrap();
        assert_eq!(unknown.gap, Some(Gap::UnknownEpoch));
        assert!(unknown.records.is_empty() && !unknown.more);
    }
    let other = a.link.read(topic("pages/nowhere"), HistoryPage::Newest, 9);
    let nothing = other.await.unwrap();
    assert!(nothing.records.is_empty() && !nothing.more);
    assert_eq!(nothing.position.offset, offset(0));
}

use std::time::Duration;

use proptest::prelude::*;
use wirehub_model::{
    Epoch, HistoryPage, HistoryRules, Key, Message, Offset, Payload, Publisher, Topic, TopicFilter,
};

use super::*;

const EPOCH: Epoch = Epoch::new(7);

fn at(seconds: u64) -> Moment {
    Moment::ZERO + Duration::from_secs(seconds)
}

fn place(offset: u64) -> Position {
    Position {
        epoch: EPOCH,
        offset: Offset(offset),
    }
}

fn publication(offset: u64, key: Option<&str>, text: &str) -> Arc<Publication> {
    Arc::new(Publication {
        topic: Topic::parse("t").unwrap(),
        message: Message::of(Payload::Json(text.to_owned().into())),
        key: key.map(|key| Key::parse(key).unwrap()),
        position: place(offset),
        from: None,
        accepted_at: at(offset),
        expires_at: None,
        trace: None,
    })
}

fn rules(size: usize, ttl: u64, bytes: usize) -> Namespace {
    Namespace {
        history: HistoryRules {
            size,
            ttl: Duration::from_secs(ttl),
            bytes,
        },
        ..Namespace::new(TopicFilter::everything())
    }
}

/// A stream in which one publication a second said its own offset.
fn said(count: u64, rules: &Namespace) -> Stream {
    let mut stream = Stream::default();
    for offset in 1..=count {
        let publication = publication(offset, None, &offset.to_string());
        stream.push(at(offset), &publication, rules);
    }
    stream
}

fn offsets<'a>(publications: impl IntoIterator<Item = &'a Arc<Publication>>) -> Vec<u64> {
    let publications = publications.into_iter();
    publications.map(|found| found.position.offset.0).collect()
}

fn missed(stream: &Stream, since: u64, end: u64) -> Result<Vec<u64>, Gap> {
    let missed = stream.missed(place(since), place(end), 100, 1_000)?;
    Ok(offsets(&missed))
}

#[test]
fn gives_exactly_what_was_missed_or_says_why_not() {
    let stream = said(10, &rules(4, 100, 1_000));
    assert_eq!(missed(&stream, 10, 10), Ok(vec![]));
    assert_eq!(missed(&stream, 8, 10), Ok(vec![9, 10]));
    assert_eq!(missed(&stream, 6, 10), Ok(vec![7, 8, 9, 10]));
    assert_eq!(missed(&stream, 5, 10), Err(Gap::Expired));
    assert_eq!(missed(&stream, 11, 10), Err(Gap::Future));
    let elsewhere = Position {
        epoch: Epoch::new(8),
        offset: Offset(10),
    };
    let unknown = stream.missed(elsewhere, place(10), 100, 1_000);
    assert_eq!(unknown.err(), Some(Gap::UnknownEpoch));
}

#[test]
fn gives_no_more_at_once_than_it_may() {
    let stream = said(10, &rules(10, 100, 1_000));
    let ask = |most, bytes| stream.missed(place(0), place(10), most, bytes).err();
    assert_eq!(ask(10, 11), None);
    assert_eq!(ask(9, 11), Some(Gap::TooMuch));
    assert_eq!(ask(10, 10), Some(Gap::TooMuch));
}

#[test]
fn keeps_to_all_three_bounds() {
    assert_eq!(
        offsets(
            said(5, &rules(2, 100, 100))
                .log
                .page(HistoryPage::Newest, 9)
                .0
                .iter()
        ),
        [4, 5]
    );
    assert_eq!(
        offsets(
            said(5, &rules(9, 2, 100))
                .log
                .page(HistoryPage::Newest, 9)
                .0
                .iter()
        ),
        [4, 5]
    );
    assert_eq!(
        offsets(
            said(5, &rules(9, 100, 3))
                .log
                .page(HistoryPage::Newest, 9)
                .0
                .iter()
        ),
        [3, 4, 5]
    );
    let mut stream = said(5, &rules(9, 100, 100));
    stream.trim(at(104), &rules(9, 100, 100));
    assert_eq!(
        offsets(stream.log.page(HistoryPage::Newest, 9).0.iter()),
        [5]
    );
    assert_eq!(stream.due(&rules(9, 100, 100)), Some(at(105)));
    stream.trim(at(105), &rules(9, 100, 100));
    assert!(stream.is_empty());
    assert_eq!(stream.weight(), 0);
}

#[test]
fn history_that_was_switched_off_leaves_no_gap_behind() {
    let (on, off) = (rules(9, 100, 100), rules(0, 100, 100));
    let mut stream = said(3, &on);
    stream.push(at(4), &publication(4, None, "4"), &off);
    stream.push(at(5), &publication(5, None, "5"), &on);
    assert_eq!(missed(&stream, 4, 5), Ok(vec![5]));
    assert_eq!(missed(&stream, 3, 5), Err(Gap::Expired));
}

#[test]
fn pages_both_ways() {
    let stream = said(10, &rules(6, 100, 100));
    let page = |page, limit| {
        let (found, more) = stream.log.page(page, limit);
        (offsets(&found), more)
    };
    assert_eq!(page(HistoryPage::Newest, 2), (vec![9, 10], true));
    assert_eq!(page(HistoryPage::Oldest, 2), (vec![5, 6], true));
    assert_eq!(
        page(HistoryPage::Newest, 6),
        (vec![5, 6, 7, 8, 9, 10], false)
    );
    assert_eq!(page(HistoryPage::Before(place(9)), 2), (vec![7, 8], true));
    assert_eq!(page(HistoryPage::Before(place(7)), 9), (vec![5, 6], false));
    assert_eq!(page(HistoryPage::After(place(0)), 2), (vec![5, 6], true));
    assert_eq!(page(HistoryPage::After(place(8)), 9), (vec![9, 10], false));
    assert_eq!(page(HistoryPage::After(place(10)), 9), (vec![], false));
}

#[test]
fn the_last_value_of_each_key_is_kept() {
    let keyed = Namespace {
        keys: 2,
        ..rules(0, 1, 1)
    };
    let mut stream = Stream::default();
    let said = [
        ("a", "1"),
        ("b", "2"),
        ("a", "3"),
        ("c", "4"),
        ("c", " null "),
    ];
    for (offset, (key, text)) in (1..).zip(said) {
        stream.push(at(offset), &publication(offset, Some(key), text), &keyed);
        if offset == 4 {
            // `b` had to go, for there is room for two.
            assert_eq!(offsets(&stream.values.all(at(4), &keyed)), [3, 4]);
        }
    }
    assert_eq!(offsets(&stream.values.all(at(5), &keyed)), [3]);
    assert_eq!(stream.values.len(), 1);
}

#[test]
fn the_last_value_of_all_is_kept_until_it_is_too_old() {
    let retained = Namespace {
        retained: true,
        retained_ttl: Some(Duration::from_secs(10)),
        ..rules(0, 1, 1)
    };
    let mut stream = said(3, &retained);
    assert_eq!(offsets(&stream.values.all(at(12), &retained)), [3]);
    assert_eq!(stream.values.all(at(13), &retained), []);
    assert!(stream.due(&retained) <= Some(at(13)));
    stream.trim(at(13), &retained);
    assert!(stream.is_empty());
}

#[test]
fn a_retry_is_found_by_its_owner_only_and_in_time() {
    let receipt = |from: Option<&str>| {
        let from = from.map(|user| Publisher {
            user: Some(wirehub_model::UserId::parse(user).unwrap()),
            connection: wirehub_model::ConnectionId::new(0, 0, 0),
            info: None,
        });
        Receipt::new(from.as_ref(), Key::parse("k").unwrap())
    };
    let mut stream = Stream::default();
    let receipts = &mut stream.receipts;
    receipts.push(at(10), receipt(Some("ann")), place(1), 2);
    assert_eq!(receipts.find(at(9), &receipt(Some("ann"))), Some(place(1)));
    assert_eq!(receipts.find(at(9), &receipt(Some("bob"))), None);
    assert_eq!(receipts.find(at(9), &receipt(None)), None);
    assert_eq!(receipts.find(at(10), &receipt(Some("ann"))), None);
    // It comes again before the old one was forgotten.
    receipts.push(at(20), receipt(Some("ann")), place(2), 2);
    receipts.trim(at(10));
    assert_eq!(receipts.find(at(11), &receipt(Some("ann"))), Some(place(2)));
    // Two are remembered.
    receipts.push(at(20), receipt(Some("bob")), place(3), 2);
    receipts.push(at(20), receipt(None), place(4), 2);
    assert_eq!(receipts.find(at(11), &receipt(Some("ann"))), None);
    receipts.trim(at(20));
    assert!(receipts.is_empty());
}

proptest! {
    /// Whatever is said, the account of memory is that of what is there.
    #[test]
    fn weighs_what_it_holds(
        steps in prop::collection::vec((0..3_usize, 0..4_usize, 0..40_usize, 0..5_u64), 1..60),
    ) {
        let keyed = Namespace { keys: 2, retained: true, ..rules(3, 5, 60) };
        let mut stream = Stream::default();
        let (mut now, mut offset) = (0, 0);
        for (kind, key, size, pause) in steps {
            now += pause;
            if kind == 0 {
                stream.trim(at(now), &keyed);
            } else {
                offset += 1;
                let key = ["a", "b", "c"].get(key).copied();
                let text = if size == 0 { "null".to_owned() } else { "1".repeat(size) };
                let mut publication = publication(offset, key, &text);
                Arc::make_mut(&mut publication).accepted_at = at(now);
                stream.push(at(now), &publication, &keyed);
            }
            let (log, _) = stream.log.page(HistoryPage::Newest, 100);
            let sum: usize = log.iter().map(|found| weight(found)).sum();
            prop_assert_eq!(stream.log.weight(), sum);
            prop_assert!(log.len() <= 3 && stream.values.len() <= 3);
            let values = stream.values.all(Moment::ZERO, &keyed);
            let least: usize = values.iter().map(|found| weight(found)).sum();
            prop_assert!((least..=2 * least).contains(&stream.values.weight()));
        }
    }
}

use proptest::{collection::vec, prelude::*};

use super::*;

fn page() -> LogPage {
    let rules = Retention {
        history: HistoryRules {
            size: 100,
            ttl: Duration::from_secs(60),
            bytes: 1_000,
        },
        retained: true,
        keys: 7,
        retained_ttl: Some(Duration::from_millis(1_500)),
        idempotency_ttl: Duration::MAX,
    };
    let mut row = TopicRow::new(Epoch::new(u64::MAX), rules);
    row.position.offset = Offset(300);
    row.bytes = 9_000;
    row.mark = Mark {
        number: 12,
        offset: Offset(3),
        bytes: 7,
    };
    LogPage {
        id: 99,
        kind: PageKind::Said,
        node: NodeName::parse("eu-1").unwrap(),
        row,
        publications: vec![
            LogEntry {
                publication: Bytes::from_static(b"a"),
                name: Some((
                    Idempotency {
                        scope: "user".into(),
                        key: Key::parse("n").unwrap(),
                    },
                    Duration::new(9, 1),
                )),
            },
            LogEntry {
                publication: Bytes::new(),
                name: None,
            },
        ],
    }
}

#[test]
fn pages_come_back_whole() {
    let mut bare = page();
    (bare.kind, bare.publications) = (PageKind::Forgot, Vec::new());
    bare.row.rules.retained_ttl = None;
    for page in [page(), bare] {
        assert_eq!(LogPage::decode(&page.encode().into()), Ok(page));
    }
    let page = page();
    let places: Vec<_> = page.places().map(|(place, _)| place.offset.0).collect();
    assert_eq!((page.first(), places), (Offset(299), vec![299, 300]));
}

#[test]
fn what_does_not_fit_is_refused() {
    let bad = |change: fn(&mut LogPage)| {
        let mut page = page();
        change(&mut page);
        LogPage::decode(&page.encode().into()).unwrap_err()
    };
    assert_eq!(
        bad(|page| page.row.position.offset = Offset(1)),
        DecodeError::Invalid("row")
    );
    assert_eq!(
        bad(|page| page.publications.clear()),
        DecodeError::Invalid("publications")
    );
    assert_eq!(
        bad(|page| page.kind = PageKind::Stands),
        DecodeError::Invalid("publications")
    );
    let mut newer = page().encode();
    newer[0] = 2;
    assert_eq!(LogPage::decode(&newer.into()), Err(DecodeError::Version(2)));
}

#[test]
fn what_was_not_kept_does_not_come_back() {
    let mut row = page().row;
    let less = Retention {
        history: HistoryRules {
            size: 10,
            ..row.rules.history
        },
        ..row.rules
    };
    let more = row.rules;
    row.keep(less);
    assert_eq!(row.begins, Offset(290));
    row.keep(more);
    assert_eq!(row.begins, Offset(290));
}

proptest! {
    #[test]
    fn any_bytes_are_a_page_or_an_error(mut bytes in vec(any::<u8>(), 0..200), versioned: bool) {
        if versioned && let Some(first) = bytes.first_mut() {
            *first = VERSION;
        }
        if let Ok(page) = LogPage::decode(&bytes.clone().into()) {
            prop_assert_eq!(page.encode(), bytes);
        }
    }
}

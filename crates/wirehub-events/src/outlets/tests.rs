use wirehub_core::OccurrenceKind;
use wirehub_model::{Topic, TopicFilter};

use super::*;
use crate::{Journal, JournalSettings};

fn occupied(topic: &str) -> Occurrence {
    Occurrence::Occupied(Topic::parse(topic).unwrap())
}

#[test]
fn a_hub_tells_what_anybody_wants() {
    let folder = tempfile::tempdir().unwrap();
    let mut outlets = Outlets::new(Source::new("n", 1));
    assert_eq!(outlets.wanted(), OccurrenceKinds::NONE);
    for kind in [OccurrenceKind::Connected, OccurrenceKind::Joined] {
        let settings = JournalSettings::new(folder.path().join(kind.name()));
        let selection = Selection::of(OccurrenceKinds::NONE.with(kind), Vec::new());
        let journal = Arc::new(Journal::open(settings).unwrap());
        outlets.add(OutletSettings::new(kind.name(), selection), journal);
    }
    let both = OccurrenceKinds::from_iter([OccurrenceKind::Connected, OccurrenceKind::Joined]);
    assert_eq!(outlets.wanted(), both);
    let vacated = OccurrenceKinds::NONE.with(OccurrenceKind::Vacated);
    let few = outlets.tail(Selection::of(vacated, Vec::new()));
    assert_eq!(outlets.wanted(), both.and(vacated));
    let all = outlets.tail(Selection::everything());
    assert_eq!(outlets.wanted(), OccurrenceKinds::ALL);
    drop(all);
    assert_eq!(outlets.wanted(), both.and(vacated));
    drop(few);
    assert_eq!(outlets.wanted(), both);
    let names: Vec<_> = outlets
        .stats()
        .into_iter()
        .map(|stats| stats.name)
        .collect();
    assert_eq!(names, ["connected", "member_joined"]);
}

#[tokio::test]
async fn who_looks_on_hears_what_it_selected_and_how_much_it_missed() {
    let outlets = Outlets::new(Source::new("n", 1));
    let mut tail = outlets.tail(Selection::of(
        OccurrenceKinds::ALL,
        vec![TopicFilter::parse("room/#").unwrap()],
    ));
    outlets.tell(SystemTime::UNIX_EPOCH, occupied("news"));
    outlets.tell(SystemTime::UNIX_EPOCH, occupied("room/1"));
    let heard = tail.next().await.unwrap().unwrap();
    assert_eq!(heard.topic().unwrap().as_str(), "room/1");
    for _ in 0..TAIL + 5 {
        outlets.tell(SystemTime::UNIX_EPOCH, occupied("room/2"));
    }
    assert_eq!(tail.next().await.unwrap().unwrap_err(), 5);
    assert!(tail.next().await.unwrap().is_ok());
    drop(outlets);
    while let Some(heard) = tail.next().await {
        heard.unwrap();
    }
}

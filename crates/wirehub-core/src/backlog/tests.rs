use proptest::prelude::*;

use super::*;

/// A frame whose text tells its number and its subject.
fn text(number: usize, subject: u64) -> String {
    format!("<{number}:{subject}>")
}

fn push(backlog: &mut Backlog, number: usize, subject: u64, limit: usize) -> Gone {
    let text = text(number, subject);
    let piece = Piece {
        bytes: text.as_bytes(),
        begun: false,
        patience: Patience {
            droppable: subject != 0,
            subject,
            ..Patience::default()
        },
    };
    backlog.push(&piece, limit).unwrap()
}

fn left(backlog: &Backlog) -> String {
    let (front, back) = backlog.slices();
    String::from_utf8([front, back].concat()).unwrap()
}

/// The newest frame of each subject, those without one, and the first when it was begun.
fn newest(frames: &[(usize, u64)], begun: bool) -> Vec<(usize, u64)> {
    let is_newest = |place: usize, subject: u64| {
        let later = &frames[place + 1..];
        !later.iter().any(|(_, other)| *other == subject)
    };
    let kept = frames.iter().enumerate().filter(|(place, (_, subject))| {
        (begun && *place == 0) || *subject == 0 || is_newest(*place, *subject)
    });
    kept.map(|(_, frame)| *frame).collect()
}

fn is_suffix_order(part: &str, whole: &str) -> bool {
    let mut rest = whole.split_inclusive('>');
    part.split_inclusive('>')
        .all(|frame| rest.any(|other| other.ends_with(frame)))
}

proptest! {
    #[test]
    fn what_is_looked_through_is_the_newest_of_each_subject(
        subjects in prop::collection::vec(0_u64..6, 1..200),
        begun in any::<bool>(),
    ) {
        let mut backlog = Backlog::default();
        let mut frames = Vec::new();
        let mut conflated = 0;
        for (number, subject) in subjects.iter().enumerate() {
            conflated += push(&mut backlog, number, *subject, usize::MAX).conflated;
            frames.push((number, *subject));
            if number == 0 && begun {
                backlog.consume(1);
            }
        }
        conflated += backlog.conflate();
        let expected = newest(&frames, begun);
        prop_assert_eq!(conflated as usize, frames.len() - expected.len());
        let said: String = expected
            .into_iter()
            .map(|(number, subject)| text(number, subject))
            .collect();
        let skipped = usize::from(begun);
        prop_assert_eq!(left(&backlog), &said[skipped..]);
    }

    #[test]
    fn the_newest_of_each_subject_outlives_a_full_backlog(
        subjects in prop::collection::vec(1_u64..6, 1..400),
        limit in 64_usize..400,
    ) {
        let mut backlog = Backlog::default();
        let mut said = String::new();
        let mut gone = Gone::default();
        for (number, subject) in subjects.iter().enumerate() {
            let more = push(&mut backlog, number, *subject, limit);
            gone.dropped += more.dropped;
            gone.conflated += more.conflated;
            said += &text(number, *subject);
            prop_assert!(backlog.len() <= limit);
        }
        let left = left(&backlog);
        let frames = left.matches('<').count() as u32;
        prop_assert_eq!(frames + gone.dropped + gone.conflated, subjects.len() as u32);
        prop_assert!(is_suffix_order(&left, &said));
        // The frames of five subjects fit, so only what had a newer one went.
        let all: Vec<_> = subjects.iter().copied().enumerate().collect();
        for (number, subject) in newest(&all, false) {
            prop_assert!(left.contains(&text(number, subject)), "{left} lacks {number}");
        }
    }
}

#[test]
fn a_storm_about_few_things_is_looked_through_seldom() {
    let mut backlog = Backlog::default();
    let mut most = 0;
    for number in 0..10_000 {
        let gone = push(&mut backlog, number, 1 + number as u64 % 3, usize::MAX);
        most = most.max(backlog.frames.len());
        assert!(gone.conflated == 0 || gone.conflated as usize >= FEW - 3);
    }
    assert!(most <= 2 * FEW, "{most} frames wait about three things");
}

#[test]
fn a_backlog_full_of_different_things_drops_the_oldest() {
    let mut backlog = Backlog::default();
    let mut looked_through = 0;
    for number in 0..1_000 {
        push(&mut backlog, number, 1 + number as u64, 400);
        looked_through += usize::from(backlog.fresh == 0);
    }
    assert!(left(&backlog).ends_with(&text(999, 1_000)));
    // Each look at some forty frames is paid for by several newcomers.
    assert!(looked_through < 250, "{looked_through}");
}

use std::time::Duration;

use wirehub_load::{Quick, QuickForm};

use super::*;
use crate::commands::load::written;

fn faults(text: &str) -> String {
    read("mine.toml", text).unwrap_err().to_string()
}

#[test]
fn what_is_printed_is_read_again() {
    let forms = [
        QuickForm::Storm,
        QuickForm::Fanout,
        QuickForm::Echo,
        QuickForm::Idle,
        QuickForm::Soak,
        QuickForm::Reconnect,
    ];
    for form in forms {
        let quick = Quick {
            form,
            lasts: Duration::from_secs(60),
            connections: 1_000,
            threads: 4,
            rate: None,
            payload: 128,
            backoff: Backoff::Fixed {
                delay: Duration::from_millis(1_500),
            },
        };
        let mut scenario = quick.scenario();
        scenario.phases.push(Phase {
            act: Act::Disconnect {
                how: Manner::SlowReader { speed: 2_048 },
                share: 0.25,
                over: Duration::from_millis(500),
            },
            lasts: Duration::from_secs(2),
            rate: 0.5,
        });
        scenario.phases.push(Phase {
            act: Act::Reconnect {
                backoff: Some(Backoff::default()),
            },
            lasts: Duration::from_secs(2),
            rate: 0.0,
        });
        let mut limits = Thresholds::default();
        limits.delivery_p99_ms.ok = 20.0;
        let text = written::text(&scenario, &limits);
        let again = read("printed", &text).map_err(|faults| format!("{faults}\n{text}"));
        // Spans are written in milliseconds.
        let mut wanted = scenario;
        for phase in &mut wanted.phases {
            phase.lasts = Duration::from_millis(phase.lasts.as_millis() as u64);
        }
        assert_eq!(again, Ok((wanted, limits)));
    }
}

#[test]
fn plain_servers_have_texts() {
    let text = "[plain]\nsubscribe = \"SUB {topic}\"\npublish = \"PUB {topic} {payload}\"\n\
        [[phase]]\ndo = \"ramp\"\nfor = \"1s\"\n";
    let (scenario, _) = read("mine.toml", text).unwrap();
    let Speech::Plain(adapter) = scenario.speech else {
        panic!("{scenario:?}");
    };
    assert_eq!(adapter.subscribe.as_deref(), Some("SUB {topic}"));
}

#[test]
fn every_mistake_has_its_line_and_the_nearest_key() {
    let text = "conections = 5\nthreads = \"two\"\n\n[[phase]]\ndo = \"rampp\"\nfor = \"1s\"\n\
        [[phase]]\ndo = \"hold\"\n[[phase]]\ndo = \"disconnect\"\nfor = \"1s\"\nhwo = \"rst\"\n";
    let faults = faults(text);
    for part in [
        "mine.toml:1: a scenario has no `conections`; did you mean `connections`?",
        "mine.toml:2: `threads`: ",
        "mine.toml:5: `do` is one of ramp, hold, publish, disconnect, reconnect; did you mean `ramp`?",
        "mine.toml:7: `for` is missing",
        "mine.toml:9: `how` is missing",
    ] {
        assert!(faults.contains(part), "{part}\nnot in\n{faults}");
    }
}

#[test]
fn what_is_out_of_bounds_has_its_line_too() {
    let text = "[[phase]]\ndo = \"disconnect\"\nhow = \"fin\"\nfor = \"1s\"\nshare = 1.5\n";
    assert!(
        faults(text).starts_with("mine.toml:5: `share`: "),
        "{}",
        faults(text)
    );
    let text = "name = \"x\"\nthreads = 0\n[[phase]]\ndo = \"ramp\"\nfor = \"1s\"\n";
    assert!(
        faults(text).starts_with("mine.toml:2: `threads`: "),
        "{}",
        faults(text)
    );
    assert!(faults("name = ").starts_with("mine.toml:1: "));
    assert!(faults("").contains("begin with a ramp"));
    assert!(faults("phase = 5\n").contains("[[phase]]"));
}

#[test]
fn thresholds_are_of_the_file_and_their_mistakes_have_lines() {
    let phase = "[[phase]]\ndo = \"ramp\"\nfor = \"1s\"\n";
    let text = format!("{phase}[thresholds]\nhandshake_p99_ms = {{ ok = 10, warn = 20 }}\n");
    let (_, thresholds) = read("mine.toml", &text).unwrap();
    assert_eq!(thresholds.handshake_p99_ms.ok, 10.0);
    assert_eq!(thresholds.herd_factor, Thresholds::default().herd_factor);
    let text = format!(
        "{phase}[thresholds]\nhandshake_p9_ms = {{ ok = 1, warn = 2 }}\n\
         herd_factor = {{ ok = 9, warn = 2 }}\nreordered = 5\n"
    );
    let faults = faults(&text);
    for part in [
        "mine.toml:5: no threshold is called `handshake_p9_ms`; did you mean `handshake_p99_ms`?",
        "mine.toml:6: the thresholds of ",
        "mine.toml:7: `reordered`: ",
    ] {
        assert!(faults.contains(part), "{part}\nnot in\n{faults}");
    }
}

const ROOMS: &str = include_str!("../../../../../../docs/operating/rooms.toml");

#[test]
fn the_rooms_of_the_documentation_are_a_scenario_and_printed_as_they_are() {
    let (scenario, limits) = read("rooms.toml", ROOMS).unwrap();
    assert_eq!((scenario.topics(), scenario.connections), (1_000, 10_000));
    let sizes = scenario.traffic.rooms().iter().map(|kind| kind.members);
    assert_eq!(sizes.collect::<Vec<_>>(), [50, 500, 10_000]);
    // 989 x 0.2 + 10 x 0.5 + 1 x 1.
    assert!((scenario.phases[1].rate - 203.8).abs() < 1e-9);
    let text = written::text(&scenario, &limits);
    let again = read("printed", &text).map_err(|faults| format!("{faults}\n{text}"));
    assert_eq!(again, Ok((scenario, limits)));
}

#[test]
fn what_is_wrong_with_a_room_has_its_line() {
    let phase = "[[phase]]\ndo = \"ramp\"\nfor = \"1s\"\n";
    let rooms = "traffic = \"rooms\"\nconnections = 10\n[[room]]\nmembers = 5\n[[room]]\n";
    let text = format!("{rooms}rooms = 2\nmembers = 20\n{phase}");
    assert!(
        faults(&text).starts_with("mine.toml:7: `members`: ")
            || faults(&text).starts_with("mine.toml:7: "),
        "{}",
        faults(&text)
    );
    let text = format!("{rooms}rooms = 2\nsize = 20\n{phase}");
    for part in [
        "mine.toml:5: `members` is missing",
        "mine.toml:7: `room` has no `size`",
    ] {
        assert!(faults(&text).contains(part), "{}", faults(&text));
    }
    let text = format!("[[room]]\nmembers = 5\n{phase}");
    assert!(
        faults(&text).contains("`traffic = \"rooms\"`"),
        "{}",
        faults(&text)
    );
    // Those who are not counted are as many as there are places.
    let text = format!("traffic = \"rooms\"\n[[room]]\nrooms = 3\nmembers = 5\n{phase}");
    let (scenario, _) = read("mine.toml", &text).unwrap();
    assert_eq!(scenario.connections, 15);
}

use super::super::Options;
use super::Room;
use crate::case::Condition;
use crate::runner::Peer;

fn scenario(condition: Condition, peer: Peer, is_troubled: bool) -> toml::Table {
    use clap::{Args as _, FromArgMatches as _};
    let command = Options::augment_args(clap::Command::new("test"));
    let matches = command.get_matches_from(["test", "--seconds", "10"]);
    let options = Options::from_arg_matches(&matches).expect("options");
    let room = Room {
        subscribers: 1000,
        rate: 20,
        condition,
    };
    let text = room.scenario(peer, &options, is_troubled);
    text.parse().expect("a scenario file")
}

#[test]
fn each_condition_is_in_the_scenario() {
    let plain = scenario(Condition::Plain, Peer::Wirehub, false);
    assert_eq!(plain["compression"].as_bool(), Some(false));
    assert!(plain.get("plain").is_none());
    assert_eq!(plain["phase"][1]["do"].as_str(), Some("publish"));
    let deflate = scenario(Condition::Deflate, Peer::Bun, false);
    assert_eq!(deflate["compression"].as_bool(), Some(true));
    assert_eq!(deflate["plain"]["subscribe"].as_str(), Some("join"));
    let trouble = scenario(Condition::Trouble, Peer::Wirehub, true);
    assert_eq!(trouble["phase"][1]["how"].as_str(), Some("slow_reader"));
    assert_eq!(trouble["phase"][1]["publish"].as_integer(), Some(20));
}

use std::time::Duration;

use bytes::Bytes;
use wirehub_broker::{Append, Retention};
use wirehub_model::{Message, Namespace, Payload, TopicFilter};

use super::*;
use crate::{appends::Publication, slot::Slot};

/// A publication of so many bytes.
fn append(topic: &str, bytes: usize) -> Command {
    let append = Append {
        topic: Topic::parse(topic).unwrap(),
        message: Message::of(Payload::Binary(Bytes::from(vec![b'x'; bytes]))),
        key: None,
        idempotency: None,
        from: None,
        accepted_at: Duration::from_secs(1),
        expires_at: None,
        echo: true,
        retention: Retention::from(&Namespace::new(TopicFilter::parse(topic).unwrap())),
    };
    Command::Append(Publication::new(&append, "node", 10))
}

fn ping() -> Command {
    Command::Server(Slot::ONLY, redis::cmd("PING"))
}

fn items(asked: Vec<Command>) -> Vec<Item> {
    let asked = asked.into_iter().enumerate();
    let items = asked.map(|(place, command)| Item {
        job: 1,
        place,
        command,
        slot: Slot::ONLY,
        origin: None,
        until: None,
    });
    items.collect()
}

fn numbers(values: &[i64]) -> Vec<Value> {
    values.iter().copied().map(Value::Int).collect()
}

#[test]
fn publications_of_a_topic_join_past_those_of_others() {
    let items = items(vec![append("a", 1), append("b", 1), append("a", 1)]);
    let group = Group::of(&items);
    assert_eq!((group.spoken.len(), &*group.places), (2, &[0, 1, 0][..]));
    let answers = vec![Value::Array(numbers(&[1, 3])), Value::Array(numbers(&[2]))];
    assert_eq!(group.deal(answers), numbers(&[1, 2, 3]));
}

#[test]
fn nothing_passes_what_else_is_asked() {
    let items = items(vec![append("a", 1), ping(), append("a", 1)]);
    let group = Group::of(&items);
    assert_eq!(group.places, [0, 1, 2]);
    let each = |number| Value::Array(numbers(&[number]));
    let answers = vec![each(1), Value::Int(2), each(3)];
    assert_eq!(group.deal(answers), numbers(&[1, 2, 3]));
}

#[test]
fn a_script_takes_no_more_than_it_may() {
    let many = (0..130).map(|_| append("a", 1)).collect();
    assert_eq!(Group::of(&items(many)).spoken.len(), 3);
    let large = (0..4).map(|_| append("a", 40_000)).collect();
    assert_eq!(Group::of(&items(large)).spoken.len(), 4);
}

#[test]
fn an_error_is_everybodys_and_a_short_answer_nobodys() {
    let items = items(vec![append("a", 1), append("a", 1)]);
    let group = Group::of(&items);
    let said = Value::SimpleString("as an error".to_owned());
    assert_eq!(group.deal(vec![said.clone()]), [said.clone(), said]);
    let short = vec![Value::Array(numbers(&[1]))];
    assert_eq!(group.deal(short), [Value::Int(1), Value::Nil]);
}

/// They have come from another server, and others have not: what is to be said differs.
#[test]
fn publications_of_different_origin_are_apart() {
    let mut items = items(vec![append("a", 1), append("a", 1), append("a", 1)]);
    items[1].origin = Some("elsewhere".to_owned());
    assert_eq!(Group::of(&items).spoken.len(), 3);
}

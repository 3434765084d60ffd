use std::time::Duration;

use bytes::Bytes;
use wirehub_broker::{Append, Retention};
use wirehub_model::{Message, Namespace, Payload, TopicFilter};

use super::*;
use crate::appends::Appends;

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
    Command::Append(Appends::one(&append, "node", 10))
}

fn ping() -> Command {
    Command::Plain(redis::cmd("PING"))
}

fn group(asked: Vec<Command>) -> Group {
    Group::of(asked.into_iter())
}

fn numbers(values: &[i64]) -> Vec<Value> {
    values.iter().copied().map(Value::Int).collect()
}

#[test]
fn publications_of_a_topic_join_past_those_of_others() {
    let group = group(vec![append("a", 1), append("b", 1), append("a", 1)]);
    assert_eq!((group.commands.len(), &*group.places), (2, &[0, 1, 0][..]));
    let answers = vec![Value::Array(numbers(&[1, 3])), Value::Array(numbers(&[2]))];
    assert_eq!(group.deal(answers), numbers(&[1, 2, 3]));
}

#[test]
fn nothing_passes_what_else_is_asked() {
    let group = group(vec![append("a", 1), ping(), append("a", 1)]);
    assert_eq!(group.places, [0, 1, 2]);
    let each = |number| Value::Array(numbers(&[number]));
    let answers = vec![each(1), Value::Int(2), each(3)];
    assert_eq!(group.deal(answers), numbers(&[1, 2, 3]));
}

#[test]
fn a_script_takes_no_more_than_it_may() {
    let many = (0..130).map(|_| append("a", 1)).collect();
    assert_eq!(group(many).commands.len(), 3);
    let large = (0..4).map(|_| append("a", 40_000)).collect();
    assert_eq!(group(large).commands.len(), 4);
}

#[test]
fn an_error_is_everybodys_and_a_short_answer_nobodys() {
    let group = group(vec![append("a", 1), append("a", 1)]);
    let said = Value::SimpleString("as an error".to_owned());
    assert_eq!(group.deal(vec![said.clone()]), [said.clone(), said]);
    let short = vec![Value::Array(numbers(&[1]))];
    assert_eq!(group.deal(short), [Value::Int(1), Value::Nil]);
}

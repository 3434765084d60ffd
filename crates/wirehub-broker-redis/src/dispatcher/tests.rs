use std::{collections::HashSet, sync::Mutex};

use redis::{ServerError, Value, make_extension_error};
use wirehub_broker::meeting::Ahead;

use super::*;
use crate::{
    RedisSettings,
    command::{Command, Phrases},
    connector::Connector,
    keys::Keys,
    lane::{Answers, Job},
    surveyor::Surveyor,
    wire::Answered,
};

const HERE: u16 = 7000;
const THERE: u16 = 7001;

/// A dispatcher to servers that nobody is connected to, all of whose slots are here.
fn dispatcher() -> Dispatcher {
    let settings = RedisSettings::new("redis+cluster://h:7000");
    let connector = Arc::new(Connector::new(&settings).unwrap());
    let (_, layout) = Surveyor::new(Arc::clone(&connector));
    let keys = Keys::new(&settings.prefix).unwrap();
    let office = Arc::new(Office {
        connector,
        phrases: Phrases::new(&settings, &keys, Ahead::default()),
        is_cluster: true,
        replicas: 0,
        patience: settings.bounds.answer_timeout,
    });
    for slot in [slot("a"), slot("b")] {
        layout.learn(slot, &Address::new("h", HERE));
    }
    Dispatcher::new(office, layout)
}

fn slot(key: &str) -> Slot {
    Slot::of(key)
}

fn about(key: &str) -> Command {
    Command::Plain(key.to_owned(), redis::cmd("GET"))
}

/// Where answers are put.
type Kept = Arc<Mutex<Option<Answers>>>;

/// Has commands wait, and gives out where their answers will be.
fn ask(dispatcher: &mut Dispatcher, keys: &[&str], in_turn: bool) -> Kept {
    let answers = Kept::default();
    let there = Arc::clone(&answers);
    let commands = keys.iter().map(|key| about(key)).collect();
    let job = Job::new(commands, in_turn, move |answers| {
        *there.lock().unwrap() = Some(answers);
    });
    let layout = Arc::clone(&dispatcher.layout);
    let office = Arc::clone(&dispatcher.office);
    let slot = |command: &Command| office.phrases.slot(command, &layout);
    let items = dispatcher.jobs.take(job, slot);
    dispatcher.accept(items);
    answers
}

/// What leaves next to the server here.
fn leaves(dispatcher: &mut Dispatcher) -> Vec<Item> {
    dispatcher.gather(&Address::new("h", HERE))
}

fn error(code: &str, detail: &str) -> Answered {
    let error = make_extension_error(code.to_owned(), Some(detail.to_owned()));
    Ok(Value::ServerError(ServerError::try_from(error).unwrap()))
}

fn moved() -> Answered {
    error("MOVED", &format!("{} h:{THERE}", slot("a").number()))
}

/// Answers what has left, in order, and says which slots rest.
fn answer(dispatcher: &mut Dispatcher, items: Vec<Item>, answers: Vec<Answered>) -> HashSet<Slot> {
    let back = items.into_iter().zip(answers).rev().collect();
    dispatcher.sort(back, &Address::new("h", HERE), None)
}

fn numbers(items: &[Item]) -> Vec<u64> {
    items.iter().map(|item| item.job).collect()
}

/// All that waits for a slot.
fn waiting(dispatcher: &mut Dispatcher, slot: Slot) -> Vec<u64> {
    let items: Vec<Item> = std::iter::from_fn(|| dispatcher.queues.pop(slot)).collect();
    numbers(&items)
}

#[tokio::test]
async fn what_has_moved_keeps_its_order() {
    let mut all = dispatcher();
    for _ in 0..4 {
        ask(&mut all, &["a"], false);
    }
    let items = leaves(&mut all);
    assert_eq!(numbers(&items), [1, 2, 3, 4]);
    // Another one comes meanwhile, and has to wait.
    ask(&mut all, &["a"], false);
    assert!(leaves(&mut all).is_empty());
    let rests = answer(
        &mut all,
        items,
        vec![Ok(Value::Okay), moved(), moved(), moved()],
    );
    assert!(rests.is_empty(), "{rests:?}");
    assert_eq!(
        all.layout.map().owner(slot("a")),
        Some(&Address::new("h", THERE))
    );
    assert_eq!(waiting(&mut all, slot("a")), [2, 3, 4, 5]);
}

#[tokio::test]
async fn nothing_is_done_behind_what_followed_it() {
    let mut all = dispatcher();
    let first = ask(&mut all, &["a"], false);
    let second = ask(&mut all, &["a"], false);
    let other = ask(&mut all, &["b"], false);
    let items = leaves(&mut all);
    assert_eq!(items.len(), 3);
    let moving = || error("TRYAGAIN", "Multiple keys request during rehashing of slot");
    let rests = answer(&mut all, items, vec![moving(), Ok(Value::Okay), moving()]);
    assert_eq!(rests, HashSet::from([slot("b")]));
    let refused = first.lock().unwrap().take().unwrap().unwrap().remove(0);
    assert!(
        matches!(refused, Err(BrokerError::Unavailable { .. })),
        "{refused:?}"
    );
    assert!(
        second
            .lock()
            .unwrap()
            .take()
            .unwrap()
            .unwrap()
            .remove(0)
            .is_ok()
    );
    assert!(other.lock().unwrap().is_none());
    assert_eq!(waiting(&mut all, slot("b")), [3]);
}

#[tokio::test]
async fn a_command_waits_for_the_one_that_it_follows() {
    let mut all = dispatcher();
    let turns = ask(&mut all, &["a", "b"], true);
    ask(&mut all, &["b"], false);
    let items = leaves(&mut all);
    // The second one keeps its place before whatever else is about its slot.
    assert_eq!(items.len(), 1);
    answer(&mut all, items, vec![Ok(Value::Okay)]);
    let items = leaves(&mut all);
    assert_eq!(numbers(&items), [1, 2]);
    assert!(turns.lock().unwrap().is_none());

    let mut all = dispatcher();
    let turns = ask(&mut all, &["a", "b"], true);
    let items = leaves(&mut all);
    answer(&mut all, items, vec![error("OOM", "command not allowed")]);
    assert!(leaves(&mut all).is_empty());
    let answers = turns.lock().unwrap().take().unwrap().unwrap();
    assert!(
        matches!(answers[1], Err(BrokerError::Unavailable { .. })),
        "{answers:?}"
    );
}

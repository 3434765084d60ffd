use wirehub_core::{Input, Output};
use wirehub_model::{ErrorCode, Limits, Payload, Refusal};

use crate::{
    cluster::{Client, Cluster, Rules},
    words::{call, user, user_id},
};

fn answer(cluster: &mut Cluster, client: Client, id: u64, result: Result<Payload, Refusal>) {
    let connection = cluster.id(client);
    let id = Some(id);
    cluster.input(
        0,
        Input::Called {
            connection,
            id,
            result,
        },
    );
}

fn json(text: &'static str) -> Payload {
    Payload::Json(text.as_bytes().into())
}

#[test]
fn and_bring_its_answer_back() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    assert!(cluster.ask(client, 1, call("order.create")).is_empty());
    match cluster.asked.pop_front() {
        Some(Output::Call(call)) => {
            assert_eq!(call.connection, cluster.id(client));
            assert_eq!((call.id, call.method.as_str()), (Some(1), "order.create"));
            assert_eq!(call.principal.user, Some(user_id("ann")));
        }
        other => panic!("nobody was called: {other:?}"),
    }
    answer(&mut cluster, client, 1, Ok(json("42")));
    assert_eq!(cluster.hear(client), ["called #1: 42"]);
    let refusal = Refusal::new(ErrorCode::UnknownMethod, "no such method");
    answer(&mut cluster, client, 2, Err(refusal));
    assert_eq!(cluster.hear(client), ["refused #2 unknown_method"]);
}

#[test]
fn only_so_many_at_once() {
    let limits = Limits {
        calls: 2,
        ..Limits::default()
    };
    let mut cluster = Cluster::with(
        1,
        Rules {
            limits,
            ..Rules::default()
        },
    );
    let client = cluster.join(0, user("ann"));
    for id in [1, 2] {
        assert!(cluster.ask(client, id, call("slow")).is_empty());
    }
    assert_eq!(
        cluster.ask(client, 3, call("slow")),
        ["refused #3 limit_reached"]
    );
    answer(&mut cluster, client, 1, Ok(json("1")));
    assert_eq!(cluster.hear(client), ["called #1: 1"]);
    assert!(cluster.ask(client, 4, call("slow")).is_empty());
    assert_eq!(cluster.asked.len(), 3);
}

#[test]
fn an_answer_after_the_goodbye_is_not_told() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    cluster.set_room(client, 0);
    cluster.say(client, 1, call("slow"));
    cluster.say_goodbye(client);
    answer(&mut cluster, client, 1, Ok(json("1")));
    let refusal = Refusal::new(ErrorCode::Timeout, "too slow");
    answer(&mut cluster, client, 1, Err(refusal));
    cluster.set_room(client, usize::MAX);
    cluster.flush();
    assert_eq!(cluster.hear(client), ["close normal"]);
    assert!(!cluster.is_connected(client));
}

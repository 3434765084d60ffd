use wirehub_core::{Answer, Request, TopicsQuery};
use wirehub_model::Topic;

use crate::{
    cluster::Cluster,
    words::{filter, seconds, subscribe, subscribe_at_pace, topic, user},
};

/// A page of the topics of shard 0 as `name=subscribers`, and whether there are more.
fn list(
    cluster: &mut Cluster,
    matching: &str,
    after: Option<Topic>,
    limit: usize,
) -> (Vec<String>, bool) {
    let query = TopicsQuery {
        filter: filter(matching),
        after,
        limit,
    };
    match cluster.request(0, Request::Topics(query)) {
        Answer::Topics(list, more) => {
            let list = list.into_iter();
            let list = list.map(|info| format!("{}={}", info.topic, info.subscribers));
            (list.collect(), more)
        }
        other => panic!("not a list: {other:?}"),
    }
}

#[test]
fn by_name_with_how_many_subscribe() {
    let mut cluster = Cluster::new(2);
    let (ann, bob) = (cluster.join(0, user("ann")), cluster.join(0, user("bob")));
    let far = cluster.join(1, user("eve"));
    for name in ["b/1", "a", "b/2", "c"] {
        cluster.ask(ann, 1, subscribe(name));
    }
    cluster.ask(bob, 1, subscribe_at_pace("b/1", seconds(1), None));
    // Filters are no topics, and what others subscribe to is theirs to tell.
    cluster.ask(bob, 2, subscribe("b/#"));
    cluster.ask(far, 1, subscribe("a"));
    let all = ["a=1", "b/1=2", "b/2=1", "c=1"].map(str::to_owned);
    assert_eq!(list(&mut cluster, "#", None, 10), (all.to_vec(), false));
    assert_eq!(list(&mut cluster, "#", None, 3), (all[..3].to_vec(), true));
    assert_eq!(
        list(&mut cluster, "#", Some(topic("b/2")), 3),
        (all[3..].to_vec(), false)
    );
    assert_eq!(
        list(&mut cluster, "b/+", None, 10),
        (all[1..3].to_vec(), false)
    );
    assert_eq!(list(&mut cluster, "#", None, 0), (vec![], true));
    assert_eq!(list(&mut cluster, "d", None, 10), (vec![], false));
}

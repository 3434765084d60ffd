//! The client's side of Centrifugo's protocol, as far as the transcripts need it.

use prost::Message as _;
use serde_json::Value;

pub(super) mod proto {
    #![allow(unreachable_pub, dead_code, reason = "made from the schema")]

    include!("../../../src/centrifuge/proto/centrifuge.rs");

    macro_rules! hidden {
        ($($name:ident),*) => {$(
            impl std::fmt::Debug for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.debug_struct(stringify!($name)).finish_non_exhaustive()
                }
            }
        )*};
    }

    hidden!(
        ConnectRequest,
        ConnectResult,
        EmulationRequest,
        RefreshRequest,
        SubscribeRequest,
        SubRefreshRequest
    );
}

/// The commands of a JSON message in Protobuf; `None` when it is not JSON.
pub(super) fn to_protobuf(json: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for line in json.lines() {
        let line: Value = serde_json::from_str(line).ok()?;
        command(&line).encode_length_delimited(&mut out).unwrap();
    }
    Some(out)
}

/// What the hub says is whole messages of the schema.
pub(super) fn replies(mut bytes: &[u8]) -> Vec<proto::Reply> {
    let mut replies = Vec::new();
    while !bytes.is_empty() {
        replies.push(proto::Reply::decode_length_delimited(&mut bytes).unwrap());
    }
    replies
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn flag(value: &Value, field: &str) -> bool {
    value[field].as_bool().unwrap_or_default()
}

fn number<T: TryFrom<i64> + Default>(value: &Value, field: &str) -> T {
    let number = value[field].as_i64().unwrap_or_default();
    T::try_from(number).unwrap_or_default()
}

fn data(value: &Value) -> bytes::Bytes {
    let data = value.get("data").map(ToString::to_string);
    data.unwrap_or_default().into()
}

fn command(json: &Value) -> proto::Command {
    let field = |name: &str| json.get(name).filter(|value| !value.is_null());
    proto::Command {
        id: number(json, "id"),
        connect: field("connect").map(connect),
        subscribe: field("subscribe").map(subscribe),
        unsubscribe: field("unsubscribe").map(|it| proto::UnsubscribeRequest {
            channel: text(it, "channel"),
        }),
        publish: field("publish").map(|it| proto::PublishRequest {
            channel: text(it, "channel"),
            data: data(it),
            r#type: number(it, "type"),
        }),
        presence: field("presence").map(|it| proto::PresenceRequest {
            channel: text(it, "channel"),
        }),
        presence_stats: field("presence_stats").map(|it| proto::PresenceStatsRequest {
            channel: text(it, "channel"),
        }),
        history: field("history").map(history),
        send: field("send").map(|it| proto::SendRequest { data: data(it) }),
        rpc: field("rpc").map(|it| proto::RpcRequest {
            method: text(it, "method"),
            data: data(it),
        }),
        refresh: field("refresh").map(|it| proto::RefreshRequest {
            token: text(it, "token"),
        }),
        sub_refresh: field("sub_refresh").map(|it| proto::SubRefreshRequest {
            channel: text(it, "channel"),
            token: text(it, "token"),
            r#type: number(it, "type"),
        }),
    }
}

fn connect(json: &Value) -> proto::ConnectRequest {
    let subs = json["subs"].as_object().cloned().unwrap_or_default();
    proto::ConnectRequest {
        token: text(json, "token"),
        name: text(json, "name"),
        version: text(json, "version"),
        subs: subs
            .iter()
            .map(|(channel, sub)| (channel.clone(), subscribe(sub)))
            .collect(),
    }
}

fn subscribe(json: &Value) -> proto::SubscribeRequest {
    proto::SubscribeRequest {
        channel: text(json, "channel"),
        token: text(json, "token"),
        recover: flag(json, "recover"),
        epoch: text(json, "epoch"),
        offset: number(json, "offset"),
        positioned: flag(json, "positioned"),
        recoverable: flag(json, "recoverable"),
        join_leave: flag(json, "join_leave"),
        delta: text(json, "delta"),
        tf: json.get("tf").map(filter_node),
        r#type: number(json, "type"),
    }
}

fn filter_node(json: &Value) -> proto::FilterNode {
    let list = |name: &str| json[name].as_array().cloned().unwrap_or_default();
    let vals = list("vals").into_iter();
    proto::FilterNode {
        op: text(json, "op"),
        key: text(json, "key"),
        cmp: text(json, "cmp"),
        val: text(json, "val"),
        vals: vals
            .filter_map(|val| val.as_str().map(str::to_owned))
            .collect(),
        nodes: list("nodes").iter().map(filter_node).collect(),
    }
}

fn history(json: &Value) -> proto::HistoryRequest {
    let since = json.get("since");
    proto::HistoryRequest {
        channel: text(json, "channel"),
        limit: number(json, "limit"),
        since: since.map(|since| proto::StreamPosition {
            offset: number(since, "offset"),
            epoch: text(since, "epoch"),
        }),
        reverse: flag(json, "reverse"),
    }
}

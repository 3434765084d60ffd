//! Commands in JSON, one behind the other with white space between them.
//!
//! Fields are named as in the schema and may be missing or `null`, which stand for zero. What the
//! schema calls bytes is a JSON value as it stands, `null` included.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::NotCommands;
use crate::centrifuge::proto;

/// Reads every command of a message, the good ones in front of a bad one too.
pub(in crate::centrifuge) fn commands(
    text: &str,
    mut each: impl FnMut(proto::Command),
) -> Result<(), NotCommands> {
    let mut any = false;
    let commands = serde_json::Deserializer::from_str(text);
    for command in commands.into_iter::<Command<'_>>() {
        each(command.map_err(|_| NotCommands)?.into());
        any = true;
    }
    if any { Ok(()) } else { Err(NotCommands) }
}

/// Reads a request to connect that stands alone, without a command around it.
pub(in crate::centrifuge) fn connect(text: &str) -> Result<proto::ConnectRequest, NotCommands> {
    let connect: Connect = serde_json::from_str(text).map_err(|_| NotCommands)?;
    Ok(connect.into())
}

/// A value as it stands; `None` where there is none.
type Raw<'a> = Option<&'a RawValue>;

/// Unlike serde's own rule for options, `null` is a value.
fn raw<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Raw<'a>, D::Error> {
    <&'a RawValue>::deserialize(deserializer).map(Some)
}

fn bytes(raw: Raw<'_>) -> Bytes {
    raw.map(|value| Bytes::copy_from_slice(value.get().as_bytes()))
        .unwrap_or_default()
}

/// Serde takes an array for a struct as well, in the order of the fields. No client writes that,
/// and it means the same.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Command<'a> {
    id: Option<u32>,
    connect: Option<Connect>,
    subscribe: Option<Subscribe>,
    unsubscribe: Option<OfChannel>,
    #[serde(borrow)]
    publish: Option<Publish<'a>>,
    presence: Option<OfChannel>,
    presence_stats: Option<OfChannel>,
    history: Option<History>,
    send: Option<Data<'a>>,
    rpc: Option<Rpc<'a>>,
    refresh: Option<Refresh>,
    sub_refresh: Option<SubRefresh>,
}

#[derive(Deserialize)]
struct Connect {
    token: Option<String>,
    subs: Option<BTreeMap<String, Subscribe>>,
    name: Option<String>,
    version: Option<String>,
}

#[derive(Deserialize)]
struct Subscribe {
    channel: Option<String>,
    token: Option<String>,
    recover: Option<bool>,
    epoch: Option<String>,
    offset: Option<u64>,
    positioned: Option<bool>,
    recoverable: Option<bool>,
    join_leave: Option<bool>,
    delta: Option<String>,
    tf: Option<FilterNode>,
    #[serde(rename = "type")]
    kind: Option<i32>,
}

#[derive(Deserialize)]
struct FilterNode {
    op: Option<String>,
    key: Option<String>,
    cmp: Option<String>,
    val: Option<String>,
    vals: Option<Vec<String>>,
    nodes: Option<Vec<Self>>,
}

#[derive(Deserialize)]
struct OfChannel {
    channel: Option<String>,
}

#[derive(Deserialize)]
struct Publish<'a> {
    channel: Option<String>,
    #[serde(borrow, default, deserialize_with = "raw")]
    data: Raw<'a>,
    #[serde(rename = "type")]
    kind: Option<i32>,
}

#[derive(Deserialize)]
struct History {
    channel: Option<String>,
    limit: Option<i32>,
    since: Option<Position>,
    reverse: Option<bool>,
}

#[derive(Deserialize)]
struct Position {
    offset: Option<u64>,
    epoch: Option<String>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, default, deserialize_with = "raw")]
    data: Raw<'a>,
}

#[derive(Deserialize)]
struct Rpc<'a> {
    method: Option<String>,
    #[serde(borrow, default, deserialize_with = "raw")]
    data: Raw<'a>,
}

#[derive(Deserialize)]
struct Refresh {
    token: Option<String>,
}

#[derive(Deserialize)]
struct SubRefresh {
    channel: Option<String>,
    token: Option<String>,
    #[serde(rename = "type")]
    kind: Option<i32>,
}

impl From<Command<'_>> for proto::Command {
    fn from(command: Command<'_>) -> Self {
        Self {
            id: command.id.unwrap_or_default(),
            connect: command.connect.map(Into::into),
            subscribe: command.subscribe.map(Into::into),
            unsubscribe: command.unsubscribe.map(|it| proto::UnsubscribeRequest {
                channel: it.channel.unwrap_or_default(),
            }),
            publish: command.publish.map(Into::into),
            presence: command.presence.map(|it| proto::PresenceRequest {
                channel: it.channel.unwrap_or_default(),
            }),
            presence_stats: command
                .presence_stats
                .map(|it| proto::PresenceStatsRequest {
                    channel: it.channel.unwrap_or_default(),
                }),
            history: command.history.map(Into::into),
            send: command.send.map(|it| proto::SendRequest {
                data: bytes(it.data),
            }),
            rpc: command.rpc.map(|it| proto::RpcRequest {
                method: it.method.unwrap_or_default(),
                data: bytes(it.data),
            }),
            refresh: command.refresh.map(|it| proto::RefreshRequest {
                token: it.token.unwrap_or_default(),
            }),
            sub_refresh: command.sub_refresh.map(|it| proto::SubRefreshRequest {
                channel: it.channel.unwrap_or_default(),
                token: it.token.unwrap_or_default(),
                r#type: it.kind.unwrap_or_default(),
            }),
        }
    }
}

impl From<Connect> for proto::ConnectRequest {
    fn from(connect: Connect) -> Self {
        let subs = connect.subs.unwrap_or_default().into_iter();
        Self {
            token: connect.token.unwrap_or_default(),
            subs: subs.map(|(channel, sub)| (channel, sub.into())).collect(),
            name: connect.name.unwrap_or_default(),
            version: connect.version.unwrap_or_default(),
        }
    }
}

impl From<Subscribe> for proto::SubscribeRequest {
    fn from(subscribe: Subscribe) -> Self {
        Self {
            channel: subscribe.channel.unwrap_or_default(),
            token: subscribe.token.unwrap_or_default(),
            recover: subscribe.recover.unwrap_or_default(),
            epoch: subscribe.epoch.unwrap_or_default(),
            offset: subscribe.offset.unwrap_or_default(),
            positioned: subscribe.positioned.unwrap_or_default(),
            recoverable: subscribe.recoverable.unwrap_or_default(),
            join_leave: subscribe.join_leave.unwrap_or_default(),
            delta: subscribe.delta.unwrap_or_default(),
            tf: subscribe.tf.map(Into::into),
            r#type: subscribe.kind.unwrap_or_default(),
        }
    }
}

impl From<FilterNode> for proto::FilterNode {
    fn from(node: FilterNode) -> Self {
        let nodes = node.nodes.unwrap_or_default().into_iter();
        Self {
            op: node.op.unwrap_or_default(),
            key: node.key.unwrap_or_default(),
            cmp: node.cmp.unwrap_or_default(),
            val: node.val.unwrap_or_default(),
            vals: node.vals.unwrap_or_default(),
            nodes: nodes.map(Into::into).collect(),
        }
    }
}

impl From<Publish<'_>> for proto::PublishRequest {
    fn from(publish: Publish<'_>) -> Self {
        Self {
            channel: publish.channel.unwrap_or_default(),
            data: bytes(publish.data),
            r#type: publish.kind.unwrap_or_default(),
        }
    }
}

impl From<History> for proto::HistoryRequest {
    fn from(history: History) -> Self {
        Self {
            channel: history.channel.unwrap_or_default(),
            limit: history.limit.unwrap_or_default(),
            since: history.since.map(|since| proto::StreamPosition {
                offset: since.offset.unwrap_or_default(),
                epoch: since.epoch.unwrap_or_default(),
            }),
            reverse: history.reverse.unwrap_or_default(),
        }
    }
}

//! From a message of a client to its commands.

pub(super) mod json;
pub(super) mod protobuf;

use wirehub_model::{Epoch, Offset, Position};

use super::proto;

/// Nobody publishes there: stands for an epoch that is none of ours.
const NO_EPOCH: Epoch = Epoch::new(0);

/// The place that a client says it is at.
pub(super) fn position(epoch: &str, offset: u64) -> Position {
    Position {
        epoch: epoch.parse().unwrap_or(NO_EPOCH),
        offset: Offset(offset),
    }
}

/// What one command asks, the first that is there in the order of the schema.
#[derive(Debug)]
pub(super) enum Asked {
    /// Once more.
    Connect,
    Subscribe(proto::SubscribeRequest),
    Unsubscribe(proto::UnsubscribeRequest),
    Publish(proto::PublishRequest),
    Presence(proto::PresenceRequest),
    PresenceStats(proto::PresenceStatsRequest),
    History(proto::HistoryRequest),
    Rpc(proto::RpcRequest),
    Send,
    Refresh(proto::RefreshRequest),
    SubRefresh(proto::SubRefreshRequest),
    /// Nothing: the answer to a ping.
    Pong,
}

/// A message that is not of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotCommands;

impl proto::Command {
    /// What it asks.
    pub(super) fn asked(self) -> Asked {
        let Self {
            id: _,
            connect,
            subscribe,
            unsubscribe,
            publish,
            presence,
            presence_stats,
            history,
            send,
            rpc,
            refresh,
            sub_refresh,
        } = self;
        None.or(connect.map(|_| Asked::Connect))
            .or(subscribe.map(Asked::Subscribe))
            .or(unsubscribe.map(Asked::Unsubscribe))
            .or(publish.map(Asked::Publish))
            .or(presence.map(Asked::Presence))
            .or(presence_stats.map(Asked::PresenceStats))
            .or(history.map(Asked::History))
            .or(rpc.map(Asked::Rpc))
            .or(send.map(|_| Asked::Send))
            .or(refresh.map(Asked::Refresh))
            .or(sub_refresh.map(Asked::SubRefresh))
            .unwrap_or(Asked::Pong)
    }
}

//! What can be asked for.

use std::pin::Pin;

use super::{
    batch, channels, disconnect, failure::Failure, history, info, params::Params, presence,
    publish, refresh, reply::Outcome, subscribe,
};
use crate::admin::Admin;

/// A method of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Publish,
    Broadcast,
    Subscribe,
    Unsubscribe,
    Disconnect,
    Refresh,
    Presence,
    PresenceStats,
    History,
    HistoryRemove,
    Channels,
    Info,
    Rpc,
    Batch,
    /// About kinds of channels that the hub does not have.
    Foreign,
}

/// Every method and its name.
const METHODS: [(&str, Method); 21] = [
    ("publish", Method::Publish),
    ("broadcast", Method::Broadcast),
    ("subscribe", Method::Subscribe),
    ("unsubscribe", Method::Unsubscribe),
    ("disconnect", Method::Disconnect),
    ("refresh", Method::Refresh),
    ("presence", Method::Presence),
    ("presence_stats", Method::PresenceStats),
    ("history", Method::History),
    ("history_remove", Method::HistoryRemove),
    ("channels", Method::Channels),
    ("info", Method::Info),
    ("rpc", Method::Rpc),
    ("batch", Method::Batch),
    ("map_publish", Method::Foreign),
    ("map_remove", Method::Foreign),
    ("map_read_state", Method::Foreign),
    ("map_read_stream", Method::Foreign),
    ("map_stats", Method::Foreign),
    ("map_clear", Method::Foreign),
    ("shared_poll_publish", Method::Foreign),
];

/// A command being done. In a box, because a batch holds commands.
pub(crate) type Doing<'a> = Pin<Box<dyn Future<Output = Result<Outcome, Failure>> + Send + 'a>>;

impl Method {
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        let mut methods = METHODS.iter();
        methods
            .find(|(known, _)| *known == name)
            .map(|(_, method)| *method)
    }

    pub(crate) fn perform<'a>(self, admin: &'a Admin, params: Params<'a>) -> Doing<'a> {
        match self {
            Self::Publish => Box::pin(publish::publish(admin, params)),
            Self::Broadcast => Box::pin(publish::broadcast(admin, params)),
            Self::Subscribe => Box::pin(subscribe::subscribe(admin, params)),
            Self::Unsubscribe => Box::pin(subscribe::unsubscribe(admin, params)),
            Self::Disconnect => Box::pin(disconnect::disconnect(admin, params)),
            Self::Refresh => Box::pin(refresh::refresh(admin, params)),
            Self::Presence => Box::pin(presence::presence(admin, params)),
            Self::PresenceStats => Box::pin(presence::presence_stats(admin, params)),
            Self::History => Box::pin(history::history(admin, params)),
            Self::HistoryRemove => Box::pin(history::history_remove(admin, params)),
            Self::Channels => Box::pin(channels::channels(admin, params)),
            Self::Info => Box::pin(info::info(admin)),
            Self::Batch => Box::pin(batch::batch(admin, params)),
            // Methods of the application's own are for clients to call, and for handlers to answer.
            Self::Rpc => Box::pin(async { Err(Failure::not_found()) }),
            Self::Foreign => Box::pin(async {
                let what = "map and shared poll channels have no counterpart";
                Err(Failure::not_available(what))
            }),
        }
    }
}

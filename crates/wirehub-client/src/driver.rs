//! The task of a client: it carries what the session wants to the network, and what comes from
//! there, from the clock and from the application to the session.

mod links;
mod readers;
mod translate;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{
    StreamExt as _,
    future::{BoxFuture, FutureExt as _},
    stream::FuturesUnordered,
};
use tokio::sync::{mpsc, watch};
use wirehub_websocket::Limits;

use self::{
    links::Links,
    readers::{Added, Reader, Readers},
};
use crate::{
    Error, Event, Format, Status, Transport,
    command::{Answer, Command},
    inbox::Inbox,
    options::Options,
    requests::Asker,
    session::{Input, Output, Session},
    token::{TokenAnswer, TokenSource},
    transport::{self, Dialer, Endpoint, Heard, Report},
};

/// How much of one kind is dealt with before the session's outputs are looked at.
const BATCH: usize = 256;

/// How many reports of links may wait. When it is full, links stop reading.
const REPORTS: usize = 64;

/// What a driver is made of.
pub(crate) struct Parts {
    pub(crate) dialer: Dialer,
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) transports: Vec<Transport>,
    pub(crate) format: Format,
    pub(crate) compression: bool,
    pub(crate) limits: Limits,
    pub(crate) token: TokenSource,
    pub(crate) options: Options,
    pub(crate) status: watch::Sender<Status>,
}

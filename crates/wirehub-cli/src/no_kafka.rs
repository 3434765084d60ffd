//! Kafka, in a build without it: settings that name it are refused.

use std::sync::Arc;

use wirehub::{events::EventSink, intake::RecordLog};
use wirehub_broker::Broker;
use wirehub_model::Limits;

use crate::raw_settings::{RawKafka, RawKafkaIntake, RawKafkaSink};

/// What to do about it.
const NONE: &str = "this build has no Kafka; build one that has: cargo build --release --features \
                    kafka (it needs a C compiler, make, and the headers of OpenSSL)";

/// There are none.
#[derive(Clone, Debug)]
pub(crate) enum LogSettings {}

/// Says that there is no Kafka.
pub(crate) fn sink(_raw: &RawKafkaSink) -> Result<Arc<dyn EventSink>, String> {
    Err(NONE.to_owned())
}

/// Says that there is no Kafka.
pub(crate) fn log(_raw: &RawKafkaIntake) -> Result<LogSettings, String> {
    Err(NONE.to_owned())
}

/// There are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BrokerWish {}

/// Says that there is no Kafka.
pub(crate) fn broker(_raw: &RawKafka) -> Result<BrokerWish, String> {
    Err(NONE.to_owned())
}

/// Never called: there are no settings to call it with.
pub(crate) fn meet(wish: &BrokerWish, _limits: &Limits) -> Result<Arc<dyn Broker>, String> {
    match *wish {}
}

/// Never called: there are no settings to call it with.
pub(crate) fn open(settings: &LogSettings) -> Result<Box<dyn RecordLog>, String> {
    match *settings {}
}

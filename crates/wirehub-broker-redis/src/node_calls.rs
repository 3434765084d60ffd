//! What the server is asked about nodes.

use std::time::Duration;

use redis::Value;
use wirehub_broker::{BrokerError, NodeName};

use crate::{
    command::Command,
    failure::answered,
    keys::Keys,
    reply::{list, number, text},
    scripts::ScriptName,
};

/// The longest lease, in milliseconds: three hundred years.
const LEASE_MAX: u128 = 10_000_000_000_000;

/// A node takes its name.
pub(crate) fn claim(
    keys: &Keys,
    (node, incarnation): (&NodeName, &str),
    lease: Duration,
    bound: usize,
) -> Command {
    let arguments = vec![
        node.as_str().into(),
        incarnation.into(),
        millis(lease),
        bound.to_string().into_bytes(),
    ];
    Command::Script(ScriptName::Claim, keys.nodes(), arguments)
}

/// A node renews its lease.
pub(crate) fn renew(
    keys: &Keys,
    (node, incarnation): (&NodeName, &str),
    lease: Duration,
) -> Command {
    let arguments = vec![node.as_str().into(), incarnation.into(), millis(lease)];
    Command::Script(ScriptName::Renew, keys.nodes(), arguments)
}

/// Leases that are over end.
pub(crate) fn expire(keys: &Keys) -> Command {
    Command::Script(ScriptName::Expire, keys.nodes(), Vec::new())
}

/// Incarnations that have ended, each with its node.
pub(crate) type Ended = Vec<(NodeName, String)>;

/// How many leases were looked at, and what has ended.
pub(crate) fn ended(value: Value) -> Result<(usize, Ended), BrokerError> {
    let mut parts = list(answered(value)?)?;
    let leases = usize::try_from(number(parts.next())?).unwrap_or(usize::MAX);
    let mut ended = Vec::new();
    for row in list(parts.next().unwrap_or_default())? {
        let row = text(Some(row))?;
        // What is not a row of ours is left alone.
        if let Some((incarnation, node)) = row.split_once(' ')
            && let Ok(node) = NodeName::parse(node)
        {
            ended.push((node, incarnation.to_owned()));
        }
    }
    Ok((leases, ended))
}

/// A node leaves.
pub(crate) fn quit(keys: &Keys, (node, incarnation): (&NodeName, &str)) -> Command {
    let arguments = vec![node.as_str().into(), incarnation.into()];
    Command::Script(ScriptName::Quit, keys.nodes(), arguments)
}

/// The nodes with a lease.
pub(crate) fn nodes(keys: &Keys) -> Command {
    Command::Script(ScriptName::List, keys.nodes(), Vec::new())
}

pub(crate) fn listed(value: Value) -> Result<Vec<NodeName>, BrokerError> {
    let mut nodes = Vec::new();
    for name in list(answered(value)?)? {
        nodes.extend(NodeName::parse(&text(Some(name))?));
    }
    nodes.sort();
    Ok(nodes)
}

/// Tells a node something.
pub(crate) fn tell(keys: &Keys, node: &NodeName, news: Vec<u8>) -> Command {
    let arguments = vec![node.as_str().into(), keys.inbox(node).into_bytes(), news];
    Command::Script(ScriptName::Tell, keys.nodes(), arguments)
}

fn millis(lease: Duration) -> Vec<u8> {
    lease.as_millis().min(LEASE_MAX).to_string().into_bytes()
}

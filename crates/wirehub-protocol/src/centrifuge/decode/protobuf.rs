//! Commands in Protobuf, each with its length in front.

use prost::Message as _;

use super::NotCommands;
use crate::centrifuge::proto;

/// Reads every command of a message, the good ones in front of a bad one too.
pub(in crate::centrifuge) fn commands(
    mut bytes: &[u8],
    mut each: impl FnMut(proto::Command),
) -> Result<(), NotCommands> {
    if bytes.is_empty() {
        return Err(NotCommands);
    }
    while !bytes.is_empty() {
        let length = prost::decode_length_delimiter(&mut bytes).map_err(|_| NotCommands)?;
        let (command, rest) = bytes.split_at_checked(length).ok_or(NotCommands)?;
        each(proto::Command::decode(command).map_err(|_| NotCommands)?);
        bytes = rest;
    }
    Ok(())
}

//! Members.

use wirehub_model::{ConnectionId, Member, Payload};

use super::{DecodeError, Reader, bytes, number, payload, user};

const VERSION: u8 = 1;

const USER: u64 = 1;
const INFO: u64 = 1 << 1;
const STATE: u64 = 1 << 2;
const JSON: u64 = 1 << 3;
const ALL: u64 = (JSON << 1) - 1;

/// A member.
#[must_use]
pub fn encode_member(member: &Member) -> Vec<u8> {
    let flag = |is_there: bool, flag: u64| if is_there { flag } else { 0 };
    let mut out = vec![VERSION];
    number(
        &mut out,
        flag(member.user.is_some(), USER)
            | flag(member.info.is_some(), INFO)
            | flag(member.state.is_some(), STATE)
            | flag(matches!(member.state, Some(Payload::Json(_))), JSON),
    );
    number(&mut out, member.connection.number());
    if let Some(user) = &member.user {
        bytes(&mut out, user.as_str().as_bytes());
    }
    if let Some(info) = &member.info {
        bytes(&mut out, info.as_bytes());
    }
    if let Some(state) = &member.state {
        bytes(&mut out, state.bytes());
    }
    out
}

/// Reads a member.
///
/// # Errors
/// When the bytes are not exactly one.
pub fn decode_member(encoded: &[u8]) -> Result<Member, DecodeError> {
    let mut reader = Reader::new(encoded);
    match reader.byte()? {
        VERSION => {}
        version => return Err(DecodeError::Version(version)),
    }
    let flags = reader.number()?;
    let has = |flag| flags & flag != 0;
    if flags & !ALL != 0 || (has(JSON) && !has(STATE)) {
        return Err(DecodeError::Invalid("flags"));
    }
    let connection = ConnectionId::from_number(reader.number()?);
    let user = has(USER).then(|| user(&mut reader)).transpose()?;
    let info = has(INFO).then(|| reader.text("info")).transpose()?;
    let state = has(STATE).then(|| reader.bytes()).transpose()?;
    let state = state.map(|state| payload(state, has(JSON))).transpose()?;
    reader.end()?;
    Ok(Member {
        connection,
        user,
        info: info.map(Into::into),
        state,
    })
}

#[cfg(test)]
mod tests;

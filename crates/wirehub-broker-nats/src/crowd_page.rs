//! What is kept of those who are on a topic.
//!
//! The first byte of each message is its version. The parts are those of
//! [`stored`](wirehub_broker::stored).

use bytes::Bytes;
use wirehub_broker::{
    NodeName,
    stored::{DecodeError, Reader, bytes, decode_member, encode_member, number},
};
use wirehub_model::{Member, Occupancy, PresenceKind};

const VERSION: u8 = 1;

/// How many are on a topic, and who came or went last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrowdPage {
    /// How many there are.
    pub occupancy: Occupancy,
    /// The version of the last change.
    pub version: u64,
    /// The last changes, up to that version.
    pub news: Vec<CrowdNews>,
}

/// Somebody came, changed or went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrowdNews {
    /// Which of these.
    pub kind: PresenceKind,
    /// It is the user's first or last connection.
    pub edge: bool,
    /// The member's node.
    pub node: NodeName,
    /// The member.
    pub member: Member,
}

impl CrowdPage {
    /// The message.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        number(&mut out, self.occupancy.connections);
        number(&mut out, self.occupancy.users);
        number(&mut out, self.version);
        for news in &self.news {
            let kind = match news.kind {
                PresenceKind::Joined => 0,
                PresenceKind::Changed => 1,
                PresenceKind::Left => 2,
            };
            out.push(kind << 1 | u8::from(news.edge));
            bytes(&mut out, news.node.as_str().as_bytes());
            bytes(&mut out, &encode_member(&news.member));
        }
        out
    }

    /// Reads a message.
    ///
    /// # Errors
    /// When the bytes are not exactly one.
    pub fn decode(encoded: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = begin(encoded)?;
        let occupancy = Occupancy {
            connections: reader.number()?,
            users: reader.number()?,
        };
        let version = reader.number()?;
        let mut news = Vec::new();
        while !reader.is_at_end() {
            let flags = reader.byte()?;
            let kind = match flags >> 1 {
                0 => PresenceKind::Joined,
                1 => PresenceKind::Changed,
                2 => PresenceKind::Left,
                _ => return Err(DecodeError::Invalid("kind")),
            };
            let node = NodeName::parse(reader.text("node")?);
            news.push(CrowdNews {
                kind,
                edge: flags & 1 == 1,
                node: node.map_err(|_| DecodeError::Invalid("node"))?,
                member: decode_member(reader.bytes()?)?,
            });
        }
        let is_counted = news.len() as u64 <= version && version <= u64::MAX / 2;
        if !is_counted || occupancy.connections.max(occupancy.users) > u64::MAX / 2 {
            return Err(DecodeError::Invalid("version"));
        }
        Ok(Self {
            occupancy,
            version,
            news,
        })
    }

    /// The news with their versions.
    pub fn versions(self) -> impl Iterator<Item = (u64, CrowdNews)> {
        let first = self.version + 1 - self.news.len() as u64;
        (first..).zip(self.news)
    }
}

/// A member; `None` for one that has gone.
#[must_use]
pub fn write_member(member: Option<&Member>) -> Bytes {
    let mut out = vec![VERSION];
    if let Some(member) = member {
        out.extend_from_slice(&encode_member(member));
    }
    out.into()
}

/// Reads that.
///
/// # Errors
/// When the bytes are not exactly one.
pub fn read_member(encoded: &[u8]) -> Result<Option<Member>, DecodeError> {
    let rest = begin(encoded)?.rest();
    if rest.is_empty() {
        return Ok(None);
    }
    decode_member(rest).map(Some)
}

/// How many connections a user has.
#[must_use]
pub fn write_count(count: u64) -> Bytes {
    let mut out = vec![VERSION];
    number(&mut out, count);
    out.into()
}

/// Reads that.
///
/// # Errors
/// When the bytes are not exactly one.
pub fn read_count(encoded: &[u8]) -> Result<u64, DecodeError> {
    let mut reader = begin(encoded)?;
    let count = reader.number()?;
    reader.end()?;
    if count > u64::MAX / 2 {
        return Err(DecodeError::Invalid("count"));
    }
    Ok(count)
}

fn begin(encoded: &[u8]) -> Result<Reader<'_>, DecodeError> {
    let mut reader = Reader::new(encoded);
    match reader.byte()? {
        VERSION => Ok(reader),
        version => Err(DecodeError::Version(version)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};
    use wirehub_model::{ConnectionId, UserId};

    use super::*;

    #[test]
    fn crowds_come_back_whole() {
        let member = Member {
            connection: ConnectionId::new(1, 2, 3),
            user: Some(UserId::parse("anna").unwrap()),
            info: None,
            state: None,
        };
        let news = |kind, edge| CrowdNews {
            kind,
            edge,
            node: NodeName::parse("eu-1").unwrap(),
            member: member.clone(),
        };
        let page = CrowdPage {
            occupancy: Occupancy {
                connections: 7,
                users: 3,
            },
            version: 12,
            news: vec![
                news(PresenceKind::Joined, true),
                news(PresenceKind::Left, false),
            ],
        };
        assert_eq!(CrowdPage::decode(&page.encode()), Ok(page.clone()));
        let versions: Vec<u64> = page.versions().map(|(version, _)| version).collect();
        assert_eq!(versions, [11, 12]);
        for member in [None, Some(member)] {
            assert_eq!(read_member(&write_member(member.as_ref())), Ok(member));
        }
        assert_eq!(read_count(&write_count(300)), Ok(300));
    }

    proptest! {
        #[test]
        fn any_bytes_are_one_or_an_error(mut bytes in vec(any::<u8>(), 0..200), versioned: bool) {
            if versioned && let Some(first) = bytes.first_mut() {
                *first = VERSION;
            }
            if let Ok(page) = CrowdPage::decode(&bytes) {
                prop_assert_eq!(&page.encode(), &bytes);
                _ = page.versions().count();
            }
            _ = read_member(&bytes);
            _ = read_count(&bytes);
        }
    }
}

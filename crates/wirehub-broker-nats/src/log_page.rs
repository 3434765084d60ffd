//! A message in the log of a topic: how the topic stands with it, and what was published.
//!
//! The first byte is the version. The parts are those of [`stored`](wirehub_broker::stored).

use std::time::Duration;

use bytes::Bytes;
use wirehub_broker::{
    Idempotency, NodeName, Retention,
    stored::{DecodeError, Reader, bytes, number, span},
};
use wirehub_model::{Epoch, HistoryRules, Key, Offset, Position};

const VERSION: u8 = 1;

/// A message in the log of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPage {
    /// A number that no other has, so that whoever wrote it knows it again.
    pub id: u64,
    /// What it is there for.
    pub kind: PageKind,
    /// The node that wrote it.
    pub node: NodeName,
    /// How the topic stands with it.
    pub row: TopicRow,
    /// What was published, one after the other up to the row's offset.
    pub publications: Vec<LogEntry>,
}

/// A publication in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The publication.
    pub publication: Bytes,
    /// Its own name, and until when that is remembered, since the Unix epoch.
    pub name: Option<(Idempotency, Duration)>,
}

/// What a message of a log is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageKind {
    /// Something was published.
    Said,
    /// It says how the topic stands.
    Stands,
    /// What was published is forgotten.
    Forgot,
}

/// How a topic stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicRow {
    /// The place of the last publication.
    pub position: Position,
    /// What was published up to there is not given out any more.
    pub forgotten: Offset,
    /// The history begins after it.
    pub begins: Offset,
    /// What the topic keeps.
    pub rules: Retention,
    /// Bytes of all payloads so far.
    pub bytes: u64,
    /// What is left of the log before it may be removed.
    pub mark: Mark,
    /// The log up to there has been removed.
    pub removed: u64,
    /// Publications with a name, and with a key, since others were removed.
    pub named: u64,
    /// See there.
    pub keyed: u64,
    /// The number of the message that holds the last publication; zero when this one does, or none.
    pub held: u64,
}

/// A place in a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The number of a message.
    pub number: u64,
    /// The last offset in it.
    pub offset: Offset,
    /// Bytes of all payloads up to it.
    pub bytes: u64,
}

impl TopicRow {
    /// A topic that begins.
    #[must_use]
    pub const fn new(epoch: Epoch, rules: Retention) -> Self {
        Self {
            position: Position {
                epoch,
                offset: Offset(0),
            },
            forgotten: Offset(0),
            begins: Offset(0),
            rules,
            bytes: 0,
            mark: Mark {
                number: 0,
                offset: Offset(0),
                bytes: 0,
            },
            removed: 0,
            named: 0,
            keyed: 0,
            held: 0,
        }
    }

    /// Takes other rules. What was not kept by those before does not come back.
    pub fn keep(&mut self, rules: Retention) {
        let kept = self.rules.history.size.min(rules.history.size) as u64;
        if rules != self.rules {
            let begins = Offset(self.position.offset.0.saturating_sub(kept));
            self.begins = self.begins.max(begins);
        }
        self.rules = rules;
    }

    fn encode(&self, out: &mut Vec<u8>) {
        number(out, self.position.epoch.number());
        for value in [
            self.position.offset.0,
            self.forgotten.0,
            self.begins.0,
            self.bytes,
            self.mark.number,
            self.mark.offset.0,
            self.mark.bytes,
            self.removed,
            self.named,
            self.keyed,
            self.held,
        ] {
            number(out, value);
        }
        let rules = &self.rules;
        number(out, rules.history.size as u64);
        span(out, rules.history.ttl);
        number(out, rules.history.bytes as u64);
        number(out, rules.keys as u64);
        span(out, rules.idempotency_ttl);
        let flags = u8::from(rules.retained) | u8::from(rules.retained_ttl.is_some()) << 1;
        out.push(flags);
        if let Some(ttl) = rules.retained_ttl {
            span(out, ttl);
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let epoch = Epoch::new(reader.number()?);
        let mut offset = || reader.number().map(Offset);
        let position = Position {
            epoch,
            offset: offset()?,
        };
        let (forgotten, begins) = (offset()?, offset()?);
        let bytes = reader.number()?;
        let mark = Mark {
            number: reader.number()?,
            offset: Offset(reader.number()?),
            bytes: reader.number()?,
        };
        let (removed, named) = (reader.number()?, reader.number()?);
        let (keyed, held) = (reader.number()?, reader.number()?);
        // One more can always be counted.
        if offset_is_large(position)
            || mark.bytes > bytes
            || [forgotten, begins, mark.offset]
                .iter()
                .any(|one| *one > position.offset)
        {
            return Err(DecodeError::Invalid("row"));
        }
        Ok(Self {
            position,
            forgotten,
            begins,
            rules: rules(reader)?,
            bytes,
            mark,
            removed,
            named,
            keyed,
            held,
        })
    }
}

const fn offset_is_large(position: Position) -> bool {
    position.offset.0 > u64::MAX / 2
}

fn rules(reader: &mut Reader<'_>) -> Result<Retention, DecodeError> {
    let history = HistoryRules {
        size: reader.size()?,
        ttl: reader.span()?,
        bytes: reader.size()?,
    };
    let keys = reader.size()?;
    let idempotency_ttl: Duration = reader.span()?;
    let flags = reader.byte()?;
    if flags & !3 != 0 {
        return Err(DecodeError::Invalid("rules"));
    }
    let retained_ttl = (flags & 2 != 0).then(|| reader.span()).transpose()?;
    Ok(Retention {
        history,
        retained: flags & 1 != 0,
        keys,
        retained_ttl,
        idempotency_ttl,
    })
}

impl LogPage {
    /// The message.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let publications = self.publications.iter();
        let size: usize = publications.map(|one| one.publication.len()).sum();
        let mut out = Vec::with_capacity(size + 160);
        out.push(VERSION);
        out.push(match self.kind {
            PageKind::Said => 0,
            PageKind::Stands => 1,
            PageKind::Forgot => 2,
        });
        number(&mut out, self.id);
        bytes(&mut out, self.node.as_str().as_bytes());
        self.row.encode(&mut out);
        for one in &self.publications {
            bytes(&mut out, &one.publication);
            out.push(u8::from(one.name.is_some()));
            if let Some((name, until)) = &one.name {
                bytes(&mut out, name.scope.as_bytes());
                bytes(&mut out, name.key.as_str().as_bytes());
                span(&mut out, *until);
            }
        }
        out
    }

    /// Reads a message.
    ///
    /// # Errors
    /// When the bytes are not exactly one.
    pub fn decode(encoded: &Bytes) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(encoded);
        match reader.byte()? {
            VERSION => {}
            version => return Err(DecodeError::Version(version)),
        }
        let kind = match reader.byte()? {
            0 => PageKind::Said,
            1 => PageKind::Stands,
            2 => PageKind::Forgot,
            _ => return Err(DecodeError::Invalid("kind")),
        };
        let id = reader.number()?;
        let node = NodeName::parse(reader.text("node")?);
        let node = node.map_err(|_| DecodeError::Invalid("node"))?;
        let row = TopicRow::decode(&mut reader)?;
        let mut publications = Vec::new();
        while !reader.is_at_end() {
            publications.push(LogEntry {
                publication: encoded.slice_ref(reader.bytes()?),
                name: name(&mut reader)?,
            });
        }
        let is_fitting = (kind == PageKind::Said) != publications.is_empty();
        if !is_fitting || publications.len() as u64 > row.position.offset.0 {
            return Err(DecodeError::Invalid("publications"));
        }
        Ok(Self {
            id,
            kind,
            node,
            row,
            publications,
        })
    }

    /// The offset of the first publication.
    #[must_use]
    pub fn first(&self) -> Offset {
        Offset(self.row.position.offset.0 + 1 - self.publications.len() as u64)
    }

    /// The publications with their places.
    pub fn places(&self) -> impl Iterator<Item = (Position, &LogEntry)> {
        let (epoch, first) = (self.row.position.epoch, self.first().0);
        let at = move |offset| Position {
            epoch,
            offset: Offset(offset),
        };
        (first..).map(at).zip(&self.publications)
    }
}

fn name(reader: &mut Reader<'_>) -> Result<Option<(Idempotency, Duration)>, DecodeError> {
    match reader.byte()? {
        0 => return Ok(None),
        1 => {}
        _ => return Err(DecodeError::Invalid("name")),
    }
    let scope = reader.text("scope")?.into();
    let key = Key::parse(reader.text("key")?).map_err(|_| DecodeError::Invalid("key"))?;
    Ok(Some((Idempotency { scope, key }, reader.span()?)))
}

#[cfg(test)]
mod tests;

//! What a reply answers, in the number of the request.

use super::proto::Reply;

/// What a command asked. The shard hands the number of a request back as it was, and a client's own
/// number has 32 bits: the question rides in the others, so that nothing has to be kept of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    Connect,
    Subscribe,
    Unsubscribe,
    Publish,
    Presence,
    PresenceStats,
    History,
    HistoryReversed,
    Rpc,
    Refresh,
    SubRefresh,
}

impl Question {
    const ALL: [Self; 11] = [
        Self::Connect,
        Self::Subscribe,
        Self::Unsubscribe,
        Self::Publish,
        Self::Presence,
        Self::PresenceStats,
        Self::History,
        Self::HistoryReversed,
        Self::Rpc,
        Self::Refresh,
        Self::SubRefresh,
    ];

    /// The number of a request.
    pub(super) fn number(self, id: u32) -> u64 {
        ((self as u64) << 32) | u64::from(id)
    }

    /// What a number of a request says, and the client's own number in it.
    pub(super) fn read(number: u64) -> Option<(Self, u32)> {
        let question = Self::ALL.get(usize::try_from(number >> 32).ok()?)?;
        Some((*question, number as u32))
    }

    /// Done, with nothing to add.
    pub(super) fn done(self) -> Reply {
        let mut reply = Reply::default();
        match self {
            Self::Unsubscribe => reply.unsubscribe = Some(Default::default()),
            Self::Subscribe => reply.subscribe = Some(Default::default()),
            Self::Presence => reply.presence = Some(Default::default()),
            Self::PresenceStats => reply.presence_stats = Some(Default::default()),
            Self::History | Self::HistoryReversed => reply.history = Some(Default::default()),
            Self::Rpc => reply.rpc = Some(Default::default()),
            Self::Refresh => reply.refresh = Some(Default::default()),
            Self::SubRefresh => reply.sub_refresh = Some(Default::default()),
            Self::Connect => reply.connect = Some(Default::default()),
            Self::Publish => reply.publish = Some(Default::default()),
        }
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_with_the_number() {
        for question in Question::ALL {
            for id in [1, u32::MAX] {
                assert_eq!(Question::read(question.number(id)), Some((question, id)));
            }
        }
        assert_eq!(Question::read(u64::MAX), None);
    }
}

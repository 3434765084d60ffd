//! What became of a session.

/// How the wait for the client of a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionEnd {
    /// The client came back.
    Resumed,
    /// It did not come back in time.
    Expired,
    /// It was given up for newer ones, because there were too many.
    Evicted,
}

impl SessionEnd {
    /// Every end, in the order metrics list them.
    pub const ALL: [Self; 3] = [Self::Resumed, Self::Expired, Self::Evicted];

    /// The place of the end in [`SessionEnd::ALL`], for tables of counters.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The word for it in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resumed => "resumed",
            Self::Expired => "expired",
            Self::Evicted => "evicted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_know_their_place() {
        let places = SessionEnd::ALL.map(SessionEnd::index);
        assert_eq!(places, [0, 1, 2]);
    }
}

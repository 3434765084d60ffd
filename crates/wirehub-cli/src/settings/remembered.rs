//! Bounds on what is remembered of clients.

use std::time::Duration;

use super::Checks;
use crate::{raw_settings::RawSettings, span::Span};

/// The longest that a session may wait for its client.
const RESUME_MAX: Duration = Duration::from_secs(24 * 3600);
/// The most members that clients can ask for at once (`docs/protocol.md`).
const LISTED_MAX: usize = 1_000;

impl Checks<'_> {
    /// Checks what is kept for clients that are away, and what is known of members.
    pub(super) fn remembered(&mut self, raw: &RawSettings) {
        let limits = &raw.limits;
        let within = raw.sessions.resume_within.0;
        self.require(
            within.is_none_or(|span| span.0 <= RESUME_MAX),
            &format!(
                "`sessions.resume_within` must be at most {}",
                Span(RESUME_MAX)
            ),
        );
        self.require(limits.members > 0, "`limits.members` must be above zero");
        if limits.members_told > limits.members {
            self.fault(format!(
                "`limits.members_told` = {} is more than a topic can have; raise `limits.members` \
                 = {}, or lower it",
                limits.members_told, limits.members
            ));
        }
        self.require(
            (1..=LISTED_MAX).contains(&limits.members_listed),
            &format!("`limits.members_listed` must be from 1 to {LISTED_MAX}"),
        );
        if limits.state_bytes.0 > limits.message_bytes.0 {
            self.fault(format!(
                "`limits.state_bytes` = {} is more than a message can bring; raise \
                 `limits.message_bytes` = {}, or lower it",
                limits.state_bytes, limits.message_bytes
            ));
        }
    }
}

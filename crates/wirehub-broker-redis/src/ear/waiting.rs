//! Calls that wait until something is heard.

use tokio::time::Instant;
use wirehub_broker::{BrokerError, meeting::EarCall};

use super::{Call, Ear};
use crate::{failure::unavailable, hearing::Heard, lines::Standing};

/// A call that waits until something is heard.
pub(super) struct Waiting {
    pub(super) call: Call,
    /// It has begun an interest.
    pub(super) is_new: bool,
    pub(super) until: Instant,
}

impl Ear {
    /// How it stands with what a call waits for.
    fn standing(&self, call: &Call) -> Standing {
        let layout = &self.server.layout;
        let map = layout.map();
        let home = self.interests.home(layout, &map);
        let too_many = || Standing::Never(BrokerError::TooManyInterests(self.interests.len()));
        match call {
            EarCall::Open(topic, _) if self.interests.topics.contains(topic) => {
                let owner = self.interests.owner(topic, layout, &map);
                self.lines
                    .standing(owner, Some(&self.interests.channel(topic)))
            }
            EarCall::Subscribe(filter, _) if self.interests.filters.contains(filter) => {
                of_all(map.servers().map(|(_, server)| {
                    let want = self.pattern_for(server, filter);
                    self.lines.standing(Some(server), Some(&want))
                }))
            }
            EarCall::Open(..) | EarCall::Subscribe(..) => too_many(),
            _ => {
                let servers = self.interests.servers(layout, &map);
                let lines = servers
                    .iter()
                    .map(|server| self.lines.standing(Some(server), None));
                of_all(std::iter::once(self.lines.standing(home, None)).chain(lines))
            }
        }
    }

    /// Answers the calls that need not wait any more. Interests that did not begin are not tried
    /// again later.
    pub(super) fn answer(&mut self) {
        let now = Instant::now();
        for waiting in std::mem::take(&mut self.waiting) {
            let answer = match self.standing(&waiting.call) {
                Standing::NotYet if now < waiting.until => {
                    self.waiting.push(waiting);
                    continue;
                }
                Standing::NotYet => Err(unavailable("the server does not say that it is heard")),
                Standing::Heard => Ok(()),
                Standing::Never(error) => Err(error),
            };
            let ends = answer.is_err() && waiting.is_new;
            match waiting.call {
                EarCall::Open(topic, reply) => {
                    if ends {
                        self.close(&topic);
                        _ = self.heard.send(Heard::Closed(topic));
                    }
                    _ = reply.send(answer.map(|()| waiting.is_new));
                }
                EarCall::Subscribe(filter, reply) => {
                    if ends {
                        self.unsubscribe(&filter);
                    }
                    _ = reply.send(answer);
                }
                EarCall::Check(reply) => _ = reply.send(answer),
                _ => {}
            }
        }
    }
}

/// How it stands with several things together.
fn of_all(mut standings: impl Iterator<Item = Standing>) -> Standing {
    let other = standings.find(|standing| !matches!(standing, Standing::Heard));
    other.unwrap_or(Standing::Heard)
}

//! What a table is about: which cases it has, and who is measured in each.

use super::peer::Peer;
use crate::case::{Case, Comeback, Condition, Keeping};

/// The subject of a table, named like the files it is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Wirehub beside Bun and beside the bare server.
    Peers,
    /// What it costs that the hub remembers, and how it gives it back.
    Remembering,
    /// What it costs that the hub can be looked into.
    Seeing,
    /// What TLS, compression, trouble and a second shard cost.
    Conditions,
    /// The dialect of Pusher beside another server of its protocol.
    Pusher,
    /// From one hub to another, beside what they meet on without hubs.
    Cluster,
}

/// Clients that come back at once, and how much they missed.
const CLIENTS: usize = 10_000;
const MISSED: usize = 300;
/// So many at once that the queue of those to be accepted, 4096 long, holds them.
const PACED: usize = 2_000;

impl Subject {
    /// The command, and the name of the files without their ending.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Peers => "peers",
            Self::Remembering => "remembering",
            Self::Seeing => "seeing",
            Self::Conditions => "conditions",
            Self::Pusher => "pusher",
            Self::Cluster => "cluster",
        }
    }

    /// The heading of the document.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Peers => "Wirehub beside its peers",
            Self::Remembering => "What remembering costs",
            Self::Seeing => "What looking inside costs",
            Self::Conditions => "What TLS, compression, trouble and a second shard cost",
            Self::Pusher => "Wirehub as a server of Pusher, beside Sockudo",
            Self::Cluster => "From one hub to another, beside the bare broker",
        }
    }

    /// Every case of the table, in its order.
    pub(super) fn cases(self) -> Vec<Case> {
        let fanout = |subscribers, window| Case::Fanout {
            subscribers,
            window,
        };
        let idle = Case::Idle {
            connections: 19_500,
        };
        match self {
            Self::Peers => Case::ALL.to_vec(),
            Self::Seeing => vec![
                fanout(1000, 1),
                fanout(1000, 16),
                fanout(10_000, 16),
                Case::Storm { at_once: 64 },
                idle,
            ],
            Self::Conditions => {
                let room = |condition| Case::Room {
                    subscribers: 1000,
                    rate: 20,
                    condition,
                };
                let mut cases = Condition::ALL.map(room).to_vec();
                cases.extend([fanout(1000, 16), fanout(10_000, 16)]);
                cases
            }
            Self::Cluster => across(),
            Self::Pusher => vec![fanout(1000, 1), fanout(1000, 16), fanout(10_000, 16), idle],
            Self::Remembering => {
                let recovery = |by, window| Case::Recovery {
                    clients: CLIENTS,
                    missed: MISSED,
                    by,
                    window,
                };
                vec![
                    fanout(1000, 1),
                    fanout(1000, 16),
                    fanout(10_000, 16),
                    recovery(Comeback::Since, CLIENTS),
                    recovery(Comeback::Resume, CLIENTS),
                    recovery(Comeback::Since, PACED),
                    recovery(Comeback::Resume, PACED),
                    idle,
                ]
            }
        }
    }

    /// Who is measured in a case.
    pub(super) const fn peers(self, case: Case) -> &'static [Peer] {
        match (self, case) {
            (Self::Pusher, _) => &[Peer::Sockudo, Peer::WirehubPusher],
            (Self::Cluster, _) => &[
                Peer::RedisAlone,
                Peer::WirehubOnRedis,
                Peer::NatsAlone,
                Peer::WirehubOnNats,
            ],
            (Self::Conditions, Case::Room { .. }) => &[Peer::Bun, Peer::Wirehub],
            (Self::Conditions, _) => &[Peer::Wirehub, Peer::WirehubTwoShards],
            (Self::Seeing, _) => &[Peer::WirehubBlind, Peer::WirehubSeeing],
            (Self::Peers, Case::Echo { .. }) => &[
                Peer::BareEpoll,
                Peer::Bun,
                Peer::Ws,
                Peer::Axum,
                Peer::Wirehub,
            ],
            (Self::Peers, Case::Storm { .. }) => &[
                Peer::BareEpoll,
                Peer::Bun,
                Peer::Ws,
                Peer::Axum,
                Peer::Wirehub,
            ],
            (Self::Peers, Case::Fanout { .. }) => &[
                Peer::BareEpoll,
                Peer::Bun,
                Peer::Ws,
                Peer::SocketIo,
                Peer::Axum,
                Peer::Nchan,
                Peer::Nats,
                Peer::Wirehub,
                Peer::WirehubUring,
            ],
            (Self::Peers, _) => &[
                Peer::BareEpoll,
                Peer::Bun,
                Peer::Ws,
                Peer::SocketIo,
                Peer::Axum,
                Peer::Nchan,
                Peer::Nats,
                Peer::Wirehub,
            ],
            (Self::Remembering, Case::Recovery { .. }) => &[Peer::WirehubHistory],
            (Self::Remembering, Case::Idle { .. }) => &[Peer::WirehubSessionless, Peer::Wirehub],
            (Self::Remembering, _) => &[Peer::Wirehub, Peer::WirehubHistory],
        }
    }
}

/// One subscriber shows what a hub on each side adds, many what it is there for; one message in
/// flight shows how long it takes, many what there is room for.
fn across() -> Vec<Case> {
    let loads = |keeping| {
        [(1, 1), (1, 256), (100, 16)].map(|(subscribers, window)| Case::Across {
            subscribers,
            window,
            keeping,
        })
    };
    Keeping::ALL.into_iter().flat_map(loads).collect()
}

#[cfg(test)]
mod tests {
    use super::Subject;
    use crate::case::Case;

    #[test]
    fn who_is_measured_can_do_what_is_asked() {
        for case in Subject::Remembering.cases() {
            let names = Subject::Remembering.peers(case);
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            let recovers = matches!(case, Case::Recovery { .. });
            assert!(!recovers || names == ["wirehub-history"], "{case}");
        }
        assert_eq!(Subject::Peers.cases(), Case::ALL);
    }
}

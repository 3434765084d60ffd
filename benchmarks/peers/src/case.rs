//! What is measured: one case is one kind of load of one size.

mod keeping;

use std::fmt;
use std::str::FromStr;

pub use keeping::Keeping;
use serde::{Deserialize, Serialize};

/// One load. Its text form (`fanout-1000-w16`, `echo-100`, `storm-64`, `idle-19500`,
/// `since-10000-m300`) names it on the command line and in the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Case {
    /// One publisher, many subscribers of one topic.
    Fanout {
        /// Connections that receive every message.
        subscribers: usize,
        /// Messages that may be on their way at once: the publisher waits while this many are
        /// not yet delivered to every subscriber.
        window: usize,
    },
    /// One publisher, many subscribers of one topic who are somewhere else in a cluster.
    Across {
        /// Connections that receive every message.
        subscribers: usize,
        /// As in a fan-out.
        window: usize,
        /// What becomes of a message besides.
        keeping: Keeping,
    },
    /// Every connection sends a message, waits for it to come back, and sends the next.
    Echo {
        /// Connections, each with one message on its way.
        connections: usize,
    },
    /// Connect, upgrade, close handshake, end of stream; again and again.
    Storm {
        /// Connections that are somewhere on this way at once.
        at_once: usize,
    },
    /// Connections subscribed to one topic that nobody publishes to.
    Idle {
        /// Connections held open.
        connections: usize,
    },
    /// Subscribers of one topic that is published to at a steady pace.
    Room {
        /// Connections that receive every message.
        subscribers: usize,
        /// Messages a second.
        rate: usize,
        /// Under which conditions.
        condition: Condition,
    },
    /// Subscribers of one topic that are cut at once and come back, after something was
    /// published.
    Recovery {
        /// Connections that come back.
        clients: usize,
        /// Publications each of them missed.
        missed: usize,
        /// How they ask for them.
        by: Comeback,
        /// Connections on the way from connect to upgraded at once; all of them when there are no
        /// more than this.
        window: usize,
    },
}

/// How a client asks for what it missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comeback {
    /// It subscribes anew and says which position it had.
    Since,
    /// It goes on with its session.
    Resume,
}

impl Comeback {
    const fn name(self) -> &'static str {
        match self {
            Self::Since => "since",
            Self::Resume => "resume",
        }
    }
}

/// What a room is measured under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// As the others.
    Plain,
    /// Over TLS.
    Tls,
    /// With permessage-deflate.
    Deflate,
    /// While one subscriber in a hundred reads slowly, hundreds of others come and go, and somebody
    /// reads the metrics.
    Trouble,
}

impl Condition {
    /// Each, in the order of the published table.
    pub const ALL: [Self; 4] = [Self::Plain, Self::Tls, Self::Deflate, Self::Trouble];

    /// Connections besides those of the room.
    pub const BESIDES: usize = 200;

    const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Tls => "tls",
            Self::Deflate => "deflate",
            Self::Trouble => "trouble",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Tls => "over TLS",
            Self::Deflate => "with permessage-deflate",
            Self::Trouble => "with slow readers, joins and scrapes",
        }
    }
}

impl Case {
    /// Every case in which servers are compared, in the order of the published table.
    pub const ALL: [Self; 8] = [
        Self::Fanout {
            subscribers: 1000,
            window: 1,
        },
        Self::Fanout {
            subscribers: 1000,
            window: 16,
        },
        Self::Fanout {
            subscribers: 10_000,
            window: 1,
        },
        Self::Fanout {
            subscribers: 10_000,
            window: 16,
        },
        Self::Echo { connections: 100 },
        Self::Echo { connections: 1000 },
        Self::Storm { at_once: 64 },
        Self::Idle {
            connections: 19_500,
        },
    ];

    /// The heading of the case in a report.
    pub fn title(self) -> String {
        match self {
            Self::Fanout {
                subscribers,
                window,
            } => {
                format!("Fan-out to {subscribers} subscribers, window {window}")
            }
            Self::Across {
                subscribers,
                window,
                keeping,
            } => {
                let (plural, words) = (if subscribers == 1 { "" } else { "s" }, keeping.words());
                format!(
                    "Across nodes to {subscribers} subscriber{plural}, window {window}, {words}"
                )
            }
            Self::Echo { connections } => format!("Echo over {connections} connections"),
            Self::Storm { at_once } => format!("Connect storm, {at_once} at a time"),
            Self::Idle { connections } => format!("Idle, {connections} subscribed connections"),
            Self::Room {
                subscribers,
                rate,
                condition,
            } => {
                let words = condition.words();
                format!("{rate} messages a second to {subscribers} subscribers, {words}")
            }
            Self::Recovery {
                clients,
                missed,
                by,
                window,
            } => {
                let by = by.name();
                let pace = match window < clients {
                    true => format!("{window} at a time"),
                    false => "all at once".to_owned(),
                };
                format!("{clients} clients come back by `{by}`, {pace}; {missed} missed each")
            }
        }
    }

    /// Under which conditions a room is measured.
    pub fn condition(self) -> Option<Condition> {
        match self {
            Self::Room { condition, .. } => Some(condition),
            _ => None,
        }
    }

    /// How many connections a server holds at the most, which its limits must allow.
    pub fn connections(self) -> usize {
        match self {
            Self::Fanout { subscribers, .. } | Self::Across { subscribers, .. } => subscribers + 1,
            Self::Echo { connections } | Self::Idle { connections } => connections,
            Self::Storm { at_once } => at_once,
            Self::Room { subscribers, .. } => subscribers + 1 + Condition::BESIDES,
            Self::Recovery { clients, .. } => clients + 1,
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fanout {
                subscribers,
                window,
            } => write!(out, "fanout-{subscribers}-w{window}"),
            Self::Across {
                subscribers,
                window,
                keeping,
            } => write!(out, "across-{subscribers}-w{window}-{}", keeping.name()),
            Self::Echo { connections } => write!(out, "echo-{connections}"),
            Self::Storm { at_once } => write!(out, "storm-{at_once}"),
            Self::Idle { connections } => write!(out, "idle-{connections}"),
            Self::Room {
                subscribers,
                rate,
                condition,
            } => write!(out, "room-{subscribers}-r{rate}-{}", condition.name()),
            Self::Recovery {
                clients,
                missed,
                by,
                window,
            } => {
                write!(out, "{}-{clients}-m{missed}", by.name())?;
                match window < clients {
                    true => write!(out, "-w{window}"),
                    false => Ok(()),
                }
            }
        }
    }
}

impl FromStr for Case {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || {
            format!(
                "unknown case {text:?}: use fanout-N-wW, across-N-wW-KEEPING, echo-N, storm-N, idle-N, room-N-rR-CONDITION, since-N-mM[-wW] or \
                 resume-N-mM[-wW]"
            )
        };
        let count = |digits: &str| match digits.parse::<usize>() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(unknown()),
        };
        let (kind, size) = text.split_once('-').ok_or_else(unknown)?;
        match kind {
            "fanout" => {
                let (subscribers, window) = size.split_once("-w").ok_or_else(unknown)?;
                Ok(Self::Fanout {
                    subscribers: count(subscribers)?,
                    window: count(window)?,
                })
            }
            "across" => {
                let (subscribers, rest) = size.split_once("-w").ok_or_else(unknown)?;
                let (window, keeping) = rest.split_once('-').ok_or_else(unknown)?;
                let keeping = Keeping::ALL
                    .into_iter()
                    .find(|known| known.name() == keeping);
                Ok(Self::Across {
                    subscribers: count(subscribers)?,
                    window: count(window)?,
                    keeping: keeping.ok_or_else(unknown)?,
                })
            }
            "echo" => Ok(Self::Echo {
                connections: count(size)?,
            }),
            "storm" => Ok(Self::Storm {
                at_once: count(size)?,
            }),
            "idle" => Ok(Self::Idle {
                connections: count(size)?,
            }),
            "room" => {
                let (subscribers, rest) = size.split_once("-r").ok_or_else(unknown)?;
                let (rate, condition) = rest.split_once('-').ok_or_else(unknown)?;
                let condition = Condition::ALL
                    .into_iter()
                    .find(|known| known.name() == condition);
                Ok(Self::Room {
                    subscribers: count(subscribers)?,
                    rate: count(rate)?,
                    condition: condition.ok_or_else(unknown)?,
                })
            }
            "since" | "resume" => {
                let (clients, rest) = size.split_once("-m").ok_or_else(unknown)?;
                let (missed, window) = rest.split_once("-w").unwrap_or((rest, clients));
                Ok(Self::Recovery {
                    clients: count(clients)?,
                    missed: count(missed)?,
                    window: count(window)?,
                    by: match kind {
                        "since" => Comeback::Since,
                        _ => Comeback::Resume,
                    },
                })
            }
            _ => Err(unknown()),
        }
    }
}

impl From<Case> for String {
    fn from(case: Case) -> Self {
        case.to_string()
    }
}

impl TryFrom<String> for Case {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::{Case, Comeback, Condition, Keeping};

    #[test]
    fn every_case_reads_back_from_its_name() {
        let recovery = |(by, window)| Case::Recovery {
            clients: 10_000,
            missed: 300,
            by,
            window,
        };
        let recoveries = [(Comeback::Since, 10_000), (Comeback::Resume, 2_000)].map(recovery);
        let rooms = Condition::ALL.map(|condition| Case::Room {
            subscribers: 1000,
            rate: 20,
            condition,
        });
        let across = Keeping::ALL.map(|keeping| Case::Across {
            subscribers: 100,
            window: 16,
            keeping,
        });
        let cases = Case::ALL.into_iter().chain(recoveries).chain(rooms);
        for case in cases.chain(across) {
            assert_eq!(case.to_string().parse(), Ok(case));
        }
    }

    #[test]
    fn a_wrong_name_says_what_is_right() {
        for name in [
            "",
            "fanout",
            "fanout-10",
            "fanout-0-w1",
            "echo-x",
            "echo--1",
            "rain-3",
            "since-10",
            "resume-10-m0",
            "room-10-r1",
            "room-10-r1-rain",
            "across-10-w1",
            "across-10-w1-rain",
        ] {
            let error = name.parse::<Case>().expect_err(name);
            assert!(error.contains("fanout-N-wW"), "{error}");
        }
    }
}

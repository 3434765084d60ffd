//! Where nodes, broker and crowd are: all on loopback, or each on a line of its own.
//!
//! With lines each has a network namespace, and a veth pair from there to a bridge in the crowd's.
//! What is cut is dropped by the kernel of whoever is cut off, in both directions and without a
//! word, as by a cable that is pulled.

mod loopback;
mod sweep;

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, bail};

use crate::process;

/// Somebody who is somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Crowd,
    Broker,
    /// A node, by its number.
    Node(usize),
}

/// The network of a cluster. Clones are the same one, which goes with the last of them.
#[derive(Clone)]
pub(crate) struct Network(Rc<Kind>);

enum Kind {
    Loopback,
    Lines(Lines),
}

/// The namespaces, by the beginning of their names.
struct Lines {
    prefix: String,
}

/// What becomes of what a place sends and gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Nothing goes to that place, and nothing comes from there.
    Without(Place),
    /// Nothing goes anywhere.
    Cut,
    /// So many of a hundred packets are lost.
    Lossy(u32),
    /// So many kilobits go in a second, and what waits behind them is late.
    Narrow(u32),
    /// Every packet is so many milliseconds late, and up to half of that more.
    Late(u32),
}

/// What the names of namespaces begin with, before the number of the process that made them.
const PREFIX: &str = "wirehub-chaos-";
/// How many networks this process has laid.
static LAID: AtomicU32 = AtomicU32::new(0);
/// How many nodes a network has room for.
pub(crate) const NODES: usize = 3;

/// Everybody who is somewhere.
const PLACES: [Place; 5] = [
    Place::Crowd,
    Place::Broker,
    Place::Node(0),
    Place::Node(1),
    Place::Node(2),
];

impl Place {
    fn name(self) -> String {
        match self {
            Self::Crowd => "crowd".to_owned(),
            Self::Broker => "broker".to_owned(),
            Self::Node(number) => format!("n{number}"),
        }
    }

    /// Its address where it has a line of its own.
    fn ip(self) -> IpAddr {
        let last = match self {
            Self::Crowd => 1,
            Self::Broker => 2,
            Self::Node(number) => 10 + u8::try_from(number).unwrap_or(u8::MAX - 10),
        };
        IpAddr::V4(Ipv4Addr::new(10, 213, 0, last))
    }
}

impl Network {
    pub(crate) fn new(has_lines: bool) -> Result<Self> {
        let kind = match has_lines {
            false => Kind::Loopback,
            true => Kind::Lines(Lines::lay()?),
        };
        Ok(Self(Rc::new(kind)))
    }

    /// Where somebody is to listen: there, on this port; on loopback, on one that stays free.
    pub(crate) fn address(&self, place: Place, port: u16) -> Result<SocketAddr> {
        match &*self.0 {
            Kind::Loopback => loopback::quiet_address(),
            Kind::Lines(_) => Ok(SocketAddr::new(place.ip(), port)),
        }
    }

    /// A program at a place.
    pub(crate) fn command(&self, place: Place, program: &Path) -> Command {
        match &*self.0 {
            Kind::Loopback => Command::new(program),
            Kind::Lines(lines) => {
                // It becomes the program, so that what is killed later is that one.
                let mut command = Command::new("ip");
                command.args(["netns", "exec", &lines.namespace(place)]);
                command.arg(program);
                command
            }
        }
    }

    /// Does something to the line of a place.
    pub(crate) fn spoil(&self, place: Place, line: Line) -> Result<()> {
        self.lines()?.spoil(place, line)
    }

    /// Makes the line of a place as good as new.
    pub(crate) fn mend(&self, place: Place) -> Result<()> {
        self.lines()?.mend(place)
    }

    fn lines(&self) -> Result<&Lines> {
        match &*self.0 {
            Kind::Lines(lines) => Ok(lines),
            Kind::Loopback => bail!("there are no lines on loopback"),
        }
    }
}

/// Why there can be no lines on this machine.
pub(crate) fn lacks_lines() -> Option<&'static str> {
    let has = |program: &str| process::is_on_path(program);
    if !(has("ip") && has("tc") && has("nft")) {
        return Some("it needs ip, tc and nft: apt-get install iproute2 nftables");
    }
    let root = process::capture(Command::new("id").arg("-u"));
    let is_root = root.is_ok_and(|id| id.trim() == "0");
    (!is_root).then_some("it needs root, for networks of its own")
}

/// Why packets cannot be made late on this machine.
pub(crate) fn lacks_delay() -> Option<&'static str> {
    if let Some(reason) = lacks_lines() {
        return Some(reason);
    }
    let works = || -> Result<()> {
        let lines = Lines::lay()?;
        lines.spoil(Place::Node(0), Line::Late(1))
    };
    let reason = "the kernel of this machine cannot delay packets (sch_netem)";
    works().is_err().then_some(reason)
}

impl Lines {
    fn lay() -> Result<Self> {
        sweep::sweep()?;
        let number = LAID.fetch_add(1, Ordering::Relaxed);
        let lines = Self {
            prefix: format!("{PREFIX}{}-{number}", std::process::id()),
        };
        for place in PLACES {
            lines.ip(&["netns", "add", &lines.namespace(place)])?;
            lines.within(place, &["link", "set", "lo", "up"])?;
        }
        lines.within(Place::Crowd, &["link", "add", "bridge", "type", "bridge"])?;
        lines.within(Place::Crowd, &["link", "set", "bridge", "up"])?;
        lines.give_address(Place::Crowd, "bridge")?;
        for place in PLACES.into_iter().filter(|place| *place != Place::Crowd) {
            let (name, there) = (place.name(), lines.namespace(place));
            let pair = ["link", "add", &name, "type", "veth", "peer", "name", "line"];
            lines.within(Place::Crowd, &[&pair[..], &["netns", &there]].concat())?;
            lines.within(
                Place::Crowd,
                &["link", "set", &name, "master", "bridge", "up"],
            )?;
            lines.within(place, &["link", "set", "line", "up"])?;
            lines.give_address(place, "line")?;
        }
        Ok(lines)
    }

    fn namespace(&self, place: Place) -> String {
        format!("{}-{}", self.prefix, place.name())
    }

    fn give_address(&self, place: Place, device: &str) -> Result<()> {
        let address = format!("{}/24", place.ip());
        self.within(place, &["addr", "add", &address, "dev", device])
    }

    fn spoil(&self, place: Place, line: Line) -> Result<()> {
        let (from, to) = match line {
            Line::Without(other) => {
                let ip = other.ip();
                (format!("ip saddr {ip} drop"), format!("ip daddr {ip} drop"))
            }
            // What a node says to itself does not go over the line.
            Line::Cut => {
                let all = |way: &str| format!("{way} line drop");
                (all("iif"), all("oif"))
            }
            Line::Lossy(percent) => {
                let some = |way: &str| format!("{way} line numgen random mod 100 < {percent} drop");
                (some("iif"), some("oif"))
            }
            Line::Narrow(kilobits) => {
                let rate = format!("{kilobits}kbit");
                return self.queue(
                    place,
                    &["tbf", "rate", &rate, "burst", "4kb", "latency", "2s"],
                );
            }
            Line::Late(millis) => {
                let (delay, more) = (format!("{millis}ms"), format!("{}ms", millis / 2));
                return self.queue(place, &["netem", "delay", &delay, &more]);
            }
        };
        self.filter(
            place,
            &format!(
                "table inet chaos {{\n\
                 chain in {{ type filter hook input priority 0; {from}; }}\n\
                 chain out {{ type filter hook output priority 0; {to}; }}\n}}\n"
            ),
        )
    }

    fn mend(&self, place: Place) -> Result<()> {
        self.filter(place, "flush ruleset\n")?;
        // There is one only where there was a queue.
        let _ = self.run(place, "tc", &["qdisc", "del", "dev", "line", "root"]);
        Ok(())
    }

    fn queue(&self, place: Place, kind: &[&str]) -> Result<()> {
        let add = ["qdisc", "add", "dev", "line", "root"];
        self.run(place, "tc", &[&add[..], kind].concat())
    }

    fn filter(&self, place: Place, rules: &str) -> Result<()> {
        let mut nft = Command::new("ip");
        nft.args(["netns", "exec", &self.namespace(place), "nft", "-f", "-"]);
        let mut child = nft.stdin(Stdio::piped()).spawn()?;
        let input = child.stdin.take().context("nft has no input")?;
        { input }.write_all(rules.as_bytes())?;
        match child.wait()? {
            status if status.success() => Ok(()),
            status => bail!("nft ended with {status} over:\n{rules}"),
        }
    }

    fn run(&self, place: Place, program: &str, arguments: &[&str]) -> Result<()> {
        let namespace = self.namespace(place);
        let head = ["netns", "exec", &namespace, program];
        self.ip(&[&head[..], arguments].concat())
    }

    fn within(&self, place: Place, arguments: &[&str]) -> Result<()> {
        let namespace = self.namespace(place);
        self.ip(&[&["-n", &namespace], arguments].concat())
    }

    fn ip(&self, arguments: &[&str]) -> Result<()> {
        process::capture(Command::new("ip").args(arguments)).map(drop)
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        for place in PLACES {
            // Devices go with their namespaces. What is not there need not be removed.
            let _ = self.ip(&["netns", "del", &self.namespace(place)]);
        }
    }
}

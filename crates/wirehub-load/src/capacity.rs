//! Whether this machine can hold what a scenario asks for, before anything is begun.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::{order::Share, scenario::Scenario};

/// What a thread needs beside connections: its poll and its alarm.
const A_THREAD: u64 = 4;
/// What a process needs: standard streams, pipes, the watch.
const A_PROCESS: u64 = 64;
/// Connections from one address of loopback: servers bound how many may come from one, a Wirehub
/// at 1,000, and loopback has addresses enough.
const A_SOURCE: u64 = 500;
/// What the kernel gives out when it does not say otherwise.
const PORTS: u64 = 28_232;

/// Why this machine cannot hold what a scenario asks for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CapacityError {
    /// There are not enough file descriptors.
    #[error(
        "the scenario needs {needed} file descriptors in each process, and a process may have \
         {limit}: take {processes} processes (--processes {processes}), fewer connections, or \
         raise the hard limit (`ulimit -Hn`, LimitNOFILE= in systemd)"
    )]
    Descriptors {
        /// Descriptors that one process needs.
        needed: u64,
        /// Descriptors that it may have.
        limit: u64,
        /// Processes that would be enough.
        processes: u64,
    },
    /// There are not enough ports.
    #[error(
        "the scenario needs {needed} ports to one server, and {sources} source address(es) have \
         {ports}: give more addresses of this machine (--source, {wanted} in all), or widen \
         net.ipv4.ip_local_port_range"
    )]
    Ports {
        /// Connections at once, of all processes on this machine.
        needed: u64,
        /// Addresses to connect from.
        sources: u64,
        /// Ports that these have together.
        ports: u64,
        /// Addresses that would be enough.
        wanted: u64,
    },
}

/// Raises the limit on open files as far as it may go, and says where it is.
fn descriptors() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    match setrlimit(Resource::Nofile, most) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    }
}

fn ports() -> u64 {
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range");
    let text = text.unwrap_or_default();
    let mut bounds = text.split_whitespace().map(str::parse::<u64>);
    match (bounds.next(), bounds.next()) {
        (Some(Ok(low)), Some(Ok(high))) if high >= low => high - low + 1,
        _ => PORTS,
    }
}

/// Descriptors that each of so many processes needs.
fn needed(scenario: &Scenario, processes: u64) -> u64 {
    let sockets = u64::from(scenario.connections) + u64::from(scenario.publishers());
    let sockets = sockets.saturating_add(scenario.left_behind());
    sockets.div_ceil(processes.max(1)) + u64::from(scenario.threads) * A_THREAD + A_PROCESS
}

/// Holds the scenario against the limits of this machine.
pub(crate) fn check(
    scenario: &Scenario,
    share: &Share,
    sources: &[IpAddr],
) -> Result<(), CapacityError> {
    check_against(
        scenario,
        (share.processes.into(), share.here.into()),
        sources,
        descriptors(),
        ports(),
    )
}

fn check_against(
    scenario: &Scenario,
    (processes, here): (u64, u64),
    sources: &[IpAddr],
    limit: Option<u64>,
    ports: u64,
) -> Result<(), CapacityError> {
    let needs = needed(scenario, processes);
    if let Some(limit) = limit.filter(|limit| *limit < needs) {
        let enough = (processes + 1..=4_096).find(|count| needed(scenario, *count) <= limit);
        return Err(CapacityError::Descriptors {
            needed: needs,
            limit,
            processes: enough.unwrap_or(4_096),
        });
    }
    let sockets = u64::from(scenario.connections) + u64::from(scenario.publishers());
    let needed = sockets.saturating_add(scenario.left_behind());
    let needed = needed.saturating_mul(here).div_ceil(processes.max(1));
    let addresses = sources.len().max(1) as u64;
    let has = addresses.saturating_mul(ports);
    match needed > has {
        true => Err(CapacityError::Ports {
            needed,
            sources: addresses,
            ports: has,
            wanted: needed.div_ceil(ports.max(1)),
        }),
        false => Ok(()),
    }
}

/// Addresses to connect to a server on loopback from: as many as leave ports to spare. For any
/// other server there are none, and the kernel chooses.
pub(crate) fn sources(scenario: &Scenario, to: IpAddr) -> Vec<IpAddr> {
    match to {
        IpAddr::V4(to) if to.is_loopback() => {
            let sockets = u64::from(scenario.connections) + u64::from(scenario.publishers());
            let count = sockets
                .saturating_add(scenario.left_behind())
                .div_ceil(A_SOURCE);
            let base = u32::from(Ipv4Addr::LOCALHOST);
            let count = u32::try_from(count).unwrap_or(1).clamp(1, 65_000);
            (0..count)
                .map(|at| IpAddr::V4(Ipv4Addr::from(base + at)))
                .collect()
        }
        IpAddr::V4(_) | IpAddr::V6(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::scenario::{Backoff, Quick, QuickForm};

    fn scenario(connections: u32) -> Scenario {
        let quick = Quick {
            form: QuickForm::Idle,
            lasts: Duration::from_secs(60),
            connections,
            threads: 4,
            rate: None,
            payload: 128,
            backoff: Backoff::default(),
        };
        quick.scenario()
    }

    #[test]
    fn too_few_descriptors_are_explained_with_what_would_do() {
        let many = scenario(50_000);
        let sources = sources(&many, Ipv4Addr::LOCALHOST.into());
        assert_eq!(sources.len(), 101);
        let error = check_against(&many, (1, 1), &sources, Some(20_000), 28_232).unwrap_err();
        assert!(
            matches!(error, CapacityError::Descriptors { processes: 3, .. }),
            "{error}"
        );
        assert!(error.to_string().contains("--processes 3"), "{error}");
        let fits = |processes| {
            check_against(
                &many,
                (processes, processes),
                &sources,
                Some(20_000),
                28_232,
            )
        };
        assert_eq!(fits(3), Ok(()));
        assert!(fits(2).is_err());
    }

    #[test]
    fn too_few_ports_are_explained() {
        let many = scenario(50_000);
        let error = check_against(&many, (3, 3), &[], Some(20_000), 28_232).unwrap_err();
        assert!(
            matches!(error, CapacityError::Ports { wanted: 2, .. }),
            "{error}"
        );
        // With the third process on another machine, there are enough for two.
        let error = check_against(&many, (6, 2), &[], Some(20_000), 28_232);
        assert_eq!(error, Ok(()));
        assert!(sources(&many, Ipv4Addr::new(192, 0, 2, 1).into()).is_empty());
    }
}

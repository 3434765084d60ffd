//! `wirehub doctor`: is this machine ready for the settings?

use std::{fs, time::Duration};

use rustix::process::{Resource, getrlimit};

use crate::{
    cli::ConfigFile, commands::token::unix_time, exit_code::ExitCode, failure::Failure,
    layers::Sources, output, settings::Settings, size::Size, span::Span,
};

/// 2025-01-01 and 2100-01-01, between which a clock is believed.
const CLOCK: std::ops::Range<Duration> =
    Duration::from_secs(1_735_689_600)..Duration::from_secs(4_102_444_800);
/// Memory that an idle connection takes of this process and of the kernel, roughly.
const CONNECTION_BYTES: usize = 4 * 1024;
/// The first version of cgroups writes "no bound" as a number beyond every machine.
const BOUNDLESS: u64 = 1 << 60;
/// Files that are open beside connections.
const SPARE_FILES: usize = 64;

/// What a check found.
#[derive(Debug)]
enum Finding {
    Fine(String),
    Warning(String),
    Fault(String),
}

pub(crate) fn run(config: ConfigFile) -> Result<ExitCode, Failure> {
    let layers = Sources::here(config.file, Vec::new()).read()?;
    let settings = Settings::new(&layers)?;
    let findings = [
        ("open files", open_files(&settings)),
        ("somaxconn", somaxconn(&settings)),
        ("port range", port_range(&settings)),
        ("timeouts", timeouts(&settings)),
        ("sessions", sessions(&settings)),
        ("clock", clock()),
        ("memory", memory(&settings)),
    ];
    let mut code = ExitCode::Fine;
    for (name, finding) in findings {
        let (word, text) = match finding {
            Finding::Fine(text) => ("ok", text),
            Finding::Warning(text) => ("warn", text),
            Finding::Fault(text) => {
                code = ExitCode::Refused;
                ("fail", text)
            }
        };
        output::say(&format!("{word:<5} {name:<11} {text}"));
    }
    Ok(code)
}

fn open_files(settings: &Settings) -> Finding {
    let connections = settings.hub.limits.connections;
    let Some(files) = getrlimit(Resource::Nofile).maximum else {
        return Finding::Fine("without bound".to_owned());
    };
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    if files < 1024 {
        return Finding::Fault(format!(
            "{files} may be open, too few for a server; raise LimitNOFILE= in systemd, or `nofile` \
             in /etc/security/limits.conf"
        ));
    }
    if files < connections.saturating_add(SPARE_FILES) {
        return Finding::Warning(format!(
            "{files} may be open, fewer than `limits.connections` = {connections} needs; raise \
             LimitNOFILE= in systemd or `nofile` in /etc/security/limits.conf, or lower the limit"
        ));
    }
    Finding::Fine(format!("{files} may be open"))
}

fn somaxconn(settings: &Settings) -> Finding {
    let backlog = settings.hub.tcp.backlog;
    let Some(most) = read_number("/proc/sys/net/core/somaxconn") else {
        return Finding::Warning("cannot be read on this system".to_owned());
    };
    if most < u64::from(backlog) {
        return Finding::Warning(format!(
            "the kernel cuts `tcp.backlog` = {backlog} to {most}, so bursts of connections may be \
             dropped; run `sysctl -w net.core.somaxconn={backlog}`"
        ));
    }
    Finding::Fine(format!("{most}, `tcp.backlog` is {backlog}"))
}

fn port_range(settings: &Settings) -> Finding {
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let ends: Vec<u16> = text
        .split_whitespace()
        .filter_map(|end| end.parse().ok())
        .collect();
    let [first, last] = ends.as_slice() else {
        return Finding::Warning("cannot be read on this system".to_owned());
    };
    let range = *first..=*last;
    for (key, address) in [
        ("listen", settings.listen),
        ("admin.listen", settings.admin_listen),
    ] {
        if range.contains(&address.port()) {
            return Finding::Warning(format!(
                "`{key}` has port {}, which lies in {first} to {last}, where outgoing connections \
                 get theirs, so it may be taken at a start; use another port, or set \
                 net.ipv4.ip_local_reserved_ports",
                address.port()
            ));
        }
    }
    let ports = u32::from(*last).saturating_sub(u32::from(*first)) + 1;
    if ports < 20_000 {
        return Finding::Warning(format!(
            "{first} to {last}: a proxy on this machine can open only {ports} connections to the \
             hub; run `sysctl -w net.ipv4.ip_local_port_range='1024 65535'`"
        ));
    }
    Finding::Fine(format!("{first} to {last}"))
}

/// That they fit together was checked with the settings; this says what they add up to.
fn timeouts(settings: &Settings) -> Finding {
    let (heartbeat, tcp) = (settings.hub.heartbeat, &settings.hub.tcp);
    let found = Span(heartbeat.interval.saturating_add(heartbeat.timeout));
    match &tcp.keepalive {
        Some(keepalive) => Finding::Fine(format!(
            "a dead peer is found by the heartbeat after {found}, by the kernel after {}",
            Span(keepalive.detection())
        )),
        None => Finding::Warning(format!(
            "a dead peer is found by the heartbeat after {found}; the kernel does not look, because \
             `tcp.keepalive.time` is off"
        )),
    }
}

fn sessions(settings: &Settings) -> Finding {
    let advice = settings.advice();
    if !advice.is_empty() {
        return Finding::Warning(advice.join("; "));
    }
    let within = settings.hub.sessions.resume_within;
    Finding::Fine(if within.is_zero() {
        "not kept: a client that lost its connection begins anew".to_owned()
    } else {
        format!(
            "a client that lost its connection may come back within {}",
            Span(within)
        )
    })
}

fn clock() -> Finding {
    let now = unix_time();
    if CLOCK.contains(&now) {
        return Finding::Fine(format!("{} s since 1970", now.as_secs()));
    }
    Finding::Fault(format!(
        "{} s since 1970 is not today, and tokens would be refused; start a time service such as \
         systemd-timesyncd or chrony",
        now.as_secs()
    ))
}

fn memory(settings: &Settings) -> Finding {
    let bound = [
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ];
    let Some(bytes) = bound.iter().find_map(|path| read_number(path)) else {
        return Finding::Fine("no bound of a container".to_owned());
    };
    if bytes >= BOUNDLESS {
        return Finding::Fine("no bound of a container".to_owned());
    }
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    let connections = settings.hub.limits.connections;
    let needed = connections.saturating_mul(CONNECTION_BYTES);
    if bytes < needed {
        return Finding::Warning(format!(
            "the container may use {}, but `limits.connections` = {connections} may need about {}; \
             lower it or raise the container's memory",
            Size(bytes),
            Size(needed)
        ));
    }
    Finding::Fine(format!("the container may use {}", Size(bytes)))
}

fn read_number(path: &str) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

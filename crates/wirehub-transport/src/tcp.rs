//! TCP options, checked against each other and against the heartbeat.

use std::io;
use std::time::Duration;

use socket2::{Socket, TcpKeepalive};
use wirehub_model::Heartbeat;

/// The TCP options of a listener and of every connection it accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TcpSettings {
    /// Send each write at once (`TCP_NODELAY`). Writes are coalesced per turn of the loop anyway,
    /// so Nagle's algorithm would only add delay.
    pub nodelay: bool,
    /// Connections that may wait to be accepted, per listener. The kernel cuts it to
    /// `net.core.somaxconn`.
    pub backlog: u32,
    /// Probes of the kernel on connections where nothing moves; `None` turns them off.
    pub keepalive: Option<Keepalive>,
    /// How long sent bytes may stay unacknowledged (`TCP_USER_TIMEOUT`, RFC 5482); `None` leaves it
    /// to the kernel's retransmissions, a quarter of an hour by default.
    pub user_timeout: Option<Duration>,
    /// The kernel's receive buffer in bytes; `None` lets the kernel tune it.
    pub receive_buffer: Option<usize>,
    /// The kernel's send buffer in bytes; `None` lets the kernel tune it.
    pub send_buffer: Option<usize>,
}

/// When the kernel probes a silent connection, and when it gives up (tcp(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keepalive {
    /// Silence before the first probe (`TCP_KEEPIDLE`), in whole seconds.
    pub time: Duration,
    /// The pause between two probes (`TCP_KEEPINTVL`), in whole seconds.
    pub interval: Duration,
    /// Probes without an answer before the connection is given up (`TCP_KEEPCNT`).
    pub probes: u32,
}

impl Keepalive {
    /// How long a peer has been gone when the kernel notices: `time + interval * probes`.
    #[must_use]
    pub fn detection(&self) -> Duration {
        self.time
            .saturating_add(self.interval.saturating_mul(self.probes))
    }

    /// When the last probe is sent, one interval before [`Keepalive::detection`].
    fn last_probe(&self) -> Duration {
        self.detection().saturating_sub(self.interval)
    }
}

impl Default for TcpSettings {
    /// Suits the default heartbeat (25 s and 10 s): the heartbeat finds a dead peer after 35 s, the
    /// kernel reaps what is left after 90 s.
    fn default() -> Self {
        Self {
            nodelay: true,
            backlog: 4_096,
            keepalive: Some(Keepalive {
                time: Duration::from_secs(60),
                interval: Duration::from_secs(10),
                probes: 3,
            }),
            user_timeout: Some(Duration::from_secs(90)),
            receive_buffer: None,
            send_buffer: None,
        }
    }
}

/// A rule between TCP settings that does not hold: which one, with the numbers, why it exists and
/// what to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TcpSettingsError {
    /// A backlog that listen(2) does not take.
    #[error("backlog is {0}; it has to be 1 to 2147483647 (the kernel cuts it to somaxconn)")]
    Backlog(u32),
    /// A buffer too small to hold one segment.
    #[error("{name} is {bytes} bytes; it has to be 4096 to 1073741824, or left to the kernel")]
    Buffer {
        /// The setting.
        name: &'static str,
        /// Its value.
        bytes: usize,
    },
    /// A keepalive span that the kernel does not take.
    #[error("keepalive.{name} is {span:?}; the kernel takes whole seconds from 1 to 32767")]
    KeepaliveSpan {
        /// The setting.
        name: &'static str,
        /// Its value.
        span: Duration,
    },
    /// A probe count that the kernel does not take.
    #[error("keepalive.probes is {0}; the kernel takes 1 to 127")]
    KeepaliveProbes(u32),
    /// A user timeout that the kernel does not take.
    #[error("user_timeout is {0:?}; it has to be 1 s to 2147483 s, or turned off")]
    UserTimeout(Duration),
    /// The user timeout replaces the probe count, so the extra time was not asked for.
    #[error(
        "user_timeout is {user_timeout:?}, longer than keepalive takes to give up ({detection:?} = \
         time + interval * probes): with a user timeout the kernel ignores the number of probes, \
         so a dead peer would be kept for the whole user timeout; lower user_timeout to \
         {detection:?}, or raise keepalive.probes"
    )]
    UserTimeoutAfterKeepalive {
        /// The setting.
        user_timeout: Duration,
        /// What the keepalive settings add up to.
        detection: Duration,
    },
    /// The connection would be given up before the last probe.
    #[error(
        "user_timeout is {user_timeout:?}, and the last keepalive probe is due after \
         {last_probe:?} (time + interval * (probes - 1)): the kernel gives up at the first of \
         both, so that probe would never be sent; raise user_timeout to {detection:?}, or lower \
         keepalive.probes"
    )]
    UserTimeoutBeforeLastProbe {
        /// The setting.
        user_timeout: Duration,
        /// When the last probe would be sent.
        last_probe: Duration,
        /// What the keepalive settings add up to.
        detection: Duration,
    },
    /// The kernel would end connections that may still answer their heartbeat.
    #[error(
        "user_timeout is {user_timeout:?}, not longer than heartbeat.timeout ({timeout:?}): the \
         kernel would drop a connection whose answer is still allowed to come, and the cause would \
         read `failed` and not `heartbeat_timeout`; raise user_timeout above {timeout:?}"
    )]
    UserTimeoutBeforeHeartbeat {
        /// The setting.
        user_timeout: Duration,
        /// How long a heartbeat waits for its answer.
        timeout: Duration,
    },
    /// Probes would be sent on healthy connections, between two heartbeats.
    #[error(
        "keepalive.time is {time:?}, not longer than heartbeat.interval ({interval:?}): heartbeats \
         keep a healthy connection from being silent for longer than that, so keepalive would only \
         send probes in between, and learn nothing; raise keepalive.time above {interval:?}, or \
         turn keepalive off"
    )]
    KeepaliveBetweenHeartbeats {
        /// The setting.
        time: Duration,
        /// The pause between two heartbeats.
        interval: Duration,
    },
    /// The kernel would notice a dead peer before the heartbeat can.
    #[error(
        "keepalive gives up after {detection:?} (time + interval * probes), not later than a \
         heartbeat does ({heartbeat:?} = interval + timeout): keepalive is there for what the \
         heartbeat misses, and would hide its cause; raise keepalive until it adds up to more than \
         {heartbeat:?}, or shorten the heartbeat"
    )]
    KeepaliveBeforeHeartbeat {
        /// What the keepalive settings add up to.
        detection: Duration,
        /// What the heartbeat's settings add up to.
        heartbeat: Duration,
    },
}

const SECONDS_MAX: u64 = 32_767;
const PROBES_MAX: u32 = 127;
const BUFFER_MIN: usize = 4 * 1024;
const BUFFER_MAX: usize = 1 << 30;

impl TcpSettings {
    /// Checks each value, then the values against each other and against `heartbeat`.
    ///
    /// # Errors
    ///
    /// The first rule that does not hold.
    pub fn check(&self, heartbeat: Heartbeat) -> Result<(), TcpSettingsError> {
        self.check_values()?;
        if let Some(keepalive) = &self.keepalive {
            check_keepalive(keepalive)?;
            check_against_heartbeat(keepalive, heartbeat)?;
        }
        if let Some(user_timeout) = self.user_timeout {
            self.check_user_timeout(user_timeout, heartbeat)?;
        }
        Ok(())
    }

    fn check_values(&self) -> Result<(), TcpSettingsError> {
        if self.backlog == 0 || i32::try_from(self.backlog).is_err() {
            return Err(TcpSettingsError::Backlog(self.backlog));
        }
        let buffers = [
            ("receive_buffer", self.receive_buffer),
            ("send_buffer", self.send_buffer),
        ];
        for (name, bytes) in buffers {
            match bytes {
                Some(bytes) if !(BUFFER_MIN..=BUFFER_MAX).contains(&bytes) => {
                    return Err(TcpSettingsError::Buffer { name, bytes });
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check_user_timeout(
        &self,
        user_timeout: Duration,
        heartbeat: Heartbeat,
    ) -> Result<(), TcpSettingsError> {
        let range = Duration::from_secs(1)..=Duration::from_secs(2_147_483);
        if !range.contains(&user_timeout) {
            return Err(TcpSettingsError::UserTimeout(user_timeout));
        }
        if user_timeout <= heartbeat.timeout {
            return Err(TcpSettingsError::UserTimeoutBeforeHeartbeat {
                user_timeout,
                timeout: heartbeat.timeout,
            });
        }
        let Some(keepalive) = &self.keepalive else {
            return Ok(());
        };
        let (last_probe, detection) = (keepalive.last_probe(), keepalive.detection());
        if user_timeout > detection {
            return Err(TcpSettingsError::UserTimeoutAfterKeepalive {
                user_timeout,
                detection,
            });
        }
        if user_timeout <= last_probe {
            return Err(TcpSettingsError::UserTimeoutBeforeLastProbe {
                user_timeout,
                last_probe,
                detection,
            });
        }
        Ok(())
    }

    /// Sets what a listener has to have before listen(2): its buffers decide the window that is
    /// announced in the TCP handshake.
    pub(crate) fn apply_to_listener(&self, socket: &Socket) -> io::Result<()> {
        if let Some(bytes) = self.receive_buffer {
            socket.set_recv_buffer_size(bytes)?;
        }
        if let Some(bytes) = self.send_buffer {
            socket.set_send_buffer_size(bytes)?;
        }
        Ok(())
    }

    /// Sets the options of one connection. On Linux a connection inherits them from its listener,
    /// which saves six system calls for each one accepted.
    pub(crate) fn apply_to_connection(&self, socket: &Socket) -> io::Result<()> {
        socket.set_tcp_nodelay(self.nodelay)?;
        if let Some(keepalive) = &self.keepalive {
            let options = TcpKeepalive::new()
                .with_time(keepalive.time)
                .with_interval(keepalive.interval)
                .with_retries(keepalive.probes);
            socket.set_tcp_keepalive(&options)?;
        }
        #[cfg(target_os = "linux")]
        socket.set_tcp_user_timeout(self.user_timeout)?;
        Ok(())
    }
}

fn check_keepalive(keepalive: &Keepalive) -> Result<(), TcpSettingsError> {
    for (name, span) in [("time", keepalive.time), ("interval", keepalive.interval)] {
        let whole = span.subsec_nanos() == 0;
        if !whole || !(1..=SECONDS_MAX).contains(&span.as_secs()) {
            return Err(TcpSettingsError::KeepaliveSpan { name, span });
        }
    }
    if !(1..=PROBES_MAX).contains(&keepalive.probes) {
        return Err(TcpSettingsError::KeepaliveProbes(keepalive.probes));
    }
    Ok(())
}

fn check_against_heartbeat(
    keepalive: &Keepalive,
    heartbeat: Heartbeat,
) -> Result<(), TcpSettingsError> {
    if keepalive.time <= heartbeat.interval {
        return Err(TcpSettingsError::KeepaliveBetweenHeartbeats {
            time: keepalive.time,
            interval: heartbeat.interval,
        });
    }
    let (detection, sum) = (
        keepalive.detection(),
        heartbeat.interval.saturating_add(heartbeat.timeout),
    );
    if detection <= sum {
        return Err(TcpSettingsError::KeepaliveBeforeHeartbeat {
            detection,
            heartbeat: sum,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;

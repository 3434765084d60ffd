//! What a broker has counted: commands or messages, and bytes.

use std::io::{self, Read, Write};
use std::net::{SocketAddrV4, TcpStream};
use std::ops::{Mul, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::runner::cluster::{Cluster, Meeting};

const PATIENCE: Duration = Duration::from_secs(5);

/// What came and went at a broker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Traffic {
    /// Redis: commands, those within scripts too. NATS: messages that came.
    pub(crate) asked: f64,
    /// Redis: scripts among them.
    pub(crate) scripts: f64,
    /// NATS: messages that went out.
    pub(crate) told: f64,
    /// Bytes that came: on the wire of Redis, in messages of NATS.
    pub(crate) bytes_in: f64,
    /// Bytes that went out.
    pub(crate) bytes_out: f64,
}

impl Traffic {
    /// Each figure by itself.
    fn of_both(self, other: Self, make: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            asked: make(self.asked, other.asked),
            scripts: make(self.scripts, other.scripts),
            told: make(self.told, other.told),
            bytes_in: make(self.bytes_in, other.bytes_in),
            bytes_out: make(self.bytes_out, other.bytes_out),
        }
    }
}

impl Sub for Traffic {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.of_both(other, |here, there| here - there)
    }
}

impl Mul<f64> for Traffic {
    type Output = Self;

    fn mul(self, times: f64) -> Self {
        self.of_both(self, |figure, _| figure * times)
    }
}

/// Reads the counters of a broker.
#[derive(Debug)]
pub(crate) struct Tally {
    meeting: Meeting,
    address: SocketAddrV4,
    /// What reading them once adds.
    own: Traffic,
}

impl Tally {
    /// Of the broker of a cluster.
    ///
    /// # Errors
    /// When it does not tell.
    pub(crate) fn of(meeting: Meeting, cluster: &Cluster) -> io::Result<Self> {
        let mut tally = Self {
            meeting,
            address: cluster.counters,
            own: Traffic::default(),
        };
        let first = tally.read()?;
        tally.own = match meeting {
            Meeting::Redis => tally.read()? - first,
            // Nobody else asks it over HTTP.
            Meeting::Nats => Traffic::default(),
        };
        Ok(tally)
    }

    /// What has been counted so far.
    ///
    /// # Errors
    /// When the broker does not tell.
    pub(crate) fn read(&self) -> io::Result<Traffic> {
        match self.meeting {
            Meeting::Redis => of_redis(&self.ask(b"INFO everything\r\nQUIT\r\n")?),
            Meeting::Nats => {
                // The older version, in which an answer comes in one piece and then ends.
                of_nats(&self.ask(b"GET /varz HTTP/1.0\r\n\r\n")?)
            }
        }
    }

    /// What was counted since, without reading it now.
    ///
    /// # Errors
    /// As for [`Tally::read`].
    pub(crate) fn since(&self, then: Traffic) -> io::Result<Traffic> {
        Ok(self.read()? - then - self.own)
    }

    fn ask(&self, request: &[u8]) -> io::Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(request)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

/// Reads `NAME:VALUE` lines.
fn of_redis(info: &str) -> io::Result<Traffic> {
    let line = |name: &str| {
        let mut lines = info.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    };
    let number = |name: &str| {
        let number = line(name).and_then(|value| value.parse().ok());
        number.ok_or_else(|| io::Error::other(format!("Redis does not count {name}")))
    };
    let scripts = line("cmdstat_evalsha").and_then(|row| row.strip_prefix("calls="));
    let scripts = scripts.and_then(|row| row.split(',').next()?.parse().ok());
    Ok(Traffic {
        asked: number("total_commands_processed")?,
        scripts: scripts.unwrap_or(0.0),
        told: 0.0,
        bytes_in: number("total_net_input_bytes")?,
        bytes_out: number("total_net_output_bytes")?,
    })
}

fn of_nats(answer: &str) -> io::Result<Traffic> {
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let varz: serde_json::Value = serde_json::from_str(body)?;
    let number = |name: &str| {
        let number = varz[name].as_f64();
        number.ok_or_else(|| io::Error::other(format!("NATS does not count {name}")))
    };
    Ok(Traffic {
        asked: number("in_msgs")?,
        scripts: 0.0,
        told: number("out_msgs")?,
        bytes_in: number("in_bytes")?,
        bytes_out: number("out_bytes")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_found_among_others() {
        let info = "# Stats\r\ntotal_commands_processed:7\r\ntotal_net_input_bytes:10\r\n\
                    total_net_output_bytes:20\r\ncmdstat_evalsha:calls=3,usec=9\r\n";
        let found = of_redis(info).expect("counted");
        assert_eq!((found.asked, found.scripts), (7.0, 3.0));
        assert_eq!((found.bytes_in, found.bytes_out), (10.0, 20.0));
        assert!(of_redis("# Stats\r\n").is_err());
        let varz = "HTTP/1.1 200 OK\r\n\r\n\
                    {\"in_msgs\":1,\"out_msgs\":2,\"in_bytes\":3,\"out_bytes\":4}";
        let found = of_nats(varz).expect("counted");
        assert_eq!((found.asked, found.told, found.bytes_out), (1.0, 2.0, 4.0));
        assert!(of_nats("HTTP/1.1 404 No\r\n\r\n").is_err());
    }
}

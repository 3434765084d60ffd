//! The PROXY protocol, version 2: how a load balancer in front names the client.
//!
//! Source: `proxy-protocol.txt` of HAProxy, section 2.2. The parser does no IO; [`read`] feeds it
//! from a socket, and never takes a byte beyond the header.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// What opens every header of version 2.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// What opens every header of version 1, the one in text.
const V1_SIGNATURE: &[u8] = b"PROXY ";
/// The signature, version and command, family and protocol, and the length of what follows.
const FIXED: usize = 16;
/// Bytes that may follow the fixed part. Addresses need 36; the rest are TLVs, which proxies keep
/// to a few hundred bytes.
const FOLLOWING_MAX: usize = 2_048;

/// What a header says of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyHeader {
    /// The proxy speaks for itself (a health check), or does not tell: the socket's own address
    /// counts.
    Local,
    /// The proxy passes on a connection of a client.
    Proxied {
        /// The client.
        source: SocketAddr,
        /// The address that the client connected to.
        destination: SocketAddr,
    },
}

/// The state of a header after some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyProgress {
    /// At least this many bytes are missing; asking for no more than these never reads past the
    /// header.
    Missing(usize),
    /// The header is complete.
    Complete {
        /// What it says.
        header: ProxyHeader,
        /// The bytes it takes; the client's own data follows.
        length: usize,
    },
}

/// Why a connection that has to begin with a PROXY header is refused.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// The bytes are something else, such as a client that does not come through the proxy.
    #[error("connection does not begin with a PROXY protocol header; is it from the proxy?")]
    NotProxy,
    /// Version 1, in text.
    #[error("PROXY protocol version 1 is not supported; set the proxy to send version 2")]
    Version1,
    /// The version is not 2, or the command is neither LOCAL nor PROXY.
    #[error("PROXY header has version and command {0:#04x}; 0x20 and 0x21 are known")]
    Command(u8),
    /// The family and protocol are not TCP over IPv4 or IPv6.
    #[error(
        "PROXY header has address family {0:#04x}; 0x11 (TCP over IPv4) and 0x21 (IPv6) are known"
    )]
    Family(u8),
    /// Addresses do not fit into the length that the header gives.
    #[error("PROXY header of family {family:#04x} has {length} bytes of addresses")]
    Short {
        /// The family byte.
        family: u8,
        /// The length given.
        length: usize,
    },
    /// The header says that it is longer than any real one.
    #[error("PROXY header announces {0} bytes, more than 2048")]
    Long(usize),
    /// The header did not come in time.
    #[error("PROXY header did not arrive within {0:?}")]
    Timeout(Duration),
    /// The connection ended or broke inside the header.
    #[error("connection broke inside its PROXY header")]
    Io(#[from] io::Error),
}

impl ProxyHeader {
    /// Reads a header from the front of `bytes`.
    ///
    /// Each rule is checked as soon as its byte is there, so a stranger is refused by the first
    /// byte that is wrong.
    ///
    /// # Errors
    ///
    /// The bytes cannot become a header that is supported.
    pub fn parse(bytes: &[u8]) -> Result<ProxyProgress, ProxyError> {
        let begun = bytes.get(..SIGNATURE.len()).unwrap_or(bytes);
        if !SIGNATURE.starts_with(begun) {
            return Err(refuse(begun));
        }
        if let Some(&command @ (0..=0x1f | 0x22..)) = bytes.get(12) {
            return Err(ProxyError::Command(command));
        }
        let Some((fixed, rest)) = bytes.split_first_chunk::<FIXED>() else {
            return Ok(ProxyProgress::Missing(FIXED - bytes.len()));
        };
        let [.., command, family, high, low] = *fixed;
        let following = usize::from(u16::from_be_bytes([high, low]));
        if following > FOLLOWING_MAX {
            return Err(ProxyError::Long(following));
        }
        let Some(body) = rest.get(..following) else {
            return Ok(ProxyProgress::Missing(following - rest.len()));
        };
        let header = match command {
            0x20 => Self::Local,
            _ => addresses(family, body)?,
        };
        Ok(ProxyProgress::Complete {
            header,
            length: FIXED + following,
        })
    }
}

fn refuse(begun: &[u8]) -> ProxyError {
    let common = begun.len().min(V1_SIGNATURE.len());
    match begun.get(..common) == V1_SIGNATURE.get(..common) {
        true => ProxyError::Version1,
        false => ProxyError::NotProxy,
    }
}

/// The address block of a PROXY command; what follows it are TLVs, which nothing here needs.
fn addresses(family: u8, body: &[u8]) -> Result<ProxyHeader, ProxyError> {
    let block = match family {
        // The proxy does not know the client's family: the specification has the address ignored.
        0x00 => return Ok(ProxyHeader::Local),
        0x11 => ipv4_block(body),
        0x21 => ipv6_block(body),
        family => return Err(ProxyError::Family(family)),
    };
    let (source, destination) = block.ok_or(ProxyError::Short {
        family,
        length: body.len(),
    })?;
    Ok(ProxyHeader::Proxied {
        source,
        destination,
    })
}

fn ipv4_block(body: &[u8]) -> Option<(SocketAddr, SocketAddr)> {
    let [a, b, c, d, e, f, g, h, ports @ ..] = *body.first_chunk::<12>()?;
    let pair = [Ipv4Addr::new(a, b, c, d), Ipv4Addr::new(e, f, g, h)];
    Some(with_ports(pair.map(IpAddr::V4), ports))
}

fn ipv6_block(body: &[u8]) -> Option<(SocketAddr, SocketAddr)> {
    let (source, rest) = body.split_first_chunk::<16>()?;
    let (destination, rest) = rest.split_first_chunk::<16>()?;
    let pair = [Ipv6Addr::from(*source), Ipv6Addr::from(*destination)];
    Some(with_ports(
        pair.map(|ip| ip.to_canonical()),
        *rest.first_chunk()?,
    ))
}

fn with_ports([source, destination]: [IpAddr; 2], ports: [u8; 4]) -> (SocketAddr, SocketAddr) {
    let [a, b, c, d] = ports;
    (
        SocketAddr::new(source, u16::from_be_bytes([a, b])),
        SocketAddr::new(destination, u16::from_be_bytes([c, d])),
    )
}

/// Reads a header from `stream`, and nothing beyond it.
///
/// # Errors
///
/// No supported header came within `timeout`.
pub async fn read<S: AsyncRead + Unpin>(
    stream: &mut S,
    timeout: Duration,
) -> Result<ProxyHeader, ProxyError> {
    let outcome = tokio::time::timeout(timeout, read_whole(stream)).await;
    outcome.unwrap_or(Err(ProxyError::Timeout(timeout)))
}

async fn read_whole<S: AsyncRead + Unpin>(stream: &mut S) -> Result<ProxyHeader, ProxyError> {
    let mut bytes = Vec::with_capacity(FIXED);
    loop {
        let missing = match ProxyHeader::parse(&bytes)? {
            ProxyProgress::Complete { header, .. } => return Ok(header),
            ProxyProgress::Missing(missing) => missing,
        };
        let missing = u64::try_from(missing).unwrap_or(u64::MAX);
        let read = (&mut *stream).take(missing).read_buf(&mut bytes).await?;
        if read == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
    }
}

#[cfg(test)]
mod tests;

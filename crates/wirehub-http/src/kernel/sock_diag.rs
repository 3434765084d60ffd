//! Questions about TCP sockets to the kernel (sock_diag(7)), which needs no rights for them.

use std::{
    io::{self, Read as _},
    net::SocketAddr,
    time::Duration,
};

use socket2::{Domain, Protocol, Socket, Type};

/// `AF_NETLINK` and `NETLINK_SOCK_DIAG` (linux/socket.h, linux/netlink.h).
const NETLINK: (i32, i32) = (16, 4);
/// `SOCK_DIAG_BY_FAMILY` (linux/sock_diag.h), the type of questions and of what was found.
const BY_FAMILY: u16 = 20;
/// `NLMSG_ERROR` and `NLMSG_DONE` (linux/netlink.h).
const ENDS: [u16; 2] = [2, 3];
/// `NLM_F_REQUEST | NLM_F_DUMP` (linux/netlink.h).
const ALL_PLEASE: u16 = 0x301;
const HEADER_BYTES: usize = 16;
/// The size of `struct inet_diag_msg` (linux/inet_diag.h).
const FOUND_BYTES: usize = 72;
/// `INET_DIAG_INFO` (linux/inet_diag.h).
const INFO: u16 = 2;
/// As much as the kernel puts into one message of a list.
const PART_BYTES: usize = 32 * 1024;
/// Parts of a list that are read: some hundred sockets.
const PARTS_MAX: usize = 4;
/// The kernel answers at once; a program must not hang where it does not.
const PATIENCE: Duration = Duration::from_secs(1);

/// Which sockets of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All that listen there.
    Listeners,
    /// Some that were accepted there. In the kernel's table they lie as a hash with a secret has
    /// it, so that the first ones are as good as any others.
    Connections,
}

/// A socket that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// `idiag_rqueue`
    pub(super) to_read: u32,
    /// `idiag_wqueue`
    pub(super) to_write: u32,
    pub(super) tcp: Option<TcpInfo>,
}

/// What is of interest here in `struct tcp_info` (linux/tcp.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TcpInfo {
    /// `tcpi_rtt`
    pub(super) round_trip_micros: u32,
    /// `tcpi_total_retrans`
    pub(super) again: u32,
    /// `tcpi_segs_out`
    pub(super) segments: u32,
}

/// Asks the kernel for sockets.
pub(super) fn find(address: SocketAddr, wanted: Wanted) -> io::Result<Vec<Found>> {
    let (domain, protocol) = NETLINK;
    let (domain, protocol) = (Domain::from(domain), Protocol::from(protocol));
    let mut kernel = Socket::new(domain, Type::DGRAM, Some(protocol))?;
    kernel.set_read_timeout(Some(PATIENCE))?;
    kernel.send(&question(address, wanted))?;
    let mut found = Vec::new();
    let mut part = vec![0; PART_BYTES];
    for _ in 0..PARTS_MAX {
        let bytes = kernel.read(&mut part)?;
        let ended = read_part(part.get(..bytes).unwrap_or_default(), &mut found);
        if ended {
            break;
        }
    }
    Ok(found)
}

/// A `struct inet_diag_req_v2` behind its header.
fn question(address: SocketAddr, wanted: Wanted) -> Vec<u8> {
    let family = u8::try_from(i32::from(Domain::for_address(address))).unwrap_or_default();
    let tcp = u8::try_from(i32::from(Protocol::TCP)).unwrap_or_default();
    // One bit for each state, and for each thing to be told beside (linux/tcp.h).
    let (states, beside): (u32, u8) = match wanted {
        Wanted::Listeners => (1 << 10, 0),
        Wanted::Connections => (1 << 1, 1 << (INFO - 1)),
    };
    let mut text = vec![family, tcp, beside, 0];
    text.extend(states.to_ne_bytes());
    // Only the port on this side is compared.
    text.extend(address.port().to_be_bytes());
    text.resize(56, 0);
    let mut question = Vec::with_capacity(HEADER_BYTES + text.len());
    question.extend(((HEADER_BYTES + text.len()) as u32).to_ne_bytes());
    question.extend(BY_FAMILY.to_ne_bytes());
    question.extend(ALL_PLEASE.to_ne_bytes());
    question.resize(HEADER_BYTES, 0);
    question.extend(text);
    question
}

/// Reads one part of the answer; returns whether it was the last.
fn read_part(mut part: &[u8], found: &mut Vec<Found>) -> bool {
    while let Some((kind, body, rest)) = message(part) {
        if ENDS.contains(&kind) {
            return true;
        }
        if kind == BY_FAMILY
            && let Some(socket) = socket(body)
        {
            found.push(socket);
        }
        part = rest;
    }
    false
}

/// The type and the body of the first message, and what is behind it.
fn message(part: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = u32_at(part, 0)? as usize;
    let body = part.get(HEADER_BYTES..length)?;
    let rest = part.get(length.next_multiple_of(4)..).unwrap_or_default();
    Some((u16_at(part, 4)?, body, rest))
}

fn socket(body: &[u8]) -> Option<Found> {
    let mut found = Found {
        to_read: u32_at(body, 56)?,
        to_write: u32_at(body, 60)?,
        tcp: None,
    };
    let mut attributes = body.get(FOUND_BYTES..)?;
    while let Some(length) = u16_at(attributes, 0).map(usize::from)
        && let Some(value) = attributes.get(4..length)
    {
        if u16_at(attributes, 2) == Some(INFO) {
            found.tcp = tcp_info(value);
        }
        attributes = attributes
            .get(length.next_multiple_of(4)..)
            .unwrap_or_default();
    }
    Some(found)
}

/// `None` where the kernel is too old to tell all of it.
fn tcp_info(value: &[u8]) -> Option<TcpInfo> {
    Some(TcpInfo {
        round_trip_micros: u32_at(value, 68)?,
        again: u32_at(value, 100)?,
        segments: u32_at(value, 136)?,
    })
}

fn u16_at(bytes: &[u8], place: usize) -> Option<u16> {
    let bytes = bytes.get(place..)?.first_chunk()?;
    Some(u16::from_ne_bytes(*bytes))
}

fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
    let bytes = bytes.get(place..)?.first_chunk()?;
    Some(u32::from_ne_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_cut_short_is_taken_for_a_socket() {
        let mut body = vec![0; FOUND_BYTES];
        body[56] = 3;
        body.extend([8, 0, 1, 0, 9, 9, 9, 9]);
        body.extend([255, 0, 2, 0, 7]);
        for length in 0..=body.len() {
            let seen = socket(&body[..length]);
            assert_eq!(seen.is_some(), length >= FOUND_BYTES, "{length}");
            assert_eq!(seen.and_then(|found| found.tcp), None, "{length}");
        }
        let mut part = 500_u32.to_ne_bytes().to_vec();
        part.resize(100, 0);
        assert_eq!(message(&part), None);
        assert_eq!(message(&[1, 0, 0, 0]), None);
    }
}

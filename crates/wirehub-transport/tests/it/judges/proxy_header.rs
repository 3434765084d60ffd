use std::net::{IpAddr, SocketAddr};

use wirehub_transport::proxy_protocol::{ProxyHeader, ProxyProgress};

/// The fixed part, and the most that may follow it.
const HEADER_MAX: usize = 16 + 2_048;

/// Any bytes, cut anywhere: the same answer, bounded, and the addresses that stand there.
pub(crate) fn judge(bytes: &[u8]) {
    let whole = ProxyHeader::parse(bytes);
    for cut in 0..bytes.len().min(HEADER_MAX) {
        let part = ProxyHeader::parse(&bytes[..cut]);
        match (&whole, part) {
            (Ok(ProxyProgress::Complete { length, .. }), Ok(ProxyProgress::Missing(missing))) => {
                assert!(
                    missing > 0 && cut + missing <= *length,
                    "asks for bytes beyond the header"
                );
            }
            (Ok(ProxyProgress::Complete { header, length }), Ok(part)) => {
                let same = ProxyProgress::Complete {
                    header: *header,
                    length: *length,
                };
                assert!(
                    *length <= cut && part == same,
                    "the header depends on what follows it"
                );
            }
            (Ok(_), Err(error)) => panic!("refused after {cut} bytes, taken later: {error}"),
            (Ok(ProxyProgress::Missing(_)), Ok(ProxyProgress::Complete { .. })) => {
                panic!("complete after {cut} bytes, incomplete later");
            }
            (Err(_), Ok(ProxyProgress::Complete { .. })) => panic!("taken after {cut} bytes only"),
            _ => {}
        }
    }
    match whole {
        Ok(ProxyProgress::Missing(missing)) => assert!(bytes.len() + missing <= HEADER_MAX),
        Ok(ProxyProgress::Complete { header, length }) => {
            assert!(length <= bytes.len() && length <= HEADER_MAX);
            check_addresses(header, &bytes[..length]);
        }
        Err(_) => {}
    }
}

/// Reads the header again, the plain way.
fn check_addresses(header: ProxyHeader, bytes: &[u8]) {
    assert!(bytes.starts_with(b"\r\n\r\n\0\r\nQUIT\n"));
    let octets = match (bytes[12], bytes[13]) {
        (0x21, 0x11) => 4,
        (0x21, 0x21) => 16,
        _ => return assert_eq!(header, ProxyHeader::Local),
    };
    let ip = |at: usize| -> IpAddr {
        let octets = &bytes[at..at + octets];
        match <[u8; 4]>::try_from(octets) {
            Ok(octets) => octets.into(),
            Err(_) => IpAddr::from(<[u8; 16]>::try_from(octets).unwrap()).to_canonical(),
        }
    };
    let port = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    let (addresses, ports) = (16, 16 + 2 * octets);
    let expected = ProxyHeader::Proxied {
        source: SocketAddr::new(ip(addresses), port(ports)),
        destination: SocketAddr::new(ip(addresses + octets), port(ports + 2)),
    };
    assert_eq!(header, expected);
}

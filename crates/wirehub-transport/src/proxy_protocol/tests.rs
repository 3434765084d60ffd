use super::*;

fn header(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = SIGNATURE.to_vec();
    bytes.extend([command, family]);
    bytes.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
    bytes.extend(body);
    bytes
}

fn body(source: SocketAddr, destination: SocketAddr) -> (u8, Vec<u8>) {
    let octets = |ip| match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let mut body = octets(source.ip());
    body.extend(octets(destination.ip()));
    body.extend(source.port().to_be_bytes());
    body.extend(destination.port().to_be_bytes());
    (if source.is_ipv4() { 0x11 } else { 0x21 }, body)
}

fn complete(bytes: &[u8]) -> (ProxyHeader, usize) {
    match ProxyHeader::parse(bytes).unwrap() {
        ProxyProgress::Complete { header, length } => (header, length),
        ProxyProgress::Missing(missing) => panic!("{missing} bytes missing"),
    }
}

#[test]
fn a_stranger_is_refused_by_the_first_wrong_byte() {
    assert!(matches!(
        ProxyHeader::parse(b"GET"),
        Err(ProxyError::NotProxy)
    ));
    assert!(matches!(
        ProxyHeader::parse(b"\r\n\r\nX"),
        Err(ProxyError::NotProxy)
    ));
    assert!(matches!(
        ProxyHeader::parse(b"PROXY TCP4 1.2.3.4"),
        Err(ProxyError::Version1)
    ));
}

#[test]
fn only_known_commands_and_families_pass() {
    assert_eq!(
        complete(&header(0x20, 0x11, &[1, 2, 3])).0,
        ProxyHeader::Local
    );
    assert_eq!(
        complete(&header(0x21, 0x00, &[9; 20])).0,
        ProxyHeader::Local
    );
    for command in [0x11, 0x22, 0x31, 0xff] {
        let outcome = ProxyHeader::parse(&header(command, 0x11, &[0; 12]));
        assert!(matches!(outcome, Err(ProxyError::Command(byte)) if byte == command));
    }
    for family in [0x12, 0x22, 0x31, 0x41] {
        let outcome = ProxyHeader::parse(&header(0x21, family, &[0; 216]));
        assert!(matches!(outcome, Err(ProxyError::Family(byte)) if byte == family));
    }
}

#[test]
fn lengths_are_bounded_on_both_sides() {
    let short = ProxyHeader::parse(&header(0x21, 0x21, &[0; 35]));
    assert!(matches!(short, Err(ProxyError::Short { length: 35, .. })));
    let fixed = header(0x21, 0x11, &[0; FOLLOWING_MAX + 1]);
    let long = ProxyHeader::parse(fixed.get(..FIXED).unwrap());
    assert!(matches!(long, Err(ProxyError::Long(2_049))));
}

#[test]
fn an_ipv4_client_of_an_ipv6_proxy_has_its_ipv4_address() {
    let (family, body) = body(
        "[::ffff:192.0.2.7]:4000".parse().unwrap(),
        "[::ffff:192.0.2.1]:443".parse().unwrap(),
    );
    let (header, _) = complete(&header(0x21, family, &body));
    assert!(matches!(
        header,
        ProxyHeader::Proxied { source, .. } if source.to_string() == "192.0.2.7:4000"
    ));
}

#[tokio::test]
async fn reading_stops_where_the_header_ends() {
    let (family, body) = body(
        "192.0.2.7:1".parse().unwrap(),
        "192.0.2.8:2".parse().unwrap(),
    );
    let mut bytes = header(0x21, family, &body);
    bytes.extend(b"GET / HTTP/1.1");
    let mut stream = bytes.as_slice();
    read(&mut stream, Duration::from_secs(5)).await.unwrap();
    assert_eq!(stream, b"GET / HTTP/1.1");
}

#[tokio::test(start_paused = true)]
async fn silence_times_out_and_an_end_is_told_apart() {
    let (mut near, far) = tokio::io::duplex(64);
    let outcome = read(&mut near, Duration::from_secs(5)).await;
    assert!(matches!(outcome, Err(ProxyError::Timeout(_))));
    drop(far);
    let outcome = read(&mut near, Duration::from_secs(5)).await;
    assert!(matches!(outcome, Err(ProxyError::Io(_))));
}

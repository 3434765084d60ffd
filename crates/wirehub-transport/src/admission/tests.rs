use super::*;

fn admission(connections: usize, connections_per_ip: usize) -> Arc<Admission> {
    Admission::new(AdmissionLimits {
        connections,
        connections_per_ip,
        handshakes: 1,
        http_connections: 100,
    })
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn a_dropped_ticket_makes_room() {
    let admission = admission(2, 2);
    let first = admission.admit(ip("192.0.2.1")).unwrap();
    let _second = admission.admit(ip("192.0.2.2")).unwrap();
    let refused = admission.admit(ip("192.0.2.3")).unwrap_err();
    assert_eq!(refused, Refused::Connections(2));
    drop(first);
    let _third = admission.admit(ip("192.0.2.3")).unwrap();
    assert_eq!(admission.connections(), 2);
}

#[test]
fn one_address_cannot_take_all() {
    let admission = admission(10, 1);
    let first = admission.admit(ip("192.0.2.1")).unwrap();
    for same in ["192.0.2.1", "::ffff:192.0.2.1"] {
        assert_eq!(admission.admit(ip(same)).unwrap_err(), Refused::PerIp(1));
    }
    drop(first);
    let _again = admission.admit(ip("192.0.2.1")).unwrap();
    let _other = admission.admit(ip("192.0.2.2")).unwrap();
}

#[test]
fn a_64_of_ipv6_counts_as_one_address() {
    let admission = admission(10, 1);
    let _first = admission.admit(ip("2001:db8:0:1::1")).unwrap();
    assert_eq!(
        admission.admit(ip("2001:db8:0:1:ffff::9")).unwrap_err(),
        Refused::PerIp(1)
    );
    let _other = admission.admit(ip("2001:db8:0:2::1")).unwrap();
}

#[test]
fn memory_goes_back_with_the_connections() {
    let admission = admission(usize::MAX, 1);
    let tickets: Vec<_> = (0..10_000_u32)
        .map(|n| admission.admit(IpAddr::V4(n.into())).unwrap())
        .collect();
    assert!(admission.addresses().capacity() >= 10_000);
    drop(tickets);
    assert_eq!(admission.addresses().len(), 0);
    assert!(admission.addresses().capacity() <= 64);
    assert_eq!(admission.connections(), 0);
}

#[test]
fn a_ticket_is_small() {
    assert_eq!(size_of::<Ticket>(), 16);
}

#[tokio::test]
async fn a_handshake_waits_for_its_place() {
    let admission = admission(1, 1);
    let place = admission.handshake_place().await;
    assert_eq!(admission.handshakes(), 1);
    let waiting = {
        let admission = Arc::clone(&admission);
        tokio::spawn(async move { drop(admission.handshake_place().await) })
    };
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    drop(place);
    waiting.await.unwrap();
    assert_eq!(admission.handshakes(), 0);
}

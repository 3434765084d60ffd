use socket2::SockRef;
use std::time::Duration;
use tokio::net::TcpStream;
use wirehub_transport::{Listener, TcpSettings};

use crate::server::run;

#[test]
fn a_second_listener_takes_the_port_that_the_first_learned() {
    run(async {
        let settings = TcpSettings::default();
        let first = Listener::bind("127.0.0.1:0".parse().unwrap(), &settings).unwrap();
        let addr = first.local_addr().unwrap();
        assert_ne!(addr.port(), 0);
        let second = Listener::bind(addr, &settings).unwrap();
        let mut taken = [false; 2];
        while taken != [true; 2] {
            let _client = TcpStream::connect(addr).await.unwrap();
            tokio::select! {
                accepted = first.accept() => taken[0] |= accepted.is_ok(),
                accepted = second.accept() => taken[1] |= accepted.is_ok(),
            }
        }
    });
}

#[test]
fn accepted_connections_have_the_options() {
    run(async {
        let settings = TcpSettings::default();
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), &settings).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let socket = SockRef::from(&stream);
        assert!(socket.tcp_nodelay().unwrap());
        assert!(socket.keepalive().unwrap());
        assert_eq!(
            socket.tcp_keepalive_time().unwrap(),
            Duration::from_secs(60)
        );
        assert_eq!(
            socket.tcp_keepalive_interval().unwrap(),
            Duration::from_secs(10)
        );
        assert_eq!(socket.tcp_keepalive_retries().unwrap(), 3);
        #[cfg(target_os = "linux")]
        assert_eq!(
            socket.tcp_user_timeout().unwrap(),
            Some(Duration::from_secs(90))
        );
    });
}

#[test]
fn the_queue_can_be_emptied_without_waiting() {
    run(async {
        let listener =
            Listener::bind("127.0.0.1:0".parse().unwrap(), &TcpSettings::default()).unwrap();
        let addr = listener.local_addr().unwrap();
        assert!(listener.try_accept().unwrap().is_none());
        let clients = [
            TcpStream::connect(addr).await.unwrap(),
            TcpStream::connect(addr).await.unwrap(),
        ];
        for client in &clients {
            let (_, peer) = listener.try_accept().unwrap().unwrap();
            assert_eq!(peer, client.local_addr().unwrap());
        }
        assert!(listener.try_accept().unwrap().is_none());
    });
}

#[test]
fn an_ipv6_listener_takes_ipv4_under_its_own_name() {
    run(async {
        let settings = TcpSettings::default();
        let Ok(listener) = Listener::bind("[::]:0".parse().unwrap(), &settings) else {
            eprintln!("no IPv6 on this machine");
            return;
        };
        let port = listener.local_addr().unwrap().port();
        let client = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let (_, peer) = listener.accept().await.unwrap();
        assert_eq!(peer, client.local_addr().unwrap());
    });
}

use tokio::io::AsyncReadExt as _;

use crate::server::{Setup, connect, run, start, upgrade};

#[test]
fn one_address_has_its_share_and_gets_it_back() {
    run(async {
        let mut setup = Setup::default();
        setup.limits.connections_per_ip = 2;
        let server = start(setup);
        let first = upgrade(&server).await;
        let _second = upgrade(&server).await;
        let mut third = connect(&server).await;
        let mut answer = String::new();
        third.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 429 "), "{answer}");
        server.log.line("failed connections_per_ip").await;
        drop(first);
        server
            .log
            .until(|_| server.admission.connections() == 1)
            .await;
        let _third = upgrade(&server).await;
    });
}

#[test]
fn a_closed_connection_leaves_nothing_behind() {
    run(async {
        let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
        let server = start(Setup::default());
        // The first connection makes what is made once.
        drop(upgrade(&server).await);
        server
            .log
            .until(|log| log.open.get() == 0 && server.admission.connections() == 0)
            .await;
        let mut streams = Vec::new();
        for _ in 0..50 {
            streams.push(upgrade(&server).await);
        }
        server.log.until(|log| log.open.get() == 50).await;
        assert_eq!(server.admission.connections(), 50);
        let full = descriptors();
        assert!(full >= 100, "{full}");
        drop(streams);
        server.log.until(|log| log.open.get() == 0).await;
        assert_eq!(server.admission.connections(), 0);
        // Other tests of this process open and close descriptors of their own meanwhile.
        let mut tries = 0;
        while descriptors() > full - 80 {
            tries += 1;
            assert!(
                tries < 200,
                "{} of {full} descriptors are left",
                descriptors()
            );
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    });
}

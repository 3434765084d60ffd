use super::*;

const EMFILE: i32 = 24;

fn listener() -> Listener {
    Listener::bind("127.0.0.1:0".parse().unwrap(), &TcpSettings::default()).unwrap()
}

#[tokio::test]
async fn a_full_descriptor_table_is_reported_and_rested_for() {
    let listener = listener();
    let since = Instant::now();
    let outcome = listener.settle(Err(io::Error::from_raw_os_error(EMFILE)));
    let error = outcome.unwrap().unwrap_err();
    assert_eq!(error.raw_os_error(), Some(EMFILE));
    let addr = listener.local_addr().unwrap();
    let _client = TcpStream::connect(addr).await.unwrap();
    listener.accept().await.unwrap();
    assert!(since.elapsed() >= PAUSE);
    assert_eq!(listener.pause_until.get(), None);
}

#[tokio::test]
async fn a_connection_that_broke_in_the_queue_is_passed_over() {
    let listener = listener();
    for kind in [io::ErrorKind::ConnectionAborted, io::ErrorKind::Interrupted] {
        assert!(listener.settle(Err(kind.into())).is_none());
    }
    assert_eq!(listener.pause_until.get(), None);
}

#[tokio::test]
async fn an_address_in_use_by_somebody_else_is_an_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap();
    let error = Listener::bind(addr, &TcpSettings::default()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
}

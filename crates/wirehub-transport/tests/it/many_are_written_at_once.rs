use std::io::{self, IoSlice};

use bytes::Bytes;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use wirehub_transport::{
    Established, Listener, Parcel, Socket, Sockets, TcpSettings, Wire, Written,
};

use crate::server::run;

/// A table and the clients of it, named by their places.
struct Crowd {
    sockets: Sockets,
    clients: Vec<TcpStream>,
}

impl Crowd {
    async fn new(size: u32, answer: &'static str) -> Self {
        let tcp = TcpSettings {
            send_buffer: Some(16 * 1024),
            ..TcpSettings::default()
        };
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), &tcp).unwrap();
        let mut sockets = Sockets::new(8).unwrap();
        let mut clients = Vec::new();
        for key in 0..size {
            let connecting = TcpStream::connect(listener.local_addr().unwrap());
            clients.push(connecting.await.unwrap());
            let (stream, _) = listener.accept().await.unwrap();
            let established = Established {
                socket: Socket::plain(stream).unwrap(),
                // Each third begins with something to be said first.
                answer: Bytes::from(if key % 3 == 0 { answer } else { "" }),
                leftover: Bytes::new(),
                wire: Wire::WebSocket { deflate: None },
                ticket: None,
            };
            sockets.insert(key, established).unwrap();
        }
        Self { sockets, clients }
    }
}

/// Runs a test on a table that writes one after the other, and on one that may use io_uring.
fn both(test: impl AsyncFn(Crowd)) {
    run(async {
        test(Crowd::new(40, "hello ").await).await;
        let mut crowd = Crowd::new(40, "hello ").await;
        // Where the kernel forbids it, the second table is like the first.
        let _ = crowd.sockets.use_io_uring();
        test(crowd).await;
    });
}

#[test]
fn each_gets_its_own_slices_behind_what_was_to_be_said_first() {
    both(async |mut crowd| {
        let names: Vec<_> = (0..40).map(|key| format!("client {key}")).collect();
        let mut slices = Vec::new();
        let mut parcels = Vec::new();
        for (key, name) in (0..40).zip(&names) {
            slices.push(IoSlice::new(name.as_bytes()));
            // Some have two pieces, and some have none.
            let count = [1, 2, 0][key as usize % 3];
            match count {
                0 => drop(slices.pop()),
                2 => slices.push(IoSlice::new(b" and more")),
                _ => {}
            }
            parcels.push(Parcel { key, slices: count });
        }
        let mut written = Vec::new();
        crowd
            .sockets
            .write_together(&parcels, &slices, &mut written);
        assert_eq!(written.len(), 40);
        for (key, outcome) in written.into_iter().enumerate() {
            let expected = match key % 3 {
                0 => names[key].clone(),
                1 => format!("{} and more", names[key]),
                _ => String::new(),
            };
            let told = Written {
                bytes: expected.len(),
                blocked: false,
            };
            assert_eq!(outcome.unwrap(), told, "client {key}");
            let answer = if key % 3 == 0 { "hello " } else { "" };
            assert!(crowd.sockets.remove(u32::try_from(key).unwrap()));
            let mut heard = String::new();
            crowd.clients[key].read_to_string(&mut heard).await.unwrap();
            assert_eq!(heard, format!("{answer}{expected}"));
        }
    });
}

#[test]
fn full_and_unknown_sockets_do_not_keep_the_others() {
    both(async |mut crowd| {
        let much = vec![b'x'; 32 << 20];
        let slices: Vec<_> = [much.as_slice(), b"a", b"b", b"c", b"d"]
            .map(IoSlice::new)
            .into();
        let parcels = [1, 2, 99, 4, 5].map(|key| Parcel { key, slices: 1 });
        let mut written = Vec::new();
        crowd
            .sockets
            .write_together(&parcels, &slices, &mut written);
        let full = written[0].as_ref().unwrap();
        assert!(full.blocked && 0 < full.bytes && full.bytes < much.len());
        let unknown = written[2].as_ref().unwrap_err();
        assert_eq!(unknown.kind(), io::ErrorKind::NotFound);
        for place in [1, 3, 4] {
            assert_eq!(written[place].as_ref().unwrap().bytes, 1);
        }
        let mut taken = full.bytes;
        // The kernel may move some of it on to the client's side, and has room again.
        loop {
            crowd
                .sockets
                .write_together(&parcels[..4], &slices, &mut written);
            let full = written[0].as_ref().unwrap();
            assert!(full.blocked);
            taken += full.bytes;
            if full.bytes == 0 {
                break;
            }
        }

        // It is told to go on when its client has read.
        let mut heard = vec![0; taken];
        crowd.clients[1].read_exact(&mut heard).await.unwrap();
        let mut ready = Vec::new();
        while !ready
            .iter()
            .any(|ready: &wirehub_transport::Ready| ready.key == 1 && ready.writable)
        {
            crowd.sockets.ready().await.unwrap();
            crowd.sockets.poll(&mut ready).unwrap();
        }
    });
}

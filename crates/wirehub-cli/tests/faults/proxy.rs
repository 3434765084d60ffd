//! A network that cuts connections at random moments.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use crate::dice::Dice;

/// A way to a server on which no connection lasts.
pub(crate) struct Proxy {
    pub(crate) address: String,
    shared: Arc<Shared>,
}

struct Shared {
    target: String,
    /// About how long a connection lasts.
    lasts: Duration,
    dice: Mutex<Dice>,
    cuts: AtomicUsize,
    /// From now on connections last.
    calm: AtomicBool,
    /// The server's side of connections of which only the client's side was cut.
    half_open: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    pub(crate) fn start(target: &str, dice: Dice, lasts: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared {
            target: target.to_owned(),
            lasts,
            dice: Mutex::new(dice),
            cuts: AtomicUsize::default(),
            calm: AtomicBool::default(),
            half_open: Mutex::default(),
        });
        let way = Arc::clone(&shared);
        // It ends with the test's process, as do the connections.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let way = Arc::clone(&way);
                thread::spawn(move || way.connection(&client));
            }
        });
        Self { address, shared }
    }

    /// How many connections were cut.
    pub(crate) fn cuts(&self) -> usize {
        self.shared.cuts.load(Ordering::Relaxed)
    }

    /// Cuts nothing any more.
    pub(crate) fn be_calm(&self) {
        self.shared.calm.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn connection(&self, client: &TcpStream) {
        let Ok(server) = TcpStream::connect(&self.target) else {
            return;
        };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        pump(client, &server);
        pump(&server, client);
        let (lasts, half) = {
            let mut dice = self.dice.lock().unwrap();
            let lasts = dice.micros(0, 2 * self.lasts.as_micros() as u64);
            (lasts, dice.once_in(3))
        };
        thread::sleep(lasts);
        if self.calm.load(Ordering::Relaxed) {
            return;
        }
        self.cuts.fetch_add(1, Ordering::Relaxed);
        let _ = client.shutdown(Shutdown::Both);
        if half {
            // The server does not hear of it, and goes on writing into the void.
            self.half_open.lock().unwrap().push(server);
        } else {
            let _ = server.shutdown(Shutdown::Both);
        }
    }
}

/// Carries bytes one way until an end is gone, which the other end is not told.
fn pump(from: &TcpStream, to: &TcpStream) {
    let (Ok(mut from), Ok(mut to)) = (from.try_clone(), to.try_clone()) else {
        return;
    };
    thread::spawn(move || {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if to.write_all(&buffer[..count]).is_err() {
                return;
            }
        }
    });
}

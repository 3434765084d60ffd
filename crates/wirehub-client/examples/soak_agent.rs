//! A crowd that comes and goes until its standard input ends; `cargo xtask soak` tells it where to.
//!
//! Residents stay and hear everything. Visitors come at a steady rate, each in one of the ways in
//! which real ones come: polite, over plain HTTP, cut off and back again, gone without a word,
//! with half a handshake, or with no HTTP at all. What they did is said at the end, a line of JSON.

use std::{
    env::{self, VarError},
    error::Error,
    io::{self, Write as _},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time,
};
use wirehub_client::{Client, Transport};

/// How many stay.
const RESIDENTS: u64 = 20;
/// How many topics visitors choose from.
const TOPICS: u64 = 200;
/// The most visitors at once; more wait outside.
const VISITORS: usize = 400;
/// How long a visitor takes at most to do what it came for.
const VISIT: Duration = Duration::from_secs(20);

/// Where the hub is.
#[derive(Debug)]
struct Place {
    url: String,
    /// Host and port.
    host: String,
    token: String,
}

impl Place {
    fn of_environment() -> Result<Self, VarError> {
        let url = env::var("WIREHUB_TEST_URL")?;
        let host = url.trim_start_matches("ws://").split('/').next();
        Ok(Self {
            host: host.unwrap_or_default().to_owned(),
            token: env::var("WIREHUB_TEST_TOKEN")?,
            url,
        })
    }

    async fn connect(&self, transport: Transport) -> Result<Client, wirehub_client::Error> {
        let builder = Client::builder(&self.url).token(&self.token);
        builder.transports([transport]).connect().await
    }
}

/// What was done.
#[derive(Debug, Default)]
struct Counts {
    visits: AtomicU64,
    failed: AtomicU64,
    published: AtomicU64,
    heard: AtomicU64,
    /// Why a visit failed first.
    reason: OnceLock<String>,
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let rate: u32 = env::args().nth(1).unwrap_or_default().parse()?;
    let (place, counts) = (Arc::new(Place::of_environment()?), Arc::<Counts>::default());
    let mut residents = JoinSet::new();
    for _ in 0..RESIDENTS {
        residents.spawn(stay(Arc::clone(&place), Arc::clone(&counts)));
    }
    let mut visitors = JoinSet::new();
    let mut ticks = time::interval(Duration::from_secs(1) / rate.max(1));
    let mut input = tokio::io::stdin();
    let (mut number, mut line) = (0, [0]);
    loop {
        tokio::select! {
            read = input.read(&mut line) => if read? == 0 { break },
            _ = ticks.tick(), if visitors.len() < VISITORS => {
                number += 1;
                visitors.spawn(visit(number, Arc::clone(&place), Arc::clone(&counts)));
            }
            Some(_) = visitors.join_next(), if !visitors.is_empty() => {}
        }
    }
    while visitors.join_next().await.is_some() {}
    residents.shutdown().await;
    let number = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let counts = json!({
        "visits": number(&counts.visits),
        "failed": number(&counts.failed),
        "published": number(&counts.published),
        "heard": number(&counts.heard),
        "reason": counts.reason.get(),
    });
    writeln!(io::stdout(), "{counts}")?;
    Ok(())
}

/// Hears everything for as long as it is let.
async fn stay(place: Arc<Place>, counts: Arc<Counts>) -> Result<(), wirehub_client::Error> {
    let client = place.connect(Transport::WebSocket).await?;
    let mut all = client.subscribe::<Value>("orders/#").await?;
    while all.message().await.is_some() {
        count(&counts.heard);
    }
    Ok(())
}

/// One visit, of a kind that follows from its number.
async fn visit(number: u64, place: Arc<Place>, counts: Arc<Counts>) {
    let visit = async {
        match number % 6 {
            0 => polite(&place, &counts, number, Transport::WebSocket).await?,
            1 => polite(&place, &counts, number, Transport::HttpStream).await?,
            2 => cut_off(&place, &counts, number).await?,
            3 => without_a_word(&place).await?,
            4 => half_a_handshake(&place).await?,
            _ => no_http(&place).await?,
        }
        Ok::<_, Box<dyn Error + Send + Sync>>(())
    };
    let reason = match time::timeout(VISIT, visit).await {
        Ok(Ok(())) => return count(&counts.visits),
        Ok(Err(error)) => error.to_string(),
        Err(late) => late.to_string(),
    };
    count(&counts.failed);
    // Later ones may follow from it.
    let _ = counts.reason.set(format!("visit {number}: {reason}"));
}

/// Subscribes here and there, says something, stays for a while and takes its leave.
async fn polite(
    place: &Place,
    counts: &Counts,
    number: u64,
    transport: Transport,
) -> Result<(), wirehub_client::Error> {
    let client = place.connect(transport).await?;
    let _heard = busy(&client, counts, number).await?;
    time::sleep(Duration::from_millis(number * 37 % 5_000)).await;
    client.close().await;
    Ok(())
}

/// The same, but loses its connection and comes back.
async fn cut_off(place: &Place, counts: &Counts, number: u64) -> Result<(), wirehub_client::Error> {
    let client = place.connect(Transport::WebSocket).await?;
    let _heard = busy(&client, counts, number).await?;
    client.set_online(false);
    time::sleep(Duration::from_millis(number * 53 % 12_000)).await;
    client.set_online(true);
    let _again = busy(&client, counts, number + 1).await?;
    client.close().await;
    Ok(())
}

async fn busy(
    client: &Client,
    counts: &Counts,
    number: u64,
) -> Result<Vec<wirehub_client::Subscription<Value>>, wirehub_client::Error> {
    let mut heard = Vec::new();
    for step in 0..3 {
        // Some topics are always there, and some are new each time.
        let topic = match step {
            0 => format!("orders/{}", number % TOPICS),
            1 => format!("orders/{}", number * 7 % TOPICS),
            _ => format!("orders/new/{number}"),
        };
        heard.push(client.subscribe(&topic).presence().await?);
        let order = json!({"number": number, "text": "x".repeat(200)});
        client.publish(&topic, &order).await?;
        count(&counts.published);
    }
    Ok(heard)
}

/// Upgrades, and is gone.
async fn without_a_word(place: &Place) -> io::Result<()> {
    let mut stream = TcpStream::connect(&place.host).await?;
    let Place { host, token, .. } = place;
    let request = format!(
        "GET /ws?token={token} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = [0; 512];
    match stream.read(&mut answer).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        // What is left unread has the kernel send a reset.
        _ => Ok(()),
    }
}

/// Begins to ask, and waits for the server to lose its patience.
async fn half_a_handshake(place: &Place) -> io::Result<()> {
    let mut stream = TcpStream::connect(&place.host).await?;
    stream.write_all(b"GET /ws HTTP/1.1\r\nHost: x\r\n").await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.map(drop)
}

/// Says something else.
async fn no_http(place: &Place) -> io::Result<()> {
    let mut stream = TcpStream::connect(&place.host).await?;
    stream.write_all(&[0x16, 3, 1, 0, 0xff, 1, 0]).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.map(drop)
}

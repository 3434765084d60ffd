//! Records of topics that become publications.

use std::{collections::HashSet, sync::Mutex, time::Duration};

use futures_util::future::{self, BoxFuture};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use wirehub_intake::{
    BadRecords, Intake, IntakeCounters, IntakeSettings, Publisher, Reader, RecordForm, Unpublished,
};
use wirehub_kafka::{KafkaLog, KafkaLogSettings, Start};
use wirehub_model::{Epoch, Offset, Position, Publish, Published};

use crate::scene::{Cluster, Shared, header, key, say, text, until};

const TOPIC: &str = "orders";

/// The mock cluster gives partitions to the next member when the last one was silent for so long,
/// even if it left; a busy machine must not be taken for a silent one.
const SILENCE: Duration = Duration::from_secs(6);

/// A hub that knows what it published. It may be busy.
#[derive(Clone, Debug, Default)]
struct Press {
    printed: Shared<(String, String)>,
    names: std::sync::Arc<Mutex<HashSet<String>>>,
    busy: std::sync::Arc<std::sync::atomic::AtomicBool>,
}

impl Publisher for Press {
    fn publish(&self, publish: Publish) -> BoxFuture<'_, Result<Published, Unpublished>> {
        if self.busy.load(std::sync::atomic::Ordering::Relaxed) {
            let busy = Unpublished::Later("busy".to_owned());
            return Box::pin(future::ready(Err(busy)));
        }
        let name = publish.idempotency_key.unwrap().as_str().to_owned();
        let duplicate = !self.names.lock().unwrap().insert(name);
        if !duplicate {
            let topic = publish.topic.to_string();
            let bytes = publish.message.payload.bytes();
            let said = String::from_utf8(bytes.to_vec()).unwrap();
            self.printed.lock().unwrap().push((topic, said));
        }
        let position = Position {
            epoch: Epoch::new(1),
            offset: Offset(1),
        };
        Box::pin(future::ready(Ok(Published {
            position,
            duplicate,
        })))
    }
}

impl Press {
    fn printed(&self) -> Vec<(String, String)> {
        self.printed.lock().unwrap().clone()
    }
}

/// An intake at work.
struct Running {
    counters: std::sync::Arc<IntakeCounters>,
    stop: CancellationToken,
    work: JoinHandle<()>,
}

impl Running {
    fn start(cluster: &Cluster, press: &Press, adjust: impl FnOnce(&mut IntakeSettings)) -> Self {
        let topics = vec![TOPIC.to_owned()];
        let log = KafkaLog::open(&KafkaLogSettings {
            start: Start::Earliest,
            parking: Some("parked".to_owned()),
            silence: SILENCE,
            ..KafkaLogSettings::new(cluster.settings(), topics, "hub".to_owned())
        });
        let log = log.unwrap();
        let form = RecordForm::Events("orders/{key}".parse().unwrap());
        let mut settings = IntakeSettings::new("shop", Reader::new("shop", form, Vec::new()));
        adjust(&mut settings);
        let intake = Intake::new(settings);
        let counters = intake.counters();
        let stop = CancellationToken::new();
        let (press, stopped) = (press.clone(), stop.clone());
        let work = tokio::spawn(async move { intake.run(&log, &press, stopped).await });
        Self {
            counters,
            stop,
            work,
        }
    }

    /// Ends it in order.
    async fn end(self) {
        self.stop.cancel();
        self.work.await.unwrap();
    }

    /// Ends it in the middle of whatever it does.
    async fn crash(self) {
        self.work.abort();
        let _ = self.work.await;
    }
}

fn numbered(keys: usize, numbers: std::ops::Range<usize>) -> Vec<(String, String)> {
    let record = |number: usize| (format!("k{}", number % keys), number.to_string());
    numbers.map(record).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_keep_their_order_through_faults() {
    let cluster = Cluster::with(TOPIC, 3);
    let errors = [RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT; 3];
    cluster.0.request_errors(RDKafkaApiKey::Fetch, &errors);
    say(&cluster, TOPIC, numbered(7, 0..100)).await;
    let press = Press::default();
    let running = Running::start(&cluster, &press, |_| {});
    until(|| press.printed().len() >= 50).await;
    cluster.0.broker_down(-1).unwrap();
    cluster.0.broker_up(-1).unwrap();
    say(&cluster, TOPIC, numbered(7, 100..200)).await;
    until(|| running.counters.stats().published == 200).await;
    running.end().await;
    for key in 0..7 {
        let topic = format!("orders/k{key}");
        let printed = press.printed().into_iter();
        let numbers = printed.filter(|(printed, _)| *printed == topic);
        let numbers: Vec<usize> = numbers.map(|(_, said)| said.parse().unwrap()).collect();
        let expected: Vec<usize> = (0..200).filter(|number| number % 7 == key).collect();
        assert_eq!(numbers, expected, "{topic}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_after_goes_on_where_the_last_one_was() {
    let cluster = Cluster::with(TOPIC, 2);
    say(&cluster, TOPIC, numbered(5, 0..20)).await;
    let press = Press::default();
    let first = Running::start(&cluster, &press, |_| {});
    until(|| first.counters.stats().published == 20).await;
    first.end().await;

    say(&cluster, TOPIC, numbered(5, 20..40)).await;
    let second = Running::start(&cluster, &press, |_| {});
    until(|| press.printed().len() == 40).await;
    let stats = second.counters.stats();
    assert_eq!((stats.published, stats.duplicates), (20, 0), "it was told");
    second.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_published_comes_again_after_a_crash() {
    let cluster = Cluster::with(TOPIC, 2);
    let press = Press::default();
    press.busy.store(true, std::sync::atomic::Ordering::Relaxed);
    say(&cluster, TOPIC, numbered(5, 0..20)).await;
    let first = Running::start(&cluster, &press, |_| {});
    until(|| first.counters.stats().waiting > 0).await;
    first.crash().await;
    press
        .busy
        .store(false, std::sync::atomic::Ordering::Relaxed);
    let second = Running::start(&cluster, &press, |_| {});
    until(|| press.printed().len() == 20).await;
    second.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_records_are_parked_with_the_reason() {
    let cluster = Cluster::with(TOPIC, 1);
    cluster.0.create_topic("parked", 1, 2).unwrap();
    let records = [("a/b", "1"), ("c", "2")];
    let records = records.map(|(key, value)| (key.to_owned(), value.to_owned()));
    say(&cluster, TOPIC, records).await;
    let press = Press::default();
    let running = Running::start(&cluster, &press, |settings| settings.bad = BadRecords::Park);
    let parked = &cluster.records("parked", 1).await[0];
    assert_eq!(
        (key(parked), text(parked)),
        ("a/b".to_owned(), "1".to_owned())
    );
    assert_eq!(header(parked, "from"), "the test");
    assert_eq!(header(parked, "wirehub-parked-from"), "orders/0@0");
    let reason = header(parked, "wirehub-parked-because");
    assert_eq!(reason, "its key does not fit into one level of a topic");
    until(|| press.printed().len() == 1).await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_holds_back_what_there_is_no_room_for() {
    let cluster = Cluster::with(TOPIC, 1);
    say(&cluster, TOPIC, numbered(1, 0..50)).await;
    let press = Press::default();
    press.busy.store(true, std::sync::atomic::Ordering::Relaxed);
    let running = Running::start(&cluster, &press, |settings| settings.room = 4);
    until(|| running.counters.stats().failures >= 3).await;
    assert!(running.counters.stats().waiting <= 8);
    press
        .busy
        .store(false, std::sync::atomic::Ordering::Relaxed);
    until(|| running.counters.stats().published == 50).await;
    running.end().await;
    let said: Vec<_> = press.printed().into_iter().map(|(_, said)| said).collect();
    let expected: Vec<_> = (0..50).map(|number| number.to_string()).collect();
    assert_eq!(said, expected);
}

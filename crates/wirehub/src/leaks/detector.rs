//! Looks through a hub again and again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::oneshot,
    task,
    time::{self, MissedTickBehavior},
};
use wirehub_broker::{Broker, BrokerMemory};
use wirehub_core::{Audit, AuditPlace};

use super::{
    Leak, allowance,
    census::Census,
    descriptors::Descriptors,
    load::{Load, Records},
    memory::Memory,
    target,
};
use crate::{
    ShardReport,
    letter::{Letter, ShardSender},
    shared::Shared,
    tasks::Tasks,
};

/// How long a shard that is being looked through may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a socket may be on its way from one holder to another.
const UNHELD: Duration = Duration::from_secs(30);

/// Looks through a hub again and again.
pub(crate) struct Detector {
    pub(crate) shards: Vec<ShardSender>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) tasks: Tasks,
    /// The port of the hub's own listener.
    pub(crate) port: Option<u16>,
    /// Who remembers for the hub.
    pub(crate) broker: Option<Arc<dyn Broker>>,
}

/// What was seen so far.
struct Seen {
    descriptors: Descriptors,
    census: Census,
    memory: Memory,
    records: Records,
}

/// What the hub says that it has.
struct Survey {
    /// The descriptors of all shards.
    held: BTreeSet<i32>,
    /// Tasks that may hold a socket each.
    tasks: usize,
    load: Load,
}

impl Detector {
    /// Looks once in each interval, for ever.
    pub(crate) async fn run(self) {
        let mut interval = time::interval(self.shared.settings.leak_check);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut seen = self.nothing();
        loop {
            interval.tick().await;
            seen = self.look(seen).await;
        }
    }

    fn nothing(&self) -> Seen {
        let caches = self
            .broker
            .as_ref()
            .map_or(0, |broker| broker.cache_bytes());
        Seen {
            descriptors: Descriptors::default(),
            census: Census::default(),
            memory: Memory::new(caches),
            records: Records::default(),
        }
    }

    async fn look(&self, seen: Seen) -> Seen {
        // First what is open, then who may have it: what comes meanwhile is not looked at.
        let open = task::spawn_blocking(target::open);
        let open = open.await.unwrap_or_default();
        let (mut suspects, survey) = self.survey().await;
        // What a silent shard holds is not known, so nothing can be missed.
        let Some(survey) = survey else {
            self.shared.leaks.found(suspects);
            return seen;
        };
        let (shared, port) = (Arc::clone(&self.shared), self.port);
        let compare = move || {
            let mut seen = seen;
            let leaks = seen.compare(&open, &survey, &shared, port);
            (seen, leaks)
        };
        let compared = task::spawn_blocking(compare).await;
        let (seen, leaks) = compared.unwrap_or_else(|_| (self.nothing(), Vec::new()));
        suspects.extend(leaks);
        self.shared.leaks.found(suspects);
        seen
    }

    /// Asks all shards; returns what is left over in them and among tasks, and what there is,
    /// unless one does not answer.
    async fn survey(&self) -> (BTreeSet<Leak>, Option<Survey>) {
        let tasks = self.tasks.list();
        let mut suspects = allowance::overdue(&tasks, &self.shared.settings);
        let (mut held, mut report) = (BTreeSet::new(), ShardReport::default());
        let mut all_answered = true;
        for shard in &self.shards {
            let looked = look_through(shard, &mut suspects).await;
            let reported = ask(shard, Letter::Report).await;
            if let (Some(sockets), Some(numbers)) = (looked, reported) {
                held.extend(sockets);
                report.merge(&numbers);
            } else {
                all_answered = false;
            }
        }
        let remembered = self.remembered().await.filter(|_| all_answered);
        let survey = remembered.map(|remembered| {
            let outlets = self.shared.events.stats();
            let waiting = outlets.iter().map(|outlet| outlet.waiting_bytes).sum();
            let load = Load::of(&report, tasks.len() as u64)
                .with_broker(remembered)
                .with_waiting(waiting);
            let tasks = tasks.iter().filter(|task| allowance::holds_a_socket(task));
            let tasks = tasks.count();
            Survey { held, tasks, load }
        });
        (suspects, survey)
    }

    /// What the broker has in this process; `None` when it does not answer.
    async fn remembered(&self) -> Option<BrokerMemory> {
        match &self.broker {
            Some(broker) => time::timeout(PATIENCE, broker.memory()).await.ok()?.ok(),
            None => Some(BrokerMemory::default()),
        }
    }
}

impl Seen {
    /// Compares what the process has with what the hub says that it has.
    fn compare(
        &mut self,
        open: &BTreeSet<i32>,
        survey: &Survey,
        shared: &Shared,
        port: Option<u16>,
    ) -> Vec<Leak> {
        let heap = shared.heap.as_deref();
        let mut leaks = Vec::new();
        let unheld = if port.is_some() || heap.is_some() {
            target::targets(open.difference(&survey.held))
        } else {
            BTreeMap::new()
        };
        if let Some(port) = port {
            leaks = self.descriptors.look(&unheld, survey.tasks, port, UNHELD);
        }
        if let Some(heap) = heap {
            let is_record = self.records.broken_by(&survey.load);
            leaks.extend(self.census.look(&unheld, survey.tasks, is_record));
            leaks.extend(self.memory.look(heap, survey.load.accounted, is_record));
        }
        leaks
    }
}

/// Looks through one shard, a part at a time; returns the descriptors of its sockets, or `None`
/// when it does not answer.
async fn look_through(shard: &ShardSender, suspects: &mut BTreeSet<Leak>) -> Option<Vec<i32>> {
    let (mut place, mut sockets) = (Some(AuditPlace::default()), None);
    while let Some(from) = place {
        let audited: Audited = ask(shard, |answer| Letter::Audit(from, answer)).await?;
        suspects.extend(audited.audit.strays.iter().map(Leak::from));
        sockets = sockets.or(audited.sockets);
        place = audited.audit.next;
    }
    sockets
}

/// What a shard answers.
#[derive(Debug)]
pub(crate) struct Audited {
    pub(crate) audit: Audit,
    /// The descriptors of all sockets of the shard, with the first part.
    pub(crate) sockets: Option<Vec<i32>>,
}

async fn ask<T>(
    shard: &ShardSender,
    letter: impl FnOnce(oneshot::Sender<T>) -> Letter,
) -> Option<T> {
    let (answer, answered) = oneshot::channel();
    let asked = async {
        shard.send(letter(answer)).await.ok()?;
        answered.await.ok()
    };
    time::timeout(PATIENCE, asked).await.ok()?
}

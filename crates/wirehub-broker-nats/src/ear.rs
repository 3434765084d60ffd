//! The connection over which a node hears.

mod line;

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, mpsc::SyncSender},
    thread,
    time::Duration,
};

use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::{self, Instant},
};
use wirehub_broker::{
    BrokerError, NodeName, Reply,
    meeting::{EarCall, Guest},
};
use wirehub_model::Topic;

use self::line::{Line, is_refusal};
use crate::{
    failure::unavailable,
    hearing::{Heard, Hearing},
    host::Place,
    interest::Interests,
    requests::{FIRST_PAUSE, LONGEST_PAUSE},
    server::Server,
    topic_job::TopicJob,
    wire::{self, Said},
};

/// Interests that begin or end together.
const TOGETHER: usize = 256;
/// How often a connection that says nothing is asked whether it works.
const SILENCE: Duration = Duration::from_secs(5);

/// After how long all servers of a cluster know what is wanted.
const SETTLED: Duration = Duration::from_secs(1);

/// What is asked of the ear.
type Call = EarCall<Place>;

/// The ear of a node: a thread with a runtime for its connection, and one that pushes. While the
/// node's sink is full, both wait, and with them the server.
pub(crate) struct Ear {
    server: Arc<Server>,
    node: NodeName,
    heard: SyncSender<Heard>,
    interests: Interests,
    broken: Arc<Notify>,
    /// Topics that were opened just now over one of several servers, and when they are looked at
    /// again: the others learn a moment later that they are wanted.
    fresh: VecDeque<(Instant, Topic)>,
}

/// Why a connection is not used any more.
enum End {
    Stopped(Option<Reply<()>>),
    Lost(BrokerError),
}

/// A call that waits for the server to know about it, and whether it is news to it.
struct Waiting {
    call: Call,
    is_new: bool,
}

impl Ear {
    /// Starts the threads. The answer comes when the node hears what is meant for it.
    pub(crate) fn start(
        server: Arc<Server>,
        guest: Guest,
        calls: mpsc::Receiver<Call>,
        ready: Reply<()>,
    ) -> io::Result<()> {
        let (heard, pushes) =
            std::sync::mpsc::sync_channel(server.settings.bounds.deliveries.max(1));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let node = guest.node.clone();
        let hearing = Hearing::new(Arc::clone(&server), guest);
        let ear = Self {
            interests: Interests::new(server.subjects.clone(), node.clone()),
            node,
            server,
            heard,
            broken: Arc::clone(&hearing.broken),
            fresh: VecDeque::new(),
        };
        thread::Builder::new()
            .name("broker-push".to_owned())
            .spawn(move || hearing.run(&pushes))?;
        thread::Builder::new()
            .name("broker-ear".to_owned())
            .spawn(move || runtime.block_on(ear.run(calls, ready)))?;
        Ok(())
    }

    async fn run(mut self, mut calls: mpsc::Receiver<Call>, ready: Reply<()>) {
        let mut ready = Some(ready);
        let mut pause = FIRST_PAUSE;
        let stopped = loop {
            let end = match self.connect().await {
                Ok(mut line) => {
                    if let Some(ready) = ready.take() {
                        _ = ready.send(Ok(()));
                    }
                    let opened = Instant::now();
                    let end = self.serve(&mut line, &mut calls).await;
                    if opened.elapsed() > LONGEST_PAUSE {
                        pause = FIRST_PAUSE;
                    }
                    end
                }
                Err(error) => {
                    if let Some(ready) = ready.take() {
                        _ = ready.send(Err(error));
                        break None;
                    }
                    End::Lost(error)
                }
            };
            let end = match end {
                End::Stopped(reply) => break reply,
                End::Lost(error) => {
                    tracing::debug!(%error, node = %self.node, "the node hears nothing");
                    self.wait(pause, &error, &mut calls).await
                }
            };
            if let End::Stopped(reply) = end {
                break reply;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        };
        // The last handle of the pushing thread is dropped with this one, behind the answer.
        if let Some(reply) = stopped {
            _ = self.heard.send(Heard::Done(reply));
        }
    }

    /// Opens a connection, and hears over it whatever the node wants.
    async fn connect(&self) -> Result<Line, BrokerError> {
        let opened = self.server.connector.open().await;
        let connection = opened.map_err(|error| unavailable(&error.to_string()))?;
        // What was missed is asked for at once.
        self.server.js.requests().reached();
        let mut line = Line::new(connection, self.heard.clone());
        _ = self.heard.send(Heard::Connecting);
        for some in self.interests.all().chunks(TOGETHER) {
            line.begin(some.to_vec());
            line.know().await?;
        }
        _ = self.heard.send(Heard::Connected);
        Ok(line)
    }

    async fn serve(&mut self, line: &mut Line, calls: &mut mpsc::Receiver<Call>) -> End {
        let mut silence = time::interval_at(Instant::now() + SILENCE, SILENCE);
        // A topic that is open has to be used four times within the time an unused one is kept.
        let touch = (self.server.settings.bounds.forget_after / 4).max(SILENCE);
        let mut touch = time::interval_at(Instant::now() + touch, touch);
        let broken = Arc::clone(&self.broken);
        loop {
            let due = self
                .fresh
                .front()
                .map_or_else(Instant::now, |(due, _)| *due);
            tokio::select! {
                said = line.connection.next() => match said {
                    Ok(Said::Error(text)) if !is_refusal(&text) => {
                        return End::Lost(unavailable(&text));
                    }
                    Ok(said) => line.hear(said),
                    Err(error) => return End::Lost(unavailable(&error.to_string())),
                },
                call = calls.recv() => {
                    let Some(call) = call else {
                        return End::Stopped(None);
                    };
                    let mut some = vec![call];
                    while some.len() < TOGETHER && let Ok(call) = calls.try_recv() {
                        some.push(call);
                    }
                    if let Some(end) = self.take(line, some).await {
                        return end;
                    }
                }
                () = broken.notified() => {
                    return End::Lost(unavailable("what was missed could not be read"));
                }
                () = time::sleep_until(due), if !self.fresh.is_empty() => {
                    if let Some((_, topic)) = self.fresh.pop_front() {
                        _ = self.heard.send(Heard::Look(topic));
                    }
                }
                _ = silence.tick() => {
                    if let Err(error) = line.know().await {
                        return End::Lost(error);
                    }
                }
                _ = touch.tick() => self.touch(),
            }
        }
    }

    /// Lets open topics live. Whether that works is found out by whoever uses them.
    fn touch(&self) {
        let touched = self.interests.topics();
        let jobs = touched.map(|topic| (topic.clone(), TopicJob::Touch));
        for job in jobs {
            self.server.work_on_topics(vec![job]);
        }
    }

    /// Begins and ends interests.
    async fn take(&mut self, line: &mut Line, calls: Vec<Call>) -> Option<End> {
        let mut waiting = Vec::new();
        let mut stop = None;
        for call in calls {
            match call {
                EarCall::Stands(topic, place) => {
                    let has_room = self.fresh.len() < self.server.settings.bounds.interests;
                    if !line.connection.info.cluster.is_empty() && has_room {
                        self.fresh
                            .push_back((Instant::now() + SETTLED, topic.clone()));
                    }
                    _ = self.heard.send(Heard::Stands(topic, place));
                }
                EarCall::Check(reply) => _ = reply.send(Ok(())),
                EarCall::Stop(reply) => {
                    stop = Some(reply);
                    break;
                }
                call => {
                    let is_new = self.change(&call, Some(line));
                    waiting.push(Waiting { call, is_new });
                }
            }
        }
        let known = if waiting.is_empty() {
            Ok(())
        } else {
            line.know().await
        };
        for one in waiting {
            self.reply(one, &known, Some(line));
        }
        match (stop, known) {
            (Some(reply), _) => Some(End::Stopped(Some(reply))),
            (None, Ok(())) => None,
            (None, Err(error)) => Some(End::Lost(error)),
        }
    }

    /// Changes what is wanted, and says so to the server; whether anything has changed.
    fn change(&mut self, call: &Call, line: Option<&mut Line>) -> bool {
        let has_room = self.interests.count() < self.server.settings.bounds.interests;
        let (begun, ended) = match call {
            EarCall::Open(topic, _) if has_room && !self.interests.has_topic(topic) => {
                (self.interests.open(topic), Vec::new())
            }
            EarCall::Subscribe(filter, _) if has_room && !self.interests.has_filter(filter) => {
                (self.interests.subscribe(filter), Vec::new())
            }
            EarCall::Close(topic, _) => (Vec::new(), self.interests.close(topic)),
            EarCall::Unsubscribe(filter, _) => (Vec::new(), self.interests.unsubscribe(filter)),
            _ => (Vec::new(), Vec::new()),
        };
        let is_new = !begun.is_empty();
        if let Some(line) = line {
            for number in &ended {
                wire::unsubscribe(line.connection.out(), *number);
            }
            line.begin(begun);
        }
        // Nothing that comes until the answer is pushed any more, which is as good.
        for number in ended {
            _ = self.heard.send(Heard::Ended(number));
        }
        is_new
    }

    /// Answers a call. New interests that did not begin are not tried again later.
    fn reply(
        &mut self,
        waiting: Waiting,
        known: &Result<(), BrokerError>,
        line: Option<&mut Line>,
    ) {
        let open = self.interests.count();
        let too_many = Err(BrokerError::TooManyInterests(open));
        let Waiting { call, is_new } = waiting;
        match call {
            EarCall::Open(topic, reply) => {
                let is_open = self.interests.has_topic(&topic);
                let answer = if is_open { known.clone() } else { too_many };
                if is_new && known.is_err() {
                    let (nobody, _) = oneshot::channel();
                    self.change(&EarCall::Close(topic, nobody), line);
                }
                _ = reply.send(answer.map(|()| is_new));
            }
            EarCall::Subscribe(filter, reply) => {
                let is_open = self.interests.has_filter(&filter);
                let answer = if is_open { known.clone() } else { too_many };
                if is_new && known.is_err() {
                    let (nobody, _) = oneshot::channel();
                    self.change(&EarCall::Unsubscribe(filter, nobody), line);
                }
                _ = reply.send(answer);
            }
            // Without a connection nothing comes either.
            EarCall::Close(_, reply) | EarCall::Unsubscribe(_, reply) => {
                _ = self.heard.send(Heard::Done(reply));
            }
            EarCall::Stands(..) | EarCall::Check(_) | EarCall::Stop(_) => {}
        }
    }

    /// Answers calls while there is no connection.
    async fn wait(
        &mut self,
        pause: Duration,
        error: &BrokerError,
        calls: &mut mpsc::Receiver<Call>,
    ) -> End {
        let until = Instant::now() + pause;
        loop {
            let call = match time::timeout_at(until, calls.recv()).await {
                Err(_) => return End::Lost(error.clone()),
                Ok(None) => return End::Stopped(None),
                Ok(Some(EarCall::Stop(reply))) => return End::Stopped(Some(reply)),
                Ok(Some(call)) => call,
            };
            match call {
                // What is open stays so.
                EarCall::Open(_, reply) => _ = reply.send(Err(error.clone())),
                EarCall::Subscribe(_, reply) | EarCall::Check(reply) => {
                    _ = reply.send(Err(error.clone()));
                }
                call => {
                    _ = self.change(&call, None);
                    let waiting = Waiting {
                        call,
                        is_new: false,
                    };
                    self.reply(waiting, &Err(error.clone()), None);
                }
            }
        }
    }
}

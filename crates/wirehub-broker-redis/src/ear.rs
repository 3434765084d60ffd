//! The part of a node that hears.

mod waiting;

use std::{
    io,
    sync::{Arc, mpsc::SyncSender},
    thread,
    time::Duration,
};

use tokio::{
    sync::mpsc,
    time::{self, Instant},
};
use wirehub_broker::{
    BrokerError, Reply,
    meeting::{EarCall, Guest},
};
use wirehub_model::{Position, Topic, TopicFilter};

use self::waiting::Waiting;
use crate::{
    address::Address,
    catch_up::Unread,
    failure::unavailable,
    hearing::{Heard, Hearing},
    interests::{Interests, Want},
    lines::{Lines, Standing},
    server::Server,
    topic_calls,
};

/// Calls that are taken together.
const TOGETHER: usize = 256;
/// How often connections that say nothing are asked whether they work.
const SILENCE: Duration = Duration::from_secs(5);

/// What is asked of the ear.
type Call = EarCall<Position>;

/// The ear of a node: a thread with a runtime for its connections, and one that pushes. While the
/// node's sink is full, both wait, and with them the servers.
pub(crate) struct Ear {
    server: Arc<Server>,
    heard: SyncSender<Heard>,
    unread: Arc<Unread>,
    interests: Interests,
    lines: Lines,
    waiting: Vec<Waiting>,
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
        let interests = Interests::new(&server.keys, &guest.node, server.settings.bounds.interests);
        let hearing = Hearing::new(Arc::clone(&server), guest);
        let unread = Arc::clone(&hearing.unread);
        let ear = Self {
            interests,
            lines: Lines::new(
                Arc::clone(&server),
                heard.clone(),
                Arc::clone(&unread.alarm),
            ),
            server,
            heard,
            unread,
            waiting: Vec::new(),
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
        if let Err(error) = self.begin().await {
            _ = ready.send(Err(error));
            return;
        }
        _ = ready.send(Ok(()));
        let stopped = self.serve(&mut calls).await;
        // The last handle of the pushing thread is dropped with this one, behind the answer.
        if let Some(reply) = stopped {
            _ = self.heard.send(Heard::Done(reply));
        }
    }

    /// Hears what is meant for the node whatever it wants.
    async fn begin(&mut self) -> Result<(), BrokerError> {
        let until = Instant::now() + self.server.settings.bounds.answer_timeout;
        loop {
            self.lines.plan(&self.interests);
            self.lines.work().await;
            let map = self.server.layout.map();
            let home = self.interests.home(&self.server.layout, &map);
            let base = self.interests.base();
            let mut standing = base
                .iter()
                .map(|want| self.lines.standing(home, Some(want)));
            if standing.all(|standing| matches!(standing, Standing::Heard)) {
                return Ok(());
            }
            if let Standing::Never(error) = self.lines.standing(home, None) {
                return Err(error);
            }
            if Instant::now() >= until {
                return Err(unavailable("the node cannot hear"));
            }
            let again = self.lines.again().unwrap_or(until);
            tokio::select! {
                () = self.lines.opened() => {}
                () = time::sleep_until(again.min(until)) => {}
            }
        }
    }

    /// Works until it is stopped; the answer is who waits for that.
    async fn serve(&mut self, calls: &mut mpsc::Receiver<Call>) -> Option<Reply<()>> {
        let mut silence = time::interval_at(Instant::now() + SILENCE, SILENCE);
        // A topic that is open has to be used four times within the time an unused one is kept.
        let touch = (self.server.settings.bounds.forget_after / 4).max(SILENCE);
        let mut touch = time::interval_at(Instant::now() + touch, touch);
        let alarm = Arc::clone(&self.unread.alarm);
        let mut changes = self.server.layout.changes();
        loop {
            let due = self.waiting.iter().map(|waiting| waiting.until);
            let due = due.chain(self.lines.again()).min();
            let is_changed = tokio::select! {
                call = calls.recv() => {
                    let mut some = vec![call?];
                    while some.len() < TOGETHER && let Ok(call) = calls.try_recv() {
                        some.push(call);
                    }
                    if let Some(reply) = self.take(some).await {
                        return Some(reply);
                    }
                    false
                }
                () = self.lines.opened() => true,
                () = alarm.notified() => {
                    self.lines.begin_anew(self.unread.take());
                    true
                }
                Ok(()) = changes.changed() => true,
                () = time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => true,
                _ = silence.tick() => {
                    self.lines.check().await;
                    true
                }
                _ = touch.tick() => {
                    self.touch();
                    false
                }
            };
            if is_changed {
                self.lines.plan(&self.interests);
                self.lines.work().await;
            }
            self.answer();
        }
    }

    /// Lets open topics live. Whether that works is found out by whoever uses them.
    fn touch(&self) {
        let (server, topics) = (Arc::clone(&self.server), self.interests.topics.clone());
        tokio::spawn(async move {
            let topics: Vec<Topic> = topics.into_iter().collect();
            for some in topics.chunks(TOGETHER) {
                let touch = |topic| topic_calls::touch(&server.keys, topic);
                _ = server.topics.ask(some.iter().map(touch).collect(), 0).await;
            }
        });
    }

    /// Begins and ends interests; the answer is who waits for the end of all.
    async fn take(&mut self, calls: Vec<Call>) -> Option<Reply<()>> {
        let mut done = Vec::new();
        for call in calls {
            match call {
                EarCall::Stands(topic, position) => {
                    _ = self.heard.send(Heard::Stands(topic, position));
                }
                EarCall::Stop(reply) => return Some(reply),
                EarCall::Close(topic, reply) => {
                    self.close(&topic);
                    done.push((Some(topic), reply));
                }
                EarCall::Unsubscribe(filter, reply) => {
                    self.unsubscribe(&filter);
                    done.push((None, reply));
                }
                call => self.hear(call),
            }
        }
        self.lines.work().await;
        for (topic, reply) in done {
            // What could not be ended is not heard either way.
            if let Some(topic) = topic
                && !self.interests.topics.contains(&topic)
            {
                _ = self.heard.send(Heard::Closed(topic));
            }
            _ = self.heard.send(Heard::Done(reply));
        }
        None
    }

    /// Begins an interest, and has its call wait until it is heard.
    fn hear(&mut self, call: Call) {
        let layout = Arc::clone(&self.server.layout);
        let map = layout.map();
        let has_room = self.interests.has_room();
        let is_new = match &call {
            EarCall::Open(topic, _) => {
                let is_new = has_room && self.interests.open(topic);
                if is_new && let Some(owner) = self.interests.owner(topic, &layout, &map) {
                    self.lines.begin(owner, self.interests.channel(topic));
                }
                is_new
            }
            EarCall::Subscribe(filter, _) => {
                let is_new = has_room && self.interests.filters.insert(filter.clone());
                if is_new {
                    _ = self.heard.send(Heard::Filter(filter.clone()));
                    for (_, server) in map.servers() {
                        let want = self.pattern_for(server, filter);
                        self.lines.begin(server, want);
                    }
                }
                is_new
            }
            _ => false,
        };
        let until = Instant::now() + self.server.settings.bounds.answer_timeout;
        self.waiting.push(Waiting {
            call,
            is_new,
            until,
        });
    }

    fn close(&mut self, topic: &Topic) {
        let layout = Arc::clone(&self.server.layout);
        let map = layout.map();
        if self.interests.close(topic)
            && let Some(owner) = self.interests.owner(topic, &layout, &map)
        {
            self.lines.end(owner, self.interests.channel(topic));
        }
    }

    fn unsubscribe(&mut self, filter: &TopicFilter) {
        if !self.interests.filters.remove(filter) {
            return;
        }
        _ = self.heard.send(Heard::NoFilter(filter.clone()));
        let pattern = self.interests.pattern(filter);
        if let Some(listener) = self.lines.listener()
            && !self.interests.knows(&pattern)
        {
            self.lines.end(&listener, pattern);
        }
        if self.interests.filters.is_empty() {
            for (_, server) in self.server.layout.map().servers() {
                self.lines.end(server, self.interests.no_channel());
            }
        }
    }

    /// By what a server is told of a filter.
    fn pattern_for(&self, server: &Address, filter: &TopicFilter) -> Want {
        if self.lines.listener().as_ref() == Some(server) {
            self.interests.pattern(filter)
        } else {
            self.interests.no_channel()
        }
    }
}

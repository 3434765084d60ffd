//! The connections over which a node hears.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, mpsc::SyncSender},
    time::Duration,
};

use redis::Value;
use tokio::{sync::Notify, task::JoinSet, time::Instant};
use wirehub_broker::BrokerError;

use crate::{
    address::Address,
    failure::unavailable,
    hearing::Heard,
    interests::{Interests, Want},
    line::{Change, Line},
    server::Server,
    verdict::Verdict,
    wire::{FIRST_PAUSE, LONGEST_PAUSE},
};

/// What begins or ends together.
const TOGETHER: usize = 256;

/// The connections over which a node hears: one to each server that says something it wants.
pub(crate) struct Lines {
    server: Arc<Server>,
    heard: SyncSender<Heard>,
    alarm: Arc<Notify>,
    open: HashMap<Address, Line>,
    opening: JoinSet<(Address, Result<Line, BrokerError>)>,
    under_way: HashSet<Address>,
    failed: HashMap<Address, Failure>,
    /// The server that has the patterns. It keeps them as long as it is heard: whatever is said
    /// twice while another one takes them over cannot be told apart.
    listener: Option<Address>,
    /// What is to begin anew although it is heard, and when.
    anew: (HashSet<Want>, Option<Instant>),
    /// When another plan is due.
    again: Option<Instant>,
    /// Something was lost that was heard before.
    has_missed: bool,
}

/// A server that was not reached.
struct Failure {
    error: BrokerError,
    next: Instant,
    pause: Duration,
}

/// Whether a server says something.
pub(crate) enum Standing {
    Heard,
    NotYet,
    Never(BrokerError),
}

impl Lines {
    pub(crate) fn new(server: Arc<Server>, heard: SyncSender<Heard>, alarm: Arc<Notify>) -> Self {
        Self {
            server,
            heard,
            alarm,
            open: HashMap::new(),
            opening: JoinSet::new(),
            under_way: HashSet::new(),
            failed: HashMap::new(),
            listener: None,
            anew: (HashSet::new(), None),
            again: None,
            has_missed: false,
        }
    }

    /// Looks at all there is, and notes what is to be done so that the node hears what it wants.
    pub(crate) fn plan(&mut self, interests: &Interests) {
        self.again = None;
        self.forget_anew();
        let layout = Arc::clone(&self.server.layout);
        let map = layout.map();
        for line in self.open.values_mut() {
            self.has_missed |= line.take_cut();
        }
        let needed = interests.servers(&layout, &map);
        let is_over =
            |(server, line): &(&Address, &Line)| line.is_broken() || !needed.contains(*server);
        let over: Vec<Address> = self
            .open
            .iter()
            .filter(is_over)
            .map(|(server, _)| server.clone())
            .collect();
        for server in over {
            self.close(&server);
        }
        self.failed.retain(|server, _| needed.contains(server));
        if self
            .listener
            .as_ref()
            .is_none_or(|server| !self.open.contains_key(server))
        {
            self.listener = interests.home(&layout, &map).cloned();
        }
        for server in &needed {
            if !self.open.contains_key(server) {
                self.reach(server);
            }
        }
        for (server, line) in &mut self.open {
            let listener = self.listener.as_ref();
            let wants = interests.of(server, listener, (&layout, &map));
            // A channel whose slot has moved is ended by the server.
            let is_moved = |want: &Want| matches!(want, Want::Channel(_)) && interests.wants(want);
            let ends = line.has.difference(&wants).filter(|want| !is_moved(want));
            let ends = ends.map(|want| (Change::End, want.clone()));
            let begins = wants.difference(&line.has);
            let begins = begins.map(|want| (Change::Begin, want.clone()));
            line.todo = ends.chain(begins).collect();
        }
        self.lose_what_moved();
    }

    /// What one server still says and another one is to say from now on may have been missed in
    /// between.
    fn lose_what_moved(&mut self) {
        let begins = self.open.values().flat_map(|line| &line.todo);
        let begins = begins.filter(|(change, _)| *change == Change::Begin);
        let is_heard = |want: &Want| self.open.values().any(|line| line.has.contains(want));
        let moved = begins.map(|(_, want)| want).filter(|want| is_heard(want));
        let moved: HashSet<Want> = moved.cloned().collect();
        if !moved.is_empty() {
            self.has_missed = true;
            _ = self.heard.send(Heard::Lost(moved));
        }
    }

    /// Lets go of a connection.
    fn close(&mut self, server: &Address) {
        if let Some(mut line) = self.open.remove(server) {
            let has = std::mem::take(&mut line.has);
            drop(line);
            if !has.is_empty() {
                self.has_missed = true;
                _ = self.heard.send(Heard::Lost(has));
            }
        }
    }

    /// Opens a connection, unless that is under way or has just failed.
    fn reach(&mut self, server: &Address) {
        if self.under_way.contains(server) {
            return;
        }
        if let Some(failure) = self.failed.get(server)
            && failure.next > Instant::now()
        {
            return self.try_again_at(failure.next);
        }
        self.under_way.insert(server.clone());
        let (heard, alarm) = (self.heard.clone(), Arc::clone(&self.alarm));
        let (connector, server) = (Arc::clone(&self.server.connector), server.clone());
        self.opening.spawn(async move {
            let line = Line::open(&connector, &server, heard, alarm).await;
            (server, line)
        });
    }

    fn try_again_at(&mut self, next: Instant) {
        self.again = Some(self.again.map_or(next, |again| again.min(next)));
    }

    /// The server that has the patterns.
    pub(crate) fn listener(&self) -> Option<Address> {
        self.listener.clone()
    }

    /// When a plan is due again by itself.
    pub(crate) const fn again(&self) -> Option<Instant> {
        self.again
    }

    /// What was not heard as it should be is begun anew soon.
    pub(crate) fn begin_anew(&mut self, channels: HashSet<String>) {
        if !channels.is_empty() {
            let (wants, at) = &mut self.anew;
            wants.extend(channels.into_iter().map(Want::Channel));
            at.get_or_insert_with(|| Instant::now() + FIRST_PAUSE);
        }
    }

    /// Forgets that it is heard, once it is to begin anew.
    fn forget_anew(&mut self) {
        match self.anew.1 {
            Some(at) if at > Instant::now() => self.try_again_at(at),
            Some(_) => {
                let (wants, _) = std::mem::take(&mut self.anew);
                for line in self.open.values_mut() {
                    line.has.retain(|want| !wants.contains(want));
                }
            }
            None => {}
        }
    }

    /// Waits until a connection is open, or failed to be.
    pub(crate) async fn opened(&mut self) {
        let Some(Ok((server, line))) = self.opening.join_next().await else {
            return std::future::pending().await;
        };
        self.under_way.remove(&server);
        match line {
            Ok(line) => {
                self.failed.remove(&server);
                self.open.insert(server, line);
            }
            Err(error) => self.fail(server, error),
        }
    }

    fn fail(&mut self, server: Address, error: BrokerError) {
        tracing::debug!(%error, %server, "a node cannot hear yet");
        self.server.layout.doubt();
        let before = self.failed.get(&server);
        let pause = before.map_or(FIRST_PAUSE, |before| (before.pause * 2).min(LONGEST_PAUSE));
        let next = Instant::now() + pause;
        self.failed.insert(server, Failure { error, next, pause });
        self.try_again_at(next);
    }

    /// Has a server say something.
    pub(crate) fn begin(&mut self, server: &Address, want: Want) {
        match self.open.get_mut(server) {
            Some(line) if line.is_to_have(&want) => {}
            Some(line) => line.todo.push((Change::Begin, want)),
            None => self.reach(server),
        }
    }

    /// Has a server say something no more.
    pub(crate) fn end(&mut self, server: &Address, want: Want) {
        if let Some(line) = self.open.get_mut(server)
            && line.is_to_have(&want)
        {
            line.todo.push((Change::End, want));
        }
    }

    /// How it stands with something.
    pub(crate) fn standing(&self, server: Option<&Address>, want: Option<&Want>) -> Standing {
        let Some(server) = server else {
            return Standing::Never(unavailable("no server has the slot of the channel"));
        };
        match (self.open.get(server), self.failed.get(server)) {
            (Some(line), _) if want.is_none_or(|want| line.has.contains(want)) => Standing::Heard,
            (None, Some(failure)) => Standing::Never(failure.error.clone()),
            _ => Standing::NotYet,
        }
    }

    /// Does what is to be done: ends first, wherever that is, and begins then. Where that fails
    /// another plan is due.
    pub(crate) async fn work(&mut self) {
        let (mut is_well, mut has_begun) = (true, false);
        for change in [Change::End, Change::Begin] {
            let servers: Vec<Address> = self.open.keys().cloned().collect();
            for server in servers {
                while let Some(line) = self.open.get_mut(&server)
                    && let Some((first, _)) = line.todo.first()
                    && (change == Change::Begin || *first == Change::End)
                {
                    let ends = line
                        .todo
                        .iter()
                        .take_while(|(change, _)| *change == Change::End);
                    let most = match change {
                        Change::End => ends.count(),
                        Change::Begin => line.todo.len(),
                    };
                    has_begun |= change == Change::Begin;
                    match line.work(most.min(TOGETHER)).await {
                        Ok(refused) => {
                            for (want, answer) in refused {
                                is_well = false;
                                self.refused(&server, &want, &answer);
                            }
                        }
                        Err(error) => {
                            is_well = false;
                            self.close(&server);
                            self.fail(server.clone(), error);
                        }
                    }
                }
            }
        }
        if self.has_missed && has_begun {
            _ = self.heard.send(Heard::Again);
            self.has_missed = !is_well || !self.under_way.is_empty() || !self.failed.is_empty();
        }
    }

    /// A server does not say something: it may not have its slot any more.
    fn refused(&mut self, server: &Address, want: &Want, answer: &Value) {
        match Verdict::of(answer, server) {
            Verdict::Moved(slot, owner) if self.server.layout.is_cluster() => {
                self.server.layout.learn(slot, &owner);
            }
            _ => self.server.layout.doubt(),
        }
        tracing::debug!(%server, ?want, ?answer, "a channel cannot be heard there");
        self.try_again_at(Instant::now() + FIRST_PAUSE);
    }

    /// Asks servers that say nothing whether they still work, and lets go of those that do not.
    pub(crate) async fn check(&mut self) {
        let servers: Vec<Address> = self.open.keys().cloned().collect();
        for server in servers {
            if let Some(line) = self.open.get(&server)
                && let Err(error) = line.check().await
            {
                self.close(&server);
                self.fail(server, error);
            }
        }
    }
}

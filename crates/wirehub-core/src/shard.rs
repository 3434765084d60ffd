//! The state machine: what happens is handed to the part it concerns.

use std::{collections::VecDeque, io::IoSlice};

use wirehub_model::{CloseReason, ConnectionId, Moment, Principal};

use crate::{
    Encode, Flavour, Input, OccurrenceKinds, Output, Phase, ShardSettings, Stats,
    connections::Connections, crowds::Crowds, drain::Drain, feeds::Feeds, home::Home,
    lease::Holdings, moves::Moves, outbound::Outbound, random::Random, rosters::Rosters,
    session::Sessions, spread::Spread, timer_wheel::TimerWheel, users::Users, watchers::Watchers,
    watchlists::Watchlists, windows::Windows,
};

mod admission;
mod attach;
mod audit;
mod batches;
mod broker;
mod calls;
mod choosers;
mod closing;
mod commands;
mod crowds;
mod deltas;
mod directs;
mod gaps;
mod grants;
mod handovers;
mod history;
mod interest;
mod members;
mod memory;
mod occurrences;
mod on_behalf;
mod paces;
mod presence;
mod publications;
mod relays;
mod requests;
mod session_search;
mod sessions;
mod sign_in;
mod subscriptions;
mod timers;
mod topics;
mod watchlists;
mod windows;

/// One shard of a hub.
///
/// Its methods come in four kinds, and one turn of the loop around it goes through them in this
/// order:
///
/// 1. what happened: [`open`](Self::open), [`seen`](Self::seen), [`handle`](Self::handle),
///    [`writable`](Self::writable) and, when [`poll_timeout`](Self::poll_timeout) has passed,
///    [`handle_timeout`](Self::handle_timeout);
/// 2. what is to be done: [`poll_output`](Self::poll_output) until there is nothing;
/// 3. what is to be sent: [`poll_transmit`](Self::poll_transmit) until there is nothing, for each
///    slot
///    [`slices`](Self::slices), then [`wrote`](Self::wrote);
/// 4. the end of the turn: [`end_turn`](Self::end_turn), which may bring new outputs.
///
/// Outputs must be fetched before the next connection is opened, because a slot that was hung up on
/// is free to be used again. Nothing here fails: what clients do wrong becomes an answer to them.
#[derive(Debug)]
pub struct Shard<E> {
    settings: ShardSettings,
    connections: Connections,
    outbound: Outbound<E>,
    feeds: Feeds,
    home: Home,
    rosters: Rosters,
    crowds: Crowds,
    watchers: Watchers,
    watchlists: Watchlists,
    holdings: Holdings,
    windows: Windows,
    users: Users,
    sessions: Sessions,
    spread: Spread,
    moves: Moves,
    timers: TimerWheel,
    drain: Option<Drain>,
    stats: Stats,
    outputs: VecDeque<Output>,
    random: Random,
    next_ticket: u32,
}

impl<E: Encode> Shard<E> {
    /// An empty shard.
    pub fn new(settings: ShardSettings, encoder: E) -> Self {
        let mut random = Random::new(settings.seed);
        let node = settings.placement.node();
        let watched = settings.occurrences.meets(OccurrenceKinds::PRESENCE);
        let rosters = Rosters::new(settings.index, watched);
        Self {
            connections: Connections::new(node, settings.index, random.bits()),
            outbound: Outbound::new(encoder, settings.limits.outbox_bytes),
            feeds: Feeds::default(),
            home: Home::new(),
            rosters: match settings.brokered {
                true => rosters.within_cluster(node),
                false => rosters,
            },
            crowds: Crowds::default(),
            watchers: Watchers::default(),
            watchlists: Watchlists::default(),
            holdings: Holdings::default(),
            windows: Windows::default(),
            users: Users::default(),
            sessions: Sessions::default(),
            spread: Spread::new(settings.reconnects_per_second, settings.resume_within),
            moves: Moves::default(),
            timers: TimerWheel::new(settings.now),
            drain: None,
            stats: Stats::default(),
            outputs: VecDeque::new(),
            random,
            next_ticket: 0,
            settings,
        }
    }

    /// A client's transport opened. With a principal it is let in at once; without one it has to
    /// present credentials. `secret` is what the client will have to know to go on with the session
    /// after the connection is lost; it comes from a generator whose numbers cannot be guessed.
    ///
    /// # Errors
    /// When there is no room; the runtime drops the transport.
    pub fn open(
        &mut self,
        now: Moment,
        flavour: Flavour,
        principal: Option<Principal>,
        secret: u128,
    ) -> Result<ConnectionId, CloseReason> {
        self.begin(now, flavour, principal, secret)
    }

    /// A client gave a sign of life: some bytes arrived.
    pub fn seen(&mut self, now: Moment, connection: ConnectionId) {
        if let Some(took) = self.connections.seen(now, connection) {
            self.stats.round_trip.record(took, 1);
        }
    }

    /// Something happened.
    pub fn handle(&mut self, now: Moment, input: Input) {
        match input {
            Input::Command {
                connection,
                id,
                command,
            } => self.command(now, connection, id, command),
            Input::Malformed {
                connection,
                id,
                refusal,
            } => self.malformed(now, connection, id, &refusal),
            Input::Declined {
                connection,
                id,
                refusal,
            } => self.declined(now, connection, id, &refusal),
            Input::Renewed {
                connection,
                id,
                filter,
                grant,
            } => self.renewed(now, connection, id, &filter, *grant),
            Input::SignedIn {
                connection,
                id,
                user,
                info,
                watchlist,
            } => self.signed_in(now, connection, id, &user, info, watchlist),
            Input::Ping {
                connection,
                payload,
            } => self.ping(now, connection, &payload),
            Input::CloseReceived { connection, cause } => {
                self.close_received(now, connection, cause);
            }
            Input::Violation { connection, reason } => self.close(now, connection, reason),
            Input::Gone { connection, cause } => self.gone(now, connection, cause),
            Input::Authenticated {
                connection,
                id,
                result,
            } => self.authenticated(now, connection, id, result),
            Input::Called {
                connection,
                id,
                result,
            } => self.called(connection, id, result),
            Input::Broker(told) => self.told_by_broker(now, told),
            Input::Relay(relay) => self.relayed(now, relay),
            Input::Request { ticket, request } => self.request(now, ticket, request),
            Input::Reload { limits, namespaces } => {
                self.outbound.set_limit(limits.outbox_bytes);
                self.settings.limits = limits;
                self.settings.namespaces = namespaces;
            }
            Input::Watch(wanted) => self.watch(wanted),
            Input::Drain(plan) => self.begin_drain(now, plan),
            Input::Stay => self.drain = None,
        }
    }

    /// The next thing to be done.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called, if nothing happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Moment> {
        let drain = self.drain.as_ref().and_then(Drain::poll_timeout);
        let parts = [
            self.timers.poll_timeout(),
            self.home.poll_timeout(),
            self.rosters.poll_timeout(),
            self.crowds.poll_timeout(),
            self.holdings.poll_timeout(),
            self.windows.poll_timeout(),
            self.feeds.poll_timeout(),
            self.sessions.poll_timeout(),
            self.moves.poll_timeout(),
            drain,
        ];
        parts.into_iter().flatten().min()
    }

    /// Time passed.
    pub fn handle_timeout(&mut self, now: Moment) {
        self.home.handle_timeout(now, &self.settings.namespaces);
        self.end_waiting(now);
        self.unfollow();
        self.session_timeouts(now);
        self.moves.handle_timeout(now);
        self.presence_timeouts(now);
        self.flush_due_windows(now);
        self.release_due_groups(now);
        self.connection_timeouts(now);
        self.continue_drain(now);
    }

    /// The next slot with something to send.
    pub fn poll_transmit(&mut self, now: Moment) -> Option<u32> {
        self.outbound.poll_transmit(now, &mut self.stats)
    }

    /// Fills `slices` with what the connection in `slot` is to be sent next; returns how many it
    /// used.
    pub fn slices<'a>(&'a self, slot: u32, slices: &mut [IoSlice<'a>]) -> usize {
        self.outbound.slices(slot, slices)
    }

    /// The socket in `slot` took `count` bytes, and is `blocked` when it takes no more for now.
    /// Returns whether everything is on its way.
    pub fn wrote(&mut self, slot: u32, count: usize, blocked: bool) -> bool {
        let flushed = self.outbound.wrote(slot, count, blocked, &mut self.stats);
        if flushed {
            self.hang_up_if_done(slot);
        }
        flushed
    }

    /// The socket in `slot` takes bytes again.
    pub fn writable(&mut self, slot: u32) {
        if self.outbound.writable(slot) {
            self.hang_up_if_done(slot);
        }
    }

    /// How many bytes the current turn holds. The runtime sends early when it grows large.
    #[must_use]
    pub const fn turn_bytes(&self) -> usize {
        self.outbound.weight()
    }

    /// The encoder, for whoever keeps what clients of its dialects said.
    pub const fn encoder_mut(&mut self) -> &mut E {
        self.outbound.encoder_mut()
    }

    /// Everything was handed out. Clients that read too slowly are closed; returns whether there
    /// is more to be done because of that, or of what was traced.
    pub fn end_turn(&mut self, now: Moment) -> bool {
        self.outbound.end_turn(now, &mut self.stats);
        let mut more = false;
        for delivered in self.outbound.take_traced() {
            self.outputs
                .push_back(Output::Delivered(Box::new(delivered)));
            more = true;
        }
        while let Some(slot) = self.outbound.poll_overflowed() {
            // Who was told goodbye already still gets that.
            if let Some(connection) = self.connections.at(slot)
                && connection.phase() != Phase::Closing
            {
                let id = connection.id;
                self.outbound.abandon(slot, &mut self.stats);
                self.close(now, id, CloseReason::SlowConsumer);
                more = true;
            }
        }
        more
    }

    /// How many connections there are.
    #[must_use]
    pub const fn connections(&self) -> usize {
        self.connections.len()
    }
}

//! Letters from other threads, and what the state machine asks of them.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use tokio::{sync::mpsc::error::TrySendError, time};
use wirehub_core::{AuditPlace, Delivered, Input, Output};
use wirehub_model::{ConnectionId, ErrorCode, Moment, Refusal, Secret};
use wirehub_traces::{Span, SpanKind, Value};

use super::ShardLoop;
use crate::{
    Call, IoStats, ShardReport,
    broker::{Asked, BrokerDesk},
    leaks::Audited,
    letter::{Letter, ShardSender},
    shared::Shared,
};

/// Connections or subscribers that are looked at in one turn.
const AUDITED: usize = 4_096;
/// What is this far behind its time was forgotten.
const OVERDUE: Duration = Duration::from_secs(30);

impl ShardLoop {
    pub(super) fn open_letter(&mut self, letter: Letter) {
        let now = self.now();
        match letter {
            Letter::Relays(relays) => {
                for relay in relays {
                    self.shard.handle(now, Input::Relay(relay));
                }
            }
            Letter::Input(input) => self.shard.handle(now, input),
            Letter::Told(all, asked) => {
                self.broker.answered(now.since(asked));
                for told in all {
                    self.shard.handle(now, Input::Broker(told));
                }
            }
            Letter::Request(request, answer) => {
                self.next_ticket += 1;
                let ticket = self.next_ticket;
                self.waiting.insert(ticket, answer);
                self.shard.handle(now, Input::Request { ticket, request });
            }
            Letter::Pulse(answer) => {
                let _ = answer.send(());
            }
            Letter::Audit(from, answer) => {
                let _ = answer.send(self.audit(now, from));
            }
            Letter::Report(answer) => {
                let report = ShardReport {
                    core: self.shard.stats(),
                    io: IoStats {
                        socket_bytes: self.sockets.bytes() as u64,
                        ..self.io
                    },
                    broker: self.broker.clone(),
                    transports: self.transports,
                    posts: self.posts.clone(),
                    handshakes: self.handshakes.borrow().clone(),
                };
                // Who asked may have stopped waiting.
                let _ = answer.send(report);
            }
            Letter::Adopt(newcomer) => self.welcome(*newcomer),
            Letter::Post(post) => self.posted(now, *post),
            Letter::Reload(limits, namespaces) => {
                self.frame_limits = Shared::frame_limits(&limits);
                if let Some(desk) = &mut self.desk {
                    desk.reload(Arc::clone(&namespaces));
                }
                self.shard.handle(now, Input::Reload { limits, namespaces });
            }
            Letter::Watch => {
                let wanted = self.shared.events.wanted();
                self.shard.handle(now, Input::Watch(wanted));
            }
            Letter::Drain(plan, done) => {
                self.drained.push(done);
                self.shard.handle(now, Input::Drain(plan));
            }
            Letter::Stay => {
                self.drained.clear();
                self.shard.handle(now, Input::Stay);
            }
            Letter::Stop => self.stopping = true,
        }
    }

    /// Looks for what is left over. What is due is done before, as nothing else is left over after
    /// a shard was held up.
    fn audit(&mut self, now: Moment, from: AuditPlace) -> Audited {
        if self.shard.poll_timeout().is_some_and(|due| due <= now) {
            self.shard.handle_timeout(now);
        }
        let is_first = from == AuditPlace::default();
        Audited {
            audit: self.shard.audit(now, from, AUDITED, OVERDUE),
            sockets: is_first.then(|| self.sockets.descriptors().collect()),
        }
    }

    pub(super) fn perform(&mut self, output: Output) {
        match output {
            Output::HangUp { connection, cause } => {
                tracing::debug!(%connection, cause = cause.name(), "connection closed");
                self.drop_socket(connection);
            }
            Output::Relay { shard, relay } => {
                if let Some(outgoing) = self.outgoing.get_mut(usize::from(shard)) {
                    outgoing.push(relay);
                }
            }
            Output::Broker(ask) => {
                let asked = self.desk.as_mut().and_then(|desk| desk.ask(ask));
                self.await_broker(asked);
            }
            Output::Authenticate {
                connection,
                id,
                token,
            } => self.authenticate(connection, id, token),
            Output::Call(call) => self.call(*call),
            Output::Answer { ticket, answer } => {
                if let Some(waiting) = self.waiting.remove(&ticket) {
                    let _ = waiting.send(answer);
                }
            }
            Output::Occurred(occurrence) => self.shared.events.tell(*occurrence),
            Output::Delivered(delivered) => self.trace(&delivered),
            Output::Drained => {
                for done in self.drained.drain(..) {
                    let _ = done.send(());
                }
            }
        }
    }

    /// Records that a publication was written to the sockets of this shard, just now.
    fn trace(&self, delivered: &Delivered) {
        let Some(tracer) = &self.shared.tracer else {
            return;
        };
        let Some(begun) = tracer.follow(delivered.trace) else {
            return;
        };
        let start = self.shared.clock.unix_at(delivered.accepted_at);
        let topic = delivered.topic.to_string();
        let attributes = vec![
            ("messaging.system", Value::Text("wirehub".to_owned())),
            ("messaging.destination.name", Value::Text(topic)),
            ("wirehub.offset", Value::Number(delivered.position.offset.0)),
            ("wirehub.clients", Value::Number(delivered.clients)),
            ("wirehub.shard", Value::Number(self.index.into())),
        ];
        tracer.finish(Span {
            start,
            ..begun.end("deliver", SpanKind::Consumer, attributes)
        });
    }

    /// Checks a token, at once where the keys are at hand.
    fn authenticate(&mut self, connection: ConnectionId, id: Option<u64>, token: Option<Secret>) {
        let input = move |result| Input::Authenticated {
            connection,
            id,
            result,
        };
        let now = self.shared.clock.now();
        let attempt = self.shared.doorkeeper().attempt(token.as_ref(), now);
        match (attempt, token) {
            (Some(result), _) => self.shard.handle(now.moment, input(result)),
            (None, None) => {}
            (None, Some(token)) => {
                let Some(inbox) = self.inbox_sender() else {
                    return;
                };
                let shared = Arc::clone(&self.shared);
                self.tasks.spawn_local("authentication", async move {
                    let result = shared.doorkeeper().authenticate(&token, now).await;
                    let _ = inbox.send(Letter::Input(input(result))).await;
                });
            }
        }
    }

    /// Hands a call to the application, on its own runtime.
    fn call(&mut self, call: wirehub_core::Call) {
        let (connection, id) = (call.connection, call.id);
        let input = move |result| Input::Called {
            connection,
            id,
            result,
        };
        let argument = Call {
            principal: call.principal,
            connection,
            message: call.message,
        };
        let answer = match self.shared.handlers.answer(&call.method, argument) {
            Ok(answer) => answer,
            Err(refusal) => {
                self.shard.handle(self.now(), input(Err(refusal)));
                return;
            }
        };
        let Some(inbox) = self.inbox_sender() else {
            return;
        };
        let limit = self.shared.settings.call_timeout;
        let method = call.method;
        self.tasks.spawn("call", &self.shared.runtime, async move {
            let answer = AssertUnwindSafe(answer).catch_unwind();
            let result = match time::timeout(limit, answer).await {
                Ok(Ok(result)) => result,
                Ok(Err(_)) => Err(failed(&method)),
                Err(_) => Err(Refusal::new(
                    ErrorCode::Timeout,
                    "the application did not answer in time",
                )),
            };
            let _ = inbox.send(Letter::Input(input(result))).await;
        });
    }

    /// Sends what the turn has for the broker. Its answer is waited for here, where it is wanted:
    /// it is short, and there is one for each turn.
    pub(super) fn publish(&mut self) {
        let asked = self.desk.as_mut().and_then(BrokerDesk::publish);
        if let Some(told) = self.telling(asked) {
            self.tasks.spawn_local("broker", told);
        }
    }

    /// Has the broker's answer come back as a letter. It may take much reading, which is done
    /// elsewhere.
    fn await_broker(&mut self, asked: Option<Asked>) {
        if let Some(told) = self.telling(asked) {
            self.tasks.spawn("broker", &self.shared.runtime, told);
        }
    }

    /// Waits for the broker's answer, and posts it.
    fn telling(&mut self, asked: Option<Asked>) -> Option<impl Future<Output = ()> + Send + use<>> {
        let (asked, inbox) = (asked?, self.inbox_sender()?);
        self.broker.waiting += 1;
        let now = self.now();
        Some(async move {
            let told = asked.await;
            let _ = inbox.send(Letter::Told(told, now)).await;
        })
    }

    /// Sends what is to go to other shards, one letter for each. What finds no room stays, and
    /// nothing more is read from clients until it is gone: that bounds what can pile up.
    pub(super) fn post_relays(&mut self) {
        self.congested = None;
        for (outgoing, peer) in self.outgoing.iter_mut().zip(&self.peers) {
            if outgoing.is_empty() {
                continue;
            }
            // A shard that failed takes nothing any more, and what was for it is lost with it.
            let sent = peer.try_send(Letter::Relays(std::mem::take(outgoing)));
            if let Err(TrySendError::Full(Letter::Relays(relays))) = sent {
                *outgoing = relays;
                self.congested = Some(peer.clone());
            }
        }
    }

    pub(super) fn inbox_sender(&self) -> Option<ShardSender> {
        self.peers.get(usize::from(self.index)).cloned()
    }
}

fn failed(method: &str) -> Refusal {
    tracing::error!(method, "handler of a call panicked");
    Refusal::new(ErrorCode::Internal, "the application failed")
}
